/** What every link has to do, whatever the medium: run it for each binding. */

import { toHex } from '../../stack/codec/buffer.js';
import { type Link, type PhysicalAddress, TRANSMIT } from '../../stack/link.js';
import { RecordingHost } from './recording-host.js';
import { vitestFor } from './test-runner.js';

/** Two links on one wire. */
export interface LinkPair {
  readonly a: Link;
  readonly b: Link;
  /** Let a little time pass on the wire (virtual time). Without it the wire runs by itself and events are waited for. */
  readonly step?: () => void | Promise<void>;
  /** Timers set at this moment, when the pair's clock can tell. */
  readonly timers?: () => number;
  /** Put bytes on the wire that b receives, as frames or not. */
  readonly garbage?: (bytes: Uint8Array) => void;
  /** Addresses, on an addressed medium, at which nobody is. */
  readonly absent?: readonly PhysicalAddress[];
  /** Called after both links are closed. */
  readonly dispose?: () => void | Promise<void>;
}

/** More steps than any test here needs; then it has failed. */
const MOST_STEPS = 100_000;

/** A packet of that many bytes, different for every seed. The header version is right, as some links look at it. */
export function samplePacket(length: number, seed: number): Uint8Array {
  const packet = new Uint8Array(length);
  for (let index = 0; index < length; index++) packet[index] = index * 7 + seed * 31;
  packet[0] = 1;
  return packet;
}

