import { describe, expect, it } from 'vitest';
import { NackError } from '../../../bindings/smbus/i2c-port.js';
import { SmbusLink, type SmbusLinkOptions } from '../../../bindings/smbus/smbus-link.js';
import { samplePacket } from '../../../hw-fixtures/testing/link-compliance.js';
import { arbitrationLost, type MemoryI2cPort, MemoryWire } from '../../../hw-fixtures/testing/memory-wire.js';
import { RecordingHost } from '../../../hw-fixtures/testing/recording-host.js';
import { VirtualClock } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import { TRANSMIT } from '../../../stack/link.js';
import { hex } from '../../support/vectors.js';

interface Bench {
  readonly clock: VirtualClock;
  readonly wire: MemoryWire;
  readonly port: MemoryI2cPort;
  readonly link: SmbusLink;
  readonly host: RecordingHost;
  /** Close, and look whether everything was in order. */
  done(): Promise<void>;
}

async function bench(options: Partial<SmbusLinkOptions> = {}, target = true): Promise<Bench> {
  const clock = new VirtualClock();
  const wire = new MemoryWire(clock);
  const port = wire.port('7', { controller: true, target });
  const link = new SmbusLink({ port, clock, ownAddress: 0x10, ...options });
  const host = new RecordingHost().attach(link);
  await link.open();
  const done = async (): Promise<void> => {
    await link.close();
    host.closed = true;
    clock.advance(100);
    expect(clock.pending).toBe(0);
    expect(host.violations).toEqual([]);
    expect(host.pending.size).toBe(0);
  };
  return { clock, wire, port, link, host, done };
}

const nackAddress = () => new NackError('address', 'nobody');
const nackData = () => new NackError('data', 'no buffer');

