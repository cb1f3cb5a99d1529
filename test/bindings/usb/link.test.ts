import { beforeEach, describe, expect, it } from 'vitest';
import { UsbLink, type UsbLinkOptions } from '../../../bindings/usb/usb-link.js';
import { samplePacket } from '../../../hw-fixtures/testing/link-compliance.js';
import { type MemoryUsbPort, memoryUsbPair } from '../../../hw-fixtures/testing/memory-usb.js';
import { RecordingHost } from '../../../hw-fixtures/testing/recording-host.js';
import { TestClock } from '../../../hw-fixtures/testing/test-clock.js';
import { MctpError } from '../../../stack/errors.js';
import { TRANSMIT } from '../../../stack/link.js';

const PACKET = '010908c8008002';
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hexOf = (data: Uint8Array): string => Buffer.from(data).toString('hex');

describe('the USB link', () => {
  let clock: TestClock;
  let ports: [MemoryUsbPort, MemoryUsbPort];
  let a: UsbLink;
  let b: UsbLink;
  let hostA: RecordingHost;
  let hostB: RecordingHost;

  async function make(options: Partial<UsbLinkOptions> = {}): Promise<void> {
    clock = new TestClock();
    ports = memoryUsbPair(clock);
    a = new UsbLink({ port: ports[0], clock, ...options });
    b = new UsbLink({ port: ports[1], clock });
    hostA = new RecordingHost().attach(a);
    hostB = new RecordingHost().attach(b);
    await a.open();
    await b.open();
  }

  beforeEach(() => make());

  it.each([
    ['one unit', `1ab4000b ${PACKET}`, 1, {}, []],
    ['three units joined', `1ab4000b ${PACKET}`.repeat(3), 3, {}, []],
    ['another ID', `b41a000b ${PACKET}`, 0, { rxBadId: 1 }, ['not the DMTF ID']],
    ['a length below 8', `1ab40007 ${PACKET}`, 0, { rxBadLength: 1 }, ['bad length']],
    ['a unit cut short', '1ab4000b 010908c800', 0, { rxBadLength: 1 }, ['bad length']],
    ['a length of 1.1', `1ab4012c ${'00'.repeat(296)}`, 0, { rxBadLength: 1 }, ['bad length']],
    [
      'bytes behind the last unit',
      `1ab4000b ${PACKET} 0102`,
      1,
      { rxTrailingBytes: 2 },
      ['bytes behind the last packet'],
    ],
    ['a good unit before a bad one', `1ab4000b ${PACKET} 1ab4ff0b ${PACKET}`, 1, { rxBadLength: 1 }, ['bad length']],
    ['nothing', '', 0, {}, []],
    ['padding of zeroes', '00'.repeat(512), 0, {}, []],
    ['padding, and a second segment', `1ab4000b ${PACKET} ${'00'.repeat(501)} 1ab4000b ${PACKET}`, 2, {}, []],
    [
      'a unit across the end of a segment',
      `${'00'.repeat(508)} 1ab4000b ${PACKET}`,
      0,
      { rxBadLength: 0, rxBadId: 1 },
      undefined,
    ],
  ] as const)('takes %s', (_name, hex, packets, counted, faults) => {
    ports[1].inject(bytes(hex));
    expect(hostB.packets.map(({ bytes: got }) => hexOf(got))).toEqual(Array(packets).fill(PACKET));
    expect(b.counters).toMatchObject({
      rxPackets: packets,
      rxBytes: 7 * packets,
      rxBadId: 0,
      rxBadLength: 0,
      ...counted,
    });
    if (faults !== undefined) expect(hostB.faults).toEqual(faults);
    // And the next is taken as ever.
    ports[1].inject(bytes(`1ab4000b ${PACKET}`));
    expect(hostB.packets).toHaveLength(packets + 1);
  });

  it('sends one unit per transfer', async () => {
    for (let index = 0; index < 3; index++) hostA.send(samplePacket(20, index), '');
    await clock.pass(5);
    expect(ports[0].written.map((transfer) => transfer.length)).toEqual([24, 24, 24]);
    expect(hexOf(ports[0].written[0]!.subarray(0, 4))).toBe('1ab40018');
    expect(a.counters).toMatchObject({ txTransfers: 3, txPackets: 3, txBytes: 60 });
  });

  it('sends what waits in one transfer when it may, never more than 512 bytes', async () => {
    await make({ batch: true });
    for (let index = 0; index < 12; index++) hostA.send(samplePacket(68, index), '');
    await clock.pass(5);
    // The first is on its way when the others come; 7 units of 72 bytes fit in the next.
    expect(ports[0].written.map((transfer) => transfer.length)).toEqual([72, 504, 288]);
    expect(hostB.packets.map(({ bytes: got }) => hexOf(got))).toEqual(
      Array.from({ length: 12 }, (_, index) => hexOf(samplePacket(68, index))),
    );
  });

  it('is down for a reason when the device is unplugged, and comes back when it is plugged in again', async () => {
    ports[0].stalled = true;
    hostA.send(samplePacket(20, 1), '');
    hostA.send(samplePacket(20, 2), '');
    ports[0].refuse = new MctpError('ENODEV', 'not there');
    ports[0].unplug();
    expect(hostA.states.at(-1)).toMatchObject({
      up: false,
      reason: { code: 'ENODEV', message: 'memory:host is gone' },
    });
    expect(a.counters).toMatchObject({ txLost: 2, downs: 1 });
    const { slot } = hostA.send(samplePacket(20, 1), '');
    await clock.pass(10_000);
    expect(hostA.done.get(slot)).toMatchObject({
      code: 'ENETDOWN',
      message: 'usb:memory:host is down: memory:host is gone',
    });
    expect(hostA.states).toHaveLength(2);
    ports[0].refuse = undefined;
    ports[0].stalled = false;
    await clock.pass(1000);
    expect(hostA.states.map(({ up }) => up)).toEqual([true, false, true]);
    hostA.send(samplePacket(20, 5), '');
    await clock.pass(5);
    expect(hostB.packets.map(({ bytes: got }) => hexOf(got))).toEqual([hexOf(samplePacket(20, 5))]);
  });

  it('does not come back when it was closed in between', async () => {
    ports[0].unplug();
    await a.close();
    await clock.pass(5000);
    expect(ports[0].isOpen).toBe(false);
    expect(ports[0].opens).toBe(1);
  });

  it('is down while the bus is suspended', async () => {
    ports[1].suspend(true);
    const { slot } = hostB.send(samplePacket(20, 1), '');
    await clock.pass(1);
    expect(hostB.done.get(slot)?.code).toBe('ENETDOWN');
    ports[1].suspend(false);
    hostB.send(samplePacket(20, 2), '');
    await clock.pass(5);
    expect(hostA.packets).toHaveLength(1);
    expect(hostB.states.map(({ up, reason }) => [up, reason?.message])).toEqual([
      [true, undefined],
      [false, 'memory:device is suspended'],
      [true, undefined],
    ]);
  });

  it('is bounded when the other side takes nothing, and closes all the same', async () => {
    ports[0].stalled = true;
    let taken = 0;
    while (hostA.send(samplePacket(68, taken), '').result !== TRANSMIT.busy) taken++;
    expect(taken).toBe(9);
    await clock.run(a.close());
    expect(a.counters).toMatchObject({ txLost: 9, txBusy: 1 });
  });

  it('counts transfers that were lost below', () => {
    ports[1].lose('stalled');
    expect(hostB.faults).toEqual(['stalled']);
    expect(b.counters.rxFailed).toBe(1);
  });

  it('refuses nonsense', () => {
    expect(() => new UsbLink({ port: ports[0], clock, transmissionUnit: 248 })).toThrow('use 64 to 247');
    expect(() => new UsbLink({ port: ports[0], clock, queue: 0 })).toThrow('use 1 to 1024');
  });
});