export function describeLinkCompliance(name: string, makePair: () => LinkPair | Promise<LinkPair>): void {
  const { afterEach, beforeEach, describe, expect, it } = vitestFor('describeLinkCompliance');
  describe(`${name} is a link`, () => {
    let pair: LinkPair;
    let a: Link;
    let b: Link;
    let hostA: RecordingHost;
    let hostB: RecordingHost;

    beforeEach(async () => {
      pair = await makePair();
      ({ a, b } = pair);
      hostA = new RecordingHost().attach(a);
      hostB = new RecordingHost().attach(b);
      await a.open();
      await b.open();
    });

    afterEach(async () => {
      await close(a);
      await close(b);
      hostA.closed = true;
      hostB.closed = true;
      await pair.step?.();
      await pair.dispose?.();
      expect(hostA.violations).toEqual([]);
      expect(hostB.violations).toEqual([]);
      expect([...hostA.pending.keys(), ...hostB.pending.keys()]).toEqual([]);
      expect(pair.timers?.() ?? 0).toBe(0);
    });

    async function until(done: () => boolean): Promise<void> {
      for (let steps = 0; !done(); steps++) {
        if (pair.step === undefined) await Promise.race([hostA.next(), hostB.next()]);
        else if (steps > MOST_STEPS) throw new Error('it never happens');
        else {
          await pair.step();
          if (steps % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
      }
    }

    /** Closing may take time on the wire: what was sent still goes out. */
    async function close(link: Link): Promise<void> {
      let closed = false;
      const closing = link.close().finally(() => {
        closed = true;
      });
      while (!closed && pair.step !== undefined) {
        await new Promise((resolve) => setImmediate(resolve));
        if (!closed) await pair.step();
      }
      await closing;
    }

    /** Send as a stack does: on `busy`, again after `ready`. */
    async function send(host: RecordingHost, bytes: Uint8Array, to: PhysicalAddress): Promise<number> {
      for (;;) {
        const readies = host.readies;
        const { result, slot } = host.send(bytes, to);
        if (result !== TRANSMIT.busy) return slot;
        await until(() => host.readies > readies);
      }
    }

    const largest = (link: Link): number => link.transmissionUnit.max + 4;

    it('says that it is up, once per opening', async () => {
      expect(hostA.states.map(({ up }) => up)).toEqual([true]);
      expect(hostB.states.map(({ up }) => up)).toEqual([true]);
      await a.open();
      expect(hostA.states).toHaveLength(1);
    });

    it('describes itself within the limits of MCTP', () => {
      expect(a.name).not.toBe('');
      expect(a.transmissionUnit.default).toBeGreaterThanOrEqual(64);
      expect(a.transmissionUnit.max).toBeGreaterThanOrEqual(a.transmissionUnit.default);
      expect(a.window).toBeGreaterThanOrEqual(1);
      expect(a.ownAddress).toMatch(/^([0-9a-f]{2})*$/);
      expect(a.ownAddress).toHaveLength(2 * a.addressSize);
    });

    it('carries addresses to the wire and back', () => {
      const addresses = [...a.probeAddresses()];
      expect(addresses).toContain(b.ownAddress);
      expect(addresses).toHaveLength(new Set(addresses).size);
      for (const address of addresses) {
        const wire = a.addressToWire(address);
        expect(wire).toHaveLength(a.addressSize);
        expect(a.addressFromWire(wire)).toBe(address);
      }
      expect(a.addressFromWire(new Uint8Array(a.addressSize + 1))).toBeUndefined();
    });

    it('opens again after closing, and works', async () => {
      for (let round = 0; round < 2; round++) {
        await close(a);
        await close(a);
        await a.open();
        await send(hostA, samplePacket(68, round), b.ownAddress);
        await until(() => hostB.packets.length === round + 1);
        await send(hostB, samplePacket(20, round), a.ownAddress);
        await until(() => hostA.packets.length === round + 1);
      }
      expect(hostA.states.map(({ up }) => up)).toEqual([true, true, true]);
    });

    it('stays closed when it is closed while it opens, and opens again', async () => {
      for (const first of ['closed', 'still closing']) {
        const closing = close(a);
        if (first === 'closed') await closing;
        // Whether it says that it was closed, or was open for a moment, is its own affair.
        const opening = a.open().catch(() => {});
        await Promise.all([closing, close(a), opening]);
        const slot = await send(hostA, samplePacket(68, 1), b.ownAddress);
        await until(() => hostA.done.has(slot));
        expect(hostA.done.get(slot)?.code).toBe('ENETDOWN');
        await a.open();
        const { length } = hostB.packets;
        await send(hostA, samplePacket(68, 1), b.ownAddress);
        await until(() => hostB.packets.length > length);
      }
    });

    it('carries packets of every length exactly, both ways', async () => {
      for (let length = 5; length <= largest(a); length++) {
        await send(hostA, samplePacket(length, length), b.ownAddress);
        await send(hostB, samplePacket(length, length + 1), a.ownAddress);
      }
      const lengths = largest(a) - 4;
      await until(() => hostA.packets.length + hostB.packets.length === 2 * lengths);
      expect(firstWrong(hostB, lengths, a.ownAddress, (index) => samplePacket(index + 5, index + 5))).toBe('');
      expect(firstWrong(hostA, lengths, b.ownAddress, (index) => samplePacket(index + 5, index + 6))).toBe('');
      expect(hostA.faults).toEqual([]);
      expect(hostB.faults).toEqual([]);
    });

    it('carries every byte value', async () => {
      for (let from = 0; from < 256; from += 32) {
        const packet = Uint8Array.from({ length: 68 }, (_, index) => (index === 0 ? 1 : (from + (index >> 1)) & 0xff));
        await send(hostA, packet, b.ownAddress);
        await until(() => hostB.packets.length === from / 32 + 1);
        expect(hostB.packets.at(-1)?.bytes).toEqual(packet);
      }
    });

    it('counts what it carries', async () => {
      await send(hostA, samplePacket(30, 1), b.ownAddress);
      await send(hostA, samplePacket(40, 2), b.ownAddress);
      await until(() => hostB.packets.length === 2 && hostA.pending.size === 0);
      expect(a.counters).toMatchObject({ txPackets: 2, txBytes: 70 });
      expect(b.counters).toMatchObject({ rxPackets: 2, rxBytes: 70 });
    });

    it('takes what it has room for, says ready after busy, and gives each slot back once', async () => {
      let taken = 0;
      let busy = false;
      while (!busy && taken < 2000) {
        busy = hostA.send(samplePacket(68, taken), b.ownAddress).result === TRANSMIT.busy;
        if (!busy) taken++;
      }
      if (busy) await until(() => hostA.readies === 1);
      await until(() => hostB.packets.length === taken && hostA.pending.size === 0);
      expect(firstWrong(hostB, taken, a.ownAddress, (index) => samplePacket(68, index))).toBe('');
      for (const error of hostA.done.values()) expect(error).toBeUndefined();
    });

    it('receives after transmit has returned, also what is answered while it is received', async () => {
      // Given: each side sends the packet back at once, one byte longer, until it is as long as it may be.
      const bounce = (host: RecordingHost, to: PhysicalAddress) => (bytes: Uint8Array) => {
        if (bytes.length < largest(a)) host.send(samplePacket(bytes.length + 1, 3), to);
      };
      hostA.onPacket = bounce(hostA, b.ownAddress);
      hostB.onPacket = bounce(hostB, a.ownAddress);
      await send(hostA, samplePacket(5, 3), b.ownAddress);
      await until(() => hostA.packets.length + hostB.packets.length === largest(a) - 4);
      await until(() => hostA.pending.size === 0 && hostB.pending.size === 0);
      expect(hostA.violations).toEqual([]);
      expect(hostB.violations).toEqual([]);
    });

    it('gives back what is pending when it closes', async () => {
      for (let index = 0; index < 64; index++) {
        if (hostA.send(samplePacket(68, index), b.ownAddress).result === TRANSMIT.busy) break;
      }
      const pending = [...hostA.pending.keys()];
      await close(a);
      expect(hostA.pending.size).toBe(0);
      for (const slot of pending) {
        const error = hostA.done.get(slot);
        if (error !== undefined) expect(error.code).toBe('ECANCELED');
      }
    });

    it('is silent after closing, whatever the other side sends', async () => {
      await close(a);
      hostA.closed = true;
      await send(hostB, samplePacket(68, 1), a.ownAddress);
      await close(b);
      for (let steps = 0; pair.step !== undefined && steps < 100; steps++) await pair.step();
      expect(hostA.packets).toEqual([]);
    });

    it('refuses packets when it is not open', async () => {
      await close(a);
      const { result, slot } = hostA.send(samplePacket(68, 1), b.ownAddress);
      expect(result).toBe(TRANSMIT.pending);
      await until(() => hostA.done.has(slot));
      expect(hostA.done.get(slot)?.code).toBe('ENETDOWN');
      expect(hostB.packets).toEqual([]);
    });

    it('refuses packets that are too long or too short', async () => {
      for (const length of [0, 1, 4, largest(a) + 1, largest(a) + 500]) {
        const { result, slot } = hostA.send(samplePacket(length, 1), b.ownAddress);
        expect(result).toBe(TRANSMIT.pending);
        await until(() => hostA.done.has(slot));
        expect(hostA.done.get(slot)?.code).toBe('EMSGSIZE');
      }
      await send(hostA, samplePacket(largest(a), 2), b.ownAddress);
      await until(() => hostB.packets.length === 1);
      expect(hostB.packets[0]?.bytes).toEqual(samplePacket(largest(a), 2));
    });

    it('keeps its window open for others when nobody answers at an address', async ({ skip }) => {
      const { absent } = pair;
      if (absent === undefined) return skip('the pair has no address at which nobody is');
      const slots = absent.slice(0, a.window - 1).map((address, index) => {
        const { result, slot } = hostA.send(samplePacket(10, index), address);
        expect(result).toBe(TRANSMIT.pending);
        return slot;
      });
      await send(hostA, samplePacket(68, 9), b.ownAddress);
      await until(() => hostB.packets.length === 1 && hostA.pending.size === 0);
      for (const slot of slots) expect(hostA.done.get(slot)?.code).toBe('ENACK');
    });

    it('counts garbage on the wire and receives the next packets', async ({ skip }) => {
      const { garbage } = pair;
      if (garbage === undefined) return skip('the pair has no way to put garbage on the wire');
      let random = 1;
      for (let round = 0; round < 50; round++) {
        const bytes = Uint8Array.from({ length: round * 5 }, () => {
          random = (random * 1103515245 + 12345) & 0x7fffffff;
          return random >> 16;
        });
        garbage(bytes);
      }
      // A stream needs up to two frames to find its place again.
      for (let index = 0; index < 3; index++) await send(hostA, samplePacket(68, index), b.ownAddress);
      const last = samplePacket(68, 2);
      await until(() => hostB.packets.some(({ bytes }) => Buffer.compare(bytes, last) === 0));
      expect(hostB.faults.length).toBeGreaterThan(0);
    });

    it('carries a burst of 1000 packets in order and without loss, both ways at once', async () => {
      const sizes = [5, 68, 17, 40];
      const burst = async (from: RecordingHost, to: PhysicalAddress): Promise<void> => {
        for (let index = 0; index < 1000; index++) await send(from, samplePacket(sizes[index % 4]!, index), to);
      };
      await Promise.all([burst(hostA, b.ownAddress), burst(hostB, a.ownAddress)]);
      await until(() => hostA.packets.length === 1000 && hostB.packets.length === 1000);
      const expected = (index: number): Uint8Array => samplePacket(sizes[index % 4]!, index);
      expect(firstWrong(hostA, 1000, b.ownAddress, expected)).toBe('');
      expect(firstWrong(hostB, 1000, a.ownAddress, expected)).toBe('');
    });
  });
}

/** What is wrong with the first of so many packets which is another one than it must be, or comes from elsewhere; else ''. */
function firstWrong(
  { packets }: RecordingHost,
  count: number,
  sender: PhysicalAddress,
  expected: (index: number) => Uint8Array,
): string {
  if (packets.length !== count) return `${packets.length} packets came, not ${count}`;
  for (const [index, { bytes, from }] of packets.entries()) {
    const [is, must] = [toHex(bytes), toHex(expected(index))];
    if (is !== must) return `packet ${index} is ${is}, not ${must}`;
    if (from !== sender) return `packet ${index} comes from "${from}", not from "${sender}"`;
  }
  return '';
}