describe('an SMBus link', () => {
  it('writes the frame of the example', async () => {
    const { clock, wire, host, done } = await bench({ ownAddress: 0x20 });
    host.send(Uint8Array.from(Buffer.from('010a08c8008002', 'hex')), '1d');
    clock.advance(1);
    expect(wire.writes.map(({ address, bytes }) => [address, hex(bytes)])).toEqual([[0x1d, '0f0841010a08c8008002f9']]);
    await done();
  });

  it('says its addresses as control messages do: shifted left', async () => {
    const { link, done } = await bench();
    expect(hex(link.addressToWire('1d'))).toBe('3a');
    expect(link.addressFromWire(Uint8Array.of(0x3a))).toBe('1d');
    expect(link.addressFromWire(Uint8Array.of(0x3b))).toBeUndefined();
    expect(() => link.addressToWire('80')).toThrow(/7-bit/);
    await done();
  });

  it('knows which addresses to ask: all but those of others, or the configured ones', async () => {
    const { link, done } = await bench({ ownAddress: 0x08 });
    const all = [...link.probeAddresses()];
    for (const taken of ['00', '07', '08', '0c', '10', '28', '37', '61', '78', '7f']) expect(all).not.toContain(taken);
    for (const free of ['09', '1d', '3a', '53', '6a', '77']) expect(all).toContain(free);
    const configured = await bench({ probe: [0x1d, 0x10, 0x3a] });
    expect([...configured.link.probeAddresses()]).toEqual(['1d', '3a']);
    await done();
    await configured.done();
  });

  it('takes only sensible options', () => {
    const clock = new VirtualClock();
    const port = new MemoryWire(clock).port('1');
    const make = (options: Partial<SmbusLinkOptions>) => () =>
      new SmbusLink({ port, clock, ownAddress: 0x10, ...options });
    expect(make({ ownAddress: 0x78 })).toThrow(/own address/);
    expect(make({ transmissionUnit: 251 })).toThrow(/64 to 250/);
    expect(make({ speedKhz: 50 })).toThrow(/100, 400 or 1000/);
    expect(make({ probe: [1] })).toThrow(/address of a device/);
    expect(make({ transmissionUnit: 250, speedKhz: 400 })().medium).toBe(0x04);
  });

  it('refuses addresses no device has, and its own', async () => {
    const { clock, host, link, done } = await bench();
    for (const address of ['', '07', '78', '10', 'zz', '1d00']) {
      const { slot } = host.send(samplePacket(10, 1), address);
      clock.advance(0);
      expect(host.done.get(slot)?.code).toBe('EINVAL');
    }
    expect(link.counters.txRefused).toBe(6);
    await done();
  });

  it('tries a NACKed packet 8 times more, pausing 1 to 5 ms', async () => {
    const { clock, wire, host, link, done } = await bench();
    wire.fate = nackData;
    const { slot } = host.send(samplePacket(10, 1), '1d');
    clock.advance(100);
    expect(wire.writes).toHaveLength(9);
    for (let index = 1; index < 9; index++) {
      const pause = wire.writes[index]!.at - wire.writes[index - 1]!.at - wire.writeMs;
      expect(pause).toBeGreaterThanOrEqual(1);
      expect(pause).toBeLessThanOrEqual(5);
    }
    expect(host.done.get(slot)?.code).toBe('ENACK');
    expect(link.counters).toMatchObject({ txRetries: 8, txNackData: 1, txPackets: 0 });
    await done();
  });

  it('tries 12 times more when it bridges', async () => {
    const { clock, wire, host, done } = await bench({ bridging: true });
    wire.fate = arbitrationLost;
    host.send(samplePacket(10, 1), '1d');
    clock.advance(200);
    expect(wire.writes).toHaveLength(13);
    await done();
  });

  it('gets through when the device acknowledges at last', async () => {
    const { clock, wire, host, link, done } = await bench();
    const other = wire.port('other');
    await other.open({ received() {}, written() {}, state() {}, fault() {} }, 0x1d);
    host.send(samplePacket(10, 0), '1d');
    clock.advance(100);
    let refusals = 5;
    wire.fate = () => (refusals-- > 0 ? nackAddress() : undefined);
    const { slot } = host.send(samplePacket(10, 1), '1d');
    clock.advance(100);
    expect(host.done.get(slot)).toBeUndefined();
    expect(link.counters).toMatchObject({ txRetries: 5, txPackets: 2, txNackAddress: 0 });
    await done();
  });

  it('takes an address nobody ever acknowledged for empty after three tries, and a device that left likewise', async () => {
    const { clock, wire, host, link, done } = await bench();
    const tries = (): number => {
      const before = wire.writes.length;
      host.send(samplePacket(10, 1), '1d');
      clock.advance(100);
      return wire.writes.length - before;
    };
    expect(tries()).toBe(3);
    const other = wire.port('other');
    await other.open({ received() {}, written() {}, state() {}, fault() {} }, 0x1d);
    expect(tries()).toBe(1);
    await other.close();
    expect([tries(), tries()]).toEqual([9, 3]);
    expect(link.counters).toMatchObject({ txPackets: 1, txNackAddress: 3 });
    await done();
  });

  it('one device that does not acknowledge holds nobody else up, and packets to one stay in order', async () => {
    const { clock, wire, host, done } = await bench();
    wire.fate = (address) => (address === 0x20 ? nackData() : undefined);
    const other = wire.port('other');
    await other.open({ received() {}, written() {}, state() {}, fault() {} }, 0x1d);
    const slow = [0, 1].map((index) => host.send(samplePacket(10, index), '20').slot);
    const fast = [2, 3, 4].map((index) => host.send(samplePacket(10, index), '1d').slot);
    clock.advance(8);
    for (const slot of fast) expect(host.done.has(slot)).toBe(true);
    for (const slot of slow) expect(host.pending.has(slot)).toBe(true);
    const seeds = wire.writes.filter(({ address }) => address === 0x1d).map(({ bytes }) => bytes[4]);
    expect(seeds).toEqual([2, 3, 4].map((index) => samplePacket(10, index)[1]));
    clock.advance(200);
    const toSlow = wire.writes.filter(({ address }) => address === 0x20).map(({ bytes }) => bytes[4]);
    expect(toSlow).toEqual([...Array(9).fill(samplePacket(10, 0)[1]), ...Array(9).fill(samplePacket(10, 1)[1])]);
    await done();
  });

  it('is busy when its window is full, and ready when there is room', async () => {
    const { clock, wire, host, link, done } = await bench({ window: 3 });
    wire.fate = nackAddress;
    for (let index = 0; index < 3; index++) {
      expect(host.send(samplePacket(10, index), '20').result).toBe(TRANSMIT.pending);
    }
    expect(host.send(samplePacket(10, 3), '21').result).toBe(TRANSMIT.busy);
    expect(host.readies).toBe(0);
    clock.advance(500);
    expect(host.readies).toBe(1);
    expect(link.counters.txBusy).toBe(1);
    await done();
  });

  it('says so when the bus cannot receive', async () => {
    const { host, link, done } = await bench({}, false);
    expect(link.canReceive).toBe(false);
    expect(host.states).toEqual([{ up: true, reason: expect.objectContaining({ code: 'ENOTSUP' }) }]);
    expect(link.hints()).toEqual(['i2c:7 can send but not receive: the bus has no target mode at 0x10']);
    await done();
  });

  it('goes down with its bus and comes back', async () => {
    const { clock, wire, port, host, link, done } = await bench();
    wire.writeMs = 10;
    const slots = [0, 1].map((index) => host.send(samplePacket(10, index), '1d').slot);
    clock.advance(5);
    port.goDown(new MctpError('ENODEV', 'unplugged'));
    for (const slot of slots) expect(host.done.get(slot)?.code).toBe('ENETDOWN');
    expect(host.states.at(-1)).toMatchObject({ up: false, reason: { code: 'ENODEV' } });
    const { slot } = host.send(samplePacket(10, 2), '1d');
    clock.advance(0);
    expect(host.done.get(slot)?.message).toBe('i2c:7 is down: unplugged');
    clock.advance(20);
    port.comeBack();
    expect(host.states.at(-1)?.up).toBe(true);
    wire.writes.length = 0;
    host.send(samplePacket(10, 3), '1d');
    clock.advance(10);
    expect(wire.writes).toHaveLength(1);
    expect(link.counters.downs).toBe(1);
    await done();
  });
});

