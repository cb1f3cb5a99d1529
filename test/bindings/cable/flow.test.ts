/** Cables over several wires in virtual time: whatever happens to the wires, packets arrive once and in order. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CableEvent } from '../../../bindings/cable/cable-end.js';
import { CableLink, type CableLinkOptions } from '../../../bindings/cable/cable-link.js';
import { samplePacket } from '../../../hw-fixtures/testing/link-compliance.js';
import { RecordingHost } from '../../../hw-fixtures/testing/recording-host.js';
import { VirtualClock } from '../../../stack/clock.js';
import { TRANSMIT } from '../../../stack/link.js';
import { CableWires } from '../../support/cable-wires.js';

const KEY = new Uint8Array(32).fill(7);
const PLACES = ['a', 'b', 'c'];

interface Side {
  readonly link: CableLink;
  readonly host: RecordingHost;
  readonly events: CableEvent[];
  sent: number;
}

class Joined {
  readonly clock = new VirtualClock();
  readonly wires = new CableWires(this.clock);
  readonly listening: Side;
  readonly connecting: Side;

  constructor(options: Partial<CableLinkOptions> = {}, backups: readonly string[] = [], places = PLACES) {
    const common = { clock: this.clock, network: this.wires, key: KEY, ...options };
    const connect = places.map((place) => ({ place, backup: backups.includes(place) }));
    this.listening = this.#side({ ...common, name: 'cable:listens', listen: places });
    this.connecting = this.#side({ ...common, name: 'cable:connects', connect, patient: true });
  }

  async open(): Promise<void> {
    await this.listening.link.open();
    await this.connecting.link.open();
    await this.run(20);
  }

  /** So many ms pass. */
  async run(ms: number, stepMs = 1): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(stepMs);
      await Promise.resolve();
      await Promise.resolve();
    }
  }

  /** Send as many as are taken, numbered. */
  send(side: Side, count: number): void {
    for (let index = 0; index < count; index++) {
      if (side.host.send(numbered(side.sent), '').result === TRANSMIT.busy) return;
      side.sent++;
    }
  }

  async close(): Promise<void> {
    const closing = Promise.all([this.listening.link.close(), this.connecting.link.close()]);
    await this.run(700);
    await closing;
    await this.run(50);
    expect(this.clock.pending).toBe(0);
    expect(this.listening.host.violations).toEqual([]);
    expect(this.connecting.host.violations).toEqual([]);
  }

  #side(options: CableLinkOptions): Side {
    const events: CableEvent[] = [];
    const link = new CableLink({ ...options, hear: (event) => events.push(event) });
    return { link, events, host: new RecordingHost().attach(link), sent: 0 };
  }
}

function numbered(number: number): Uint8Array {
  const packet = samplePacket(20 + (number % 45), number);
  new DataView(packet.buffer).setUint32(5, number);
  return packet;
}

/** The numbers of what arrived. */
function arrived({ host }: Side): number[] {
  return host.packets.map(({ bytes }) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(5));
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

const CHANGES = ['cut', 'heal', 'hold', 'slow', 'fast', 'narrow', 'wide'] as const;

const story = fc.array(
  fc.record({
    change: fc.constantFrom(...CHANGES),
    place: fc.constantFrom(...PLACES),
    waitMs: fc.integer({ min: 1, max: 400 }),
    packets: fc.integer({ min: 0, max: 120 }),
  }),
  { minLength: 5, maxLength: 25 },
);

describe('a cable over several wires', () => {
  it('loses nothing, doubles nothing and keeps the order, whatever happens to its wires while one is left', async () => {
    const runs = Number(process.env.MCTPKIT_CABLE_RUNS ?? 25);
    await fc.assert(
      fc.asyncProperty(story, async (steps) => {
        const joined = new Joined();
        await joined.open();
        const { wires, listening, connecting } = joined;
        for (const { change, place, waitMs, packets } of steps) {
          const wire = wires.wire(place);
          // One wire at least is left: what happens when none is has its own tests.
          const others = PLACES.filter((other) => other !== place);
          const mayGo = others.some((other) => wires.open.includes(other) && !wires.wire(other).held);
          if (change === 'cut' && mayGo) wires.cut(place);
          else if (change === 'hold' && mayGo) wire.held = true;
          else if (change === 'heal') wires.heal(place);
          else if (change === 'slow') wire.latencyMs = 60;
          else if (change === 'fast') wire.latencyMs = 0.1;
          else if (change === 'narrow') wire.bytesPerMs = 50;
          else if (change === 'wide') wire.bytesPerMs = Number.POSITIVE_INFINITY;
          joined.send(connecting, packets);
          joined.send(listening, packets);
          await joined.run(waitMs, 2);
        }
        for (const place of PLACES) wires.heal(place);
        await joined.run(4_000, 5);
        expect(arrived(listening)).toEqual(upTo(connecting.sent));
        expect(arrived(connecting)).toEqual(upTo(listening.sent));
        expect(listening.host.states.map(({ up }) => up)).toEqual([true]);
        await joined.close();
      }),
      { numRuns: runs },
    );
  });
});
