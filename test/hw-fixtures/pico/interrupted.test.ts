/** Traffic which is disturbed, how long a write takes besides its bytes, and an analyser which sees all of many packets. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AdapterConnection } from '../../../bindings/i2c/adapter/adapter-connection.js';
import {
  configureAnswer,
  configureRequest,
  REQUEST,
  RESULT,
  SNIFFED,
  sniffedEvent,
} from '../../../bindings/i2c/adapter/messages.js';
import { encodeFrame } from '../../../bindings/smbus/smbus-framing.js';
import { SmbusLink } from '../../../bindings/smbus/smbus-link.js';
import { systemClock } from '../../../bindings/system-clock.js';
import type { EmulatedPico } from '../../../hw-fixtures/pico/emulator/pico.js';
import { EmulatedPicoPort } from '../../../hw-fixtures/pico/emulator/pico-port.js';
import { WirePort } from '../../../hw-fixtures/pico/emulator/wire-port.js';
import { samplePacket } from '../../../hw-fixtures/testing/link-compliance.js';
import { RecordingHost } from '../../../hw-fixtures/testing/recording-host.js';
import { decode, encode } from '../../../stack/codec/index.js';
import { TRANSMIT } from '../../../stack/link.js';
import { adapterPort, startedPico } from './support.js';

/** Each bit is an edge for the analyser: emulated, it takes twenty times as long. `npm run test:pico` asks for 5000. */
const SEEN = Math.max(50, Number(process.env.MCTPKIT_PICO_PACKETS ?? 0) / 20);
const SPEED = 400_000;

let pico: EmulatedPico;
beforeEach(async () => {
  pico = await startedPico();
});
afterEach(() => pico.stop());

describe('traffic through an emulated Pico', () => {
  let a: SmbusLink;
  let b: SmbusLink;
  let hostA: RecordingHost;
  let hostB: RecordingHost;

  beforeEach(async () => {
    a = new SmbusLink({ port: adapterPort(pico, { speedHz: SPEED }), clock: systemClock, ownAddress: 0x10 });
    b = new SmbusLink({ port: new WirePort(pico.bus, 9e9 / SPEED), clock: systemClock, ownAddress: 0x1d });
    hostA = new RecordingHost().attach(a);
    hostB = new RecordingHost().attach(b);
    await a.open();
    await b.open();
  });
  afterEach(async () => {
    await a.close();
    await b.close();
  });

  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) await Promise.race([hostA.next(), hostB.next()]);
  };

  /** Packets from first to last, which all arrive. */
  async function exchange(first: number, last: number): Promise<void> {
    const before = [hostA.packets.length, hostB.packets.length] as const;
    const next = { a: first, b: first };
    const done = (): boolean =>
      hostA.packets.length - before[0] === last - first && hostB.packets.length - before[1] === last - first;
    while (!done()) {
      while (next.a < last && hostA.send(samplePacket(68, next.a), '1d').result !== TRANSMIT.busy) next.a++;
      while (next.b < last && hostB.send(samplePacket(68, next.b), '10').result !== TRANSMIT.busy) next.b++;
      await Promise.race([hostA.next(), hostB.next()]);
    }
    for (const [host, start] of [
      [hostA, before[0]],
      [hostB, before[1]],
    ] as const) {
      expect(host.packets.slice(start).map(({ bytes }) => bytes)).toEqual(
        Array.from({ length: last - first }, (_, index) => samplePacket(68, first + index)),
      );
    }
  }

  it('stops when the Pico is unplugged in the middle of a packet, with a reason, and goes on by itself', async () => {
    await exchange(0, 50);
    for (let seed = 0; seed < 8; seed++) hostA.send(samplePacket(68, seed), '1d');
    pico.usb.unplug();
    await until(() => hostA.states.length === 2 && hostA.pending.size === 0);
    expect(hostA.states[1]).toMatchObject({ up: false, reason: { code: 'ENODEV' } });
    expect(hostA.send(samplePacket(68, 1), '1d').result).not.toBe(TRANSMIT.busy);
    pico.usb.plug();
    await until(() => hostA.states.length === 3);
    // What was on its way when the cable was pulled may still be written by the Pico.
    await pico.pass(20_000);
    await exchange(100, 150);
    expect(hostA.violations).toEqual([]);
  });

  it('goes on through garbage from the bus and from USB', async () => {
    await exchange(0, 20);
    for (let index = 0; index < 30; index++) {
      await pico.bus.write(
        0x10,
        Uint8Array.from({ length: 1 + index }, (_, at) => (at * 31 + index * 7) & 0xff),
      );
      pico.usb.write(Uint8Array.from({ length: 40 }, (_, at) => (at * 89 + index) & 0x7f));
    }
    await exchange(20, 60);
    expect(hostA.faults.length).toBeGreaterThan(0);
    expect(hostA.states).toHaveLength(1);
  });
});