describe('tx-lost-on-error-path', () => {
  it('every packet ends in exactly one of sent, failed and cancelled, whatever the bus reports', async () => {
    const { clock, wire, host, link, done } = await bench({ window: 4 });
    const other = wire.port('other');
    await other.open({ received() {}, written() {}, state() {}, fault() {} }, 0x1d);
    const errors = [
      undefined,
      nackData(),
      arbitrationLost(),
      new MctpError('ETIMEDOUT', 'stretched'),
      new MctpError('EBUSSTUCK', 'stuck'),
      new MctpError('EIO', 'what'),
    ];
    let turn = 0;
    wire.fate = () => errors[turn++ % errors.length];
    let taken = 0;
    for (let index = 0; index < 300; index++) {
      if (host.send(samplePacket(68, index), '1d').result === TRANSMIT.pending) taken++;
      clock.advance(3);
    }
    const before = host.done.size;
    expect(before).toBeGreaterThan(50);
    while (host.send(samplePacket(68, taken), '1d').result === TRANSMIT.pending) taken++;
    await link.close();
    expect(host.done.size).toBe(taken);
    const cancelled = [...host.done.values()].slice(before).map((error) => error?.code);
    expect(cancelled).toEqual(cancelled.map(() => 'ECANCELED'));
    expect(cancelled.length).toBeGreaterThan(1);
    const { counters } = link;
    const ended = counters.txPackets + counters.txTimeouts + counters.txBusStuck + counters.txOtherErrors;
    expect(ended + counters.txNackData + counters.txArbitration).toBe(before);
    await done();
  });
});

describe('nack-looks-like-timeout', () => {
  const rows: readonly (readonly [string, MctpError, string, number])[] = [
    ['a NACKed address', nackAddress(), 'txNackAddress', 3],
    ['a NACKed byte', nackData(), 'txNackData', 9],
    ['lost arbitration', arbitrationLost(), 'txArbitration', 9],
    ['a stuck bus', new MctpError('EBUSSTUCK', 'SDA low'), 'txBusStuck', 1],
    ['a timeout', new MctpError('ETIMEDOUT', 'clock held'), 'txTimeouts', 1],
  ];
  for (const [name, error, counter, tries] of rows) {
    it(`${name} is reported as what it is`, async () => {
      const { clock, wire, host, link, done } = await bench();
      wire.fate = () => error;
      const { slot } = host.send(samplePacket(10, 1), '1d');
      clock.advance(200);
      expect(host.done.get(slot)).toBe(error);
      expect(wire.writes).toHaveLength(tries);
      expect((link.counters as Record<string, number>)[counter]).toBe(1);
      await done();
    });
  }
});

describe('stale-rx-redelivered', () => {
  it('an empty or broken reception after a good one delivers nothing', async () => {
    const { wire, port, host, link, done } = await bench();
    const sender = wire.port('sender');
    await sender.open({ received() {}, written() {}, state() {}, fault() {} }, 0x1d);
    const good = Buffer.from('0f083b010a08c8008002', 'hex');
    const { pec } = await import('../../../bindings/smbus/pec.js');
    const whole = Uint8Array.from([...good, pec(Uint8Array.from([0x20, ...good]), 0, 11)]);
    port.receive(whole);
    expect(host.packets).toHaveLength(1);
    // The same buffer, now announced as holding nothing, and less than it did.
    for (let length = 0; length < whole.length; length++) port.receive(whole.subarray(0, length));
    expect(host.packets).toHaveLength(1);
    expect(link.counters.rxPackets).toBe(1);
    port.receive(whole);
    expect(host.packets).toHaveLength(2);
    await done();
  });
});

describe('one-byte-frame', () => {
  it('receptions of every length are safe', async () => {
    const { port, host, done } = await bench();
    for (let length = 0; length <= 300; length++) port.receive(new Uint8Array(length).fill(0x0f));
    expect(host.packets).toEqual([]);
    expect(host.faults).toHaveLength(301);
    await done();
  });
});
