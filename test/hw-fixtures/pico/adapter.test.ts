/** One Pico with the real image, a simulated device on its wire: results, faults on purpose, analyser, unplugging. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AdapterConnection } from '../../../bindings/i2c/adapter/adapter-connection.js';
import {
  CAN,
  configureAnswer,
  configureRequest,
  faultRequest,
  REQUEST,
  RESULT,
  SNIFFED,
  sniffedEvent,
  statusAnswer,
} from '../../../bindings/i2c/adapter/messages.js';
import { systemClock } from '../../../bindings/system-clock.js';
import type { EmulatedPico } from '../../../hw-fixtures/pico/emulator/pico.js';
import { EmulatedPicoPort } from '../../../hw-fixtures/pico/emulator/pico-port.js';
import { FIRMWARE_VERSION } from '../../../hw-fixtures/pico/firmware-version.js';
import { decode, encode, type Fields, type Input } from '../../../stack/codec/index.js';
import type { MctpError } from '../../../stack/errors.js';
import { startedPico } from './support.js';

const NOTHING = new Uint8Array(0);

describe('an emulated Pico', () => {
  let pico: EmulatedPico;
  let connection: AdapterConnection;
  const results: { result: number; acknowledged: number }[] = [];
  const received: { address: number; bytes: Uint8Array }[] = [];
  const sniffed: Fields<typeof sniffedEvent>[] = [];
  const lines: number[] = [];
  let ended: MctpError | undefined;
  let wake: () => void = () => {};

  /** Everything comes from the emulation, which goes on by itself. */
  async function until(done: () => boolean): Promise<void> {
    while (!done()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  function connect(): AdapterConnection {
    return new AdapterConnection({
      port: new EmulatedPicoPort(pico),
      clock: systemClock,
      events: {
        wrote: (result, acknowledged) => {
          results.push({ result, acknowledged });
          wake();
        },
        received: (address, _lost, buffer, start, end) => {
          received.push({ address, bytes: buffer.slice(start, end) });
          wake();
        },
        sniffed: (buffer, start, end) => {
          sniffed.push(decode(sniffedEvent, buffer, { start, end }));
          wake();
        },
        lines: (levels) => {
          lines.push(levels);
          wake();
        },
        ended: (reason) => {
          ended = reason;
          wake();
        },
      },
    });
  }

  const configure = (timeout = 100_000): Promise<Fields<typeof configureAnswer>> =>
    connection.ask(
      REQUEST.configure,
      encode(configureRequest, { speed: 400_000, timeout, addresses: [0x10] }),
      configureAnswer,
    );
  const fault = (request: Input<typeof faultRequest>): Promise<Uint8Array> =>
    connection.request(REQUEST.fault, encode(faultRequest, request));
  const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
  let chain = 0;

  async function write(address: number, data: Uint8Array): Promise<{ result: number; acknowledged: number }> {
    const before = results.length;
    connection.write(++chain, address, data, 0, data.length);
    await until(() => results.length > before);
    return results[before]!;
  }

  beforeEach(async () => {
    for (const list of [results, received, sniffed, lines]) list.length = 0;
    ended = undefined;
    chain = 0;
    pico = await startedPico();
    connection = connect();
    await connection.open();
    await configure();
  });
  afterEach(async () => {
    await connection.close();
    pico.stop();
  });

  it('says what it is', () => {
    expect(connection.identity).toMatchObject({
      name: 'mctpkit-pico',
      firmware: FIRMWARE_VERSION,
      version: 1,
      largestWrite: 1040,
    });
    expect(connection.identity!.capabilities).toBe(Object.values(CAN).reduce((all, bit) => all | bit));
  });

  it('sets the speed that is nearest', async () => {
    expect((await configure()).speed).toBeGreaterThan(399_000);
  });

  it('tells how each write went', async () => {
    const got: Uint8Array[] = [];
    pico.bus.addTarget(0x1d, { received: (data) => got.push(data) });
    pico.bus.addTarget(0x1e, { received: () => {}, acknowledge: (index) => index !== 2 });
    expect(await write(0x1d, bytes(1, 2, 3))).toEqual({ result: RESULT.done, acknowledged: 3 });
    expect(got).toEqual([bytes(1, 2, 3)]);
    expect((await write(0x20, bytes(1))).result).toBe(RESULT.addressNack);
    expect(await write(0x1e, bytes(1, 2, 3, 4, 5))).toEqual({ result: RESULT.dataNack, acknowledged: 2 });
  });

  it('moves writes of 1040 bytes both ways', async () => {
    const long = Uint8Array.from({ length: 1040 }, (_, index) => index * 7);
    const got: Uint8Array[] = [];
    pico.bus.addTarget(0x1d, { received: (data) => got.push(data) });
    expect(await write(0x1d, long)).toEqual({ result: RESULT.done, acknowledged: 1040 });
    expect(got).toEqual([long]);
    expect(await pico.bus.write(0x10, long)).toBe('done');
    await until(() => received.length === 1);
    expect(received).toEqual([{ address: 0x10, bytes: long }]);
  });

  it('tries none of a chain behind one that failed', async () => {
    const got: Uint8Array[] = [];
    pico.bus.addTarget(0x1d, { received: (data) => got.push(data) });
    connection.write(5, 0x20, bytes(1), 0, 1);
    connection.write(5, 0x1d, bytes(2), 0, 1);
    connection.write(6, 0x1d, bytes(3), 0, 1);
    await until(() => results.length === 3);
    expect(results.map(({ result }) => result)).toEqual([RESULT.addressNack, RESULT.notTried, RESULT.done]);
    expect(got).toEqual([bytes(3)]);
  });

  it('tests itself', async () => {
    expect(await connection.request(REQUEST.selfTest)).toEqual(NOTHING);
    expect(received).toEqual([]);
  });

  it('tells a held data line from a held clock, and frees a device that lost its place', async () => {
    await configure(5_000);
    pico.bus.addTarget(0x1d, { received: () => {} });
    pico.bus.hold('scl');
    expect((await write(0x1d, bytes(1))).result).toBe(RESULT.stuck);
    await until(() => lines.length === 1);
    expect(lines).toEqual([2]);
    pico.bus.release('scl');
    expect((await write(0x1d, bytes(1))).result).toBe(RESULT.done);
    pico.bus.holdDataForClocks(5);
    expect((await write(0x1d, bytes(1))).result).not.toBe(RESULT.done);
    expect(await connection.request(REQUEST.recover)).toEqual(bytes(3));
    expect((await write(0x1d, bytes(1))).result).toBe(RESULT.done);
  });

  describe('on purpose', () => {
    it('refuses its address for a time', async () => {
      await fault({ kind: 'refuseAddress', count: 20, value: 0 });
      expect(await pico.bus.write(0x10, bytes(1, 2))).toBe('addressNack');
      let result = 'addressNack';
      while (result !== 'done') result = await pico.bus.write(0x10, bytes(3));
      await until(() => received.length === 1);
      expect(received[0]!.bytes).toEqual(bytes(3));
    });

    it('refuses a byte, and takes the next write', async () => {
      await fault({ kind: 'refuseByte', count: 1, value: 3 });
      expect(
        await pico.bus.write(
          0x10,
          Uint8Array.from({ length: 70 }, (_, index) => index),
        ),
      ).toBe('dataNack');
      let result = 'addressNack';
      while (result !== 'done') result = await pico.bus.write(0x10, bytes(9));
      await until(() => received.length === 1);
      expect(received[0]!.bytes).toEqual(bytes(9));
    });

    it.each([
      ['stretches the clock', 'stretch'],
      ['holds the data line', 'holdData'],
    ] as const)('%s', async (_what, kind) => {
      const plain = pico.micros;
      expect(await pico.bus.write(0x10, bytes(1, 2, 3))).toBe('done');
      const usual = pico.micros - plain;
      await fault({ kind, count: 1, value: 8000 });
      const before = pico.micros;
      await pico.bus.write(0x10, bytes(4, 5, 6));
      const next = await pico.bus.write(0x10, bytes(7));
      expect(next).toBe('done');
      expect(pico.micros - before).toBeGreaterThan(usual + 7000);
    });

    it('loses arbitration', async () => {
      pico.bus.addTarget(0x1d, { received: () => {} });
      await fault({ kind: 'loseArbitration', count: 1, value: 0 });
      expect((await write(0x1d, new Uint8Array(70))).result).toBe(RESULT.arbitration);
      expect((await write(0x1d, new Uint8Array(70))).result).toBe(RESULT.done);
    });
  });

  describe('as an analyser', () => {
    beforeEach(async () => {
      await connection.request(REQUEST.sniff, bytes(1));
    });

    it('sees writes of others to others, with each acknowledge', async () => {
      pico.bus.addTarget(0x1d, { received: () => {}, acknowledge: (index) => index !== 2 });
      expect(await pico.bus.write(0x1d, bytes(0x0f, 1, 2, 3))).toBe('dataNack');
      expect(await pico.bus.write(0x33, bytes(1))).toBe('addressNack');
      await until(() => sniffed.length === 2);
      expect(sniffed[0]).toMatchObject({ bytes: bytes(0x3a, 0x0f, 1, 2), refused: bytes(0b1000), flags: 0 });
      expect(sniffed[1]).toMatchObject({ bytes: bytes(0x66), refused: bytes(1), flags: 0 });
    });

    it('sees all of many, its own among them', async () => {
      pico.bus.addTarget(0x1d, { received: () => {} });
      const count = 100;
      let writes = 0;
      const others = (async () => {
        for (let index = 0; index < count; index++) await pico.bus.write(0x10, bytes(0x0f, index, 1, 2));
      })();
      while (writes < count) {
        await write(0x1d, bytes(0x0f, writes, 7));
        writes++;
      }
      await others;
      await until(() => sniffed.length === 2 * count && received.length === count);
      const own = sniffed.filter(({ bytes: [address] }) => address === 0x3a).map((event) => event.bytes[2]);
      const theirs = sniffed.filter(({ bytes: [address] }) => address === 0x20).map((event) => event.bytes[2]);
      const all = Array.from({ length: count }, (_, index) => index);
      expect([own, theirs]).toEqual([all, all]);
      expect(sniffed.every(({ flags, lost }) => (flags & SNIFFED.overrun) === 0 && lost === 0)).toBe(true);
    });

    it('shows a stretched clock as a long pause', async () => {
      await fault({ kind: 'stretch', count: 1, value: 6000 });
      await pico.bus.write(0x10, bytes(1, 2, 3));
      await until(() => sniffed.length === 1);
      expect(sniffed[0]!.longestPause).toBeGreaterThan(4000);
    });
  });

  it('gets over garbage, and counts it', async () => {
    pico.usb.write(Uint8Array.from({ length: 3000 }, (_, index) => (index * 89) & 0xff));
    pico.usb.write(bytes(0xa5, 3, 0, 3, 3));
    // A byte outside the magic ends the frame that the garbage began.
    pico.usb.write(new Uint8Array(1200));
    const status = await connection.ask(REQUEST.status, NOTHING, statusAnswer);
    expect(status.badFrames).toBeGreaterThan(0);
    pico.bus.addTarget(0x1d, { received: () => {} });
    expect((await write(0x1d, bytes(1))).result).toBe(RESULT.done);
  });

  it('does nothing while there is nothing to do', async () => {
    await connection.ask(REQUEST.status, NOTHING, statusAnswer);
    for (let round = 0; round < 50; round++) await new Promise((resolve) => setImmediate(resolve));
    const before = pico.instructions;
    for (let round = 0; round < 50; round++) await new Promise((resolve) => setImmediate(resolve));
    expect(pico.instructions - before).toBe(0);
  });

  it('ends the conversation when it is unplugged, and begins another when it is back', async () => {
    pico.usb.unplug();
    expect(ended?.code).toBe('ENODEV');
    pico.usb.plug();
    connection = connect();
    await connection.open();
    expect(connection.identity!.name).toBe('mctpkit-pico');
  });
});