describe('an emulated Pico', () => {
  let connection: AdapterConnection;
  let wake: () => void = () => {};
  const results: number[] = [];
  const received: { readonly bytes: Uint8Array; readonly micros: number }[] = [];
  const sniffed: { readonly bytes: Uint8Array; readonly good: boolean }[] = [];

  beforeEach(async () => {
    for (const list of [results, received, sniffed]) list.length = 0;
    connection = new AdapterConnection({
      port: new EmulatedPicoPort(pico),
      clock: systemClock,
      events: {
        wrote: (result) => {
          results.push(result);
          wake();
        },
        received: (_address, _lost, buffer, start, end) => {
          received.push({ bytes: buffer.slice(start, end), micros: pico.micros });
          wake();
        },
        sniffed: (buffer, start, end) => {
          const { bytes, flags, lost, refused } = decode(sniffedEvent, buffer, { start, end });
          const good = (flags & SNIFFED.overrun) === 0 && lost === 0 && refused.every((bits) => bits === 0);
          sniffed.push({ bytes, good });
          wake();
        },
        ended: () => {},
      },
    });
    await connection.open();
    await connection.ask(
      REQUEST.configure,
      encode(configureRequest, { speed: SPEED, timeout: 100_000, addresses: [0x10] }),
      configureAnswer,
    );
  });
  afterEach(() => connection.close());

  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };

  function frame(seed: number, from: number, to: number): Uint8Array {
    const bytes = new Uint8Array(100);
    return bytes.slice(0, encodeFrame(samplePacket(68, seed), 0, 68, from, to, bytes, 0));
  }

  it('sees all packets, its own and those of others, both ways at once', {
    timeout: 120_000 + SEEN * 400,
  }, async () => {
    pico.bus.addTarget(0x1d, { received: () => {} });
    await connection.request(REQUEST.sniff, Uint8Array.of(1));
    const theirs = Array.from({ length: SEEN }, (_, seed) => frame(seed, 0x1d, 0x10));
    const ours = Array.from({ length: SEEN }, (_, seed) => frame(seed + SEEN, 0x10, 0x1d));
    const others = (async () => {
      for (const bytes of theirs) await pico.bus.write(0x10, bytes);
    })();
    for (const [index, bytes] of ours.entries()) {
      connection.write(1, 0x1d, bytes, 0, bytes.length);
      await until(() => results.length > index);
    }
    await others;
    await until(() => sniffed.length === 2 * SEEN && received.length === SEEN);
    const to = (address: number): Uint8Array[] =>
      sniffed.filter(({ bytes }) => bytes[0] === address << 1).map(({ bytes }) => bytes.slice(1));
    expect(results.every((result) => result === RESULT.done)).toBe(true);
    expect(received.map(({ bytes }) => bytes)).toEqual(theirs);
    expect(to(0x10)).toEqual(theirs);
    expect(to(0x1d)).toEqual(ours);
    expect(sniffed.every(({ good }) => good)).toBe(true);
  });

  it('adds less than a millisecond to a write, and to what it receives', async () => {
    const stops: number[] = [];
    pico.bus.addTarget(0x1d, { received: () => stops.push(pico.micros) });
    const bytes = frame(1, 0x10, 0x1d);
    const wireUs = ((bytes.length + 1) * 9 * 1e6) / SPEED;
    const out: number[] = [];
    const back: number[] = [];
    for (let index = 0; index < 20; index++) {
      const began = pico.micros;
      connection.write(1, 0x1d, bytes, 0, bytes.length);
      await until(() => results.length > index);
      out.push(stops[index]! - began - wireUs);
      await pico.bus.write(0x10, bytes, 9e9 / SPEED);
      const stopped = pico.micros;
      await until(() => received.length > index);
      back.push(received[index]!.micros - stopped);
    }
    const most = (list: readonly number[]): number => Math.max(...list);
    expect(most(out)).toBeLessThan(1000);
    expect(most(back)).toBeLessThan(1000);
    if (process.env.MCTPKIT_PICO_PACKETS !== undefined) {
      const median = (list: readonly number[]): string => [...list].sort((x, y) => x - y)[10]!.toFixed(0);
      console.log(`added to a write: ${median(out)} us, to a received one: ${median(back)} us (median, emulated time)`);
    }
  });
});
