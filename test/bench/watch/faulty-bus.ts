/** An SMBus of the scene of the watch, with what may happen to a bus: packets lost to wrong PECs, a cut wire, slow devices. */

import { PacketWire, type WireAction } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { seededRandom } from '../../../hw-fixtures/bench/wires/random.js';
import type { VirtualClock } from '../../../stack/clock.js';

const LASTS_MS = { storm: 60_000, cut: 120_000, slow: 600_000 } as const;
/** Of the packets in a storm. */
const LOST = 0.3;
/** A device which is slow answers so much later: within the time in which it must, and much later than the others. */
const LATE_MS = 60;

export class FaultyBus {
  readonly wire: PacketWire;
  readonly #random;
  #stormUntil = 0;
  #cutUntil = 0;
  readonly #slowUntil = new Map<string, number>();

  constructor(
    private readonly clock: VirtualClock,
    seed: number,
  ) {
    // 100 kHz.
    this.wire = new PacketWire({ clock, addressSize: 1, bitRate: 100_000, bitsPerByte: 9, overheadBytes: 4 });
    this.#random = seededRandom(seed);
  }

  /** Returns how long it lasts; ms. */
  disturb(kind: 'storm' | 'cut'): number {
    const until = this.clock.now() + LASTS_MS[kind];
    if (kind === 'storm') this.#stormUntil = until;
    else this.#cutUntil = until;
    this.#during(LASTS_MS[kind]);
    return LASTS_MS[kind];
  }

  slow(address: string): void {
    this.#slowUntil.set(address, this.clock.now() + LASTS_MS.slow);
    this.#during(LASTS_MS.slow);
  }

  #during(ms: number): void {
    this.wire.faults = ({ from }) => this.#action(from);
    this.clock.schedule(ms, () => {
      const now = this.clock.now();
      for (const [address, until] of this.#slowUntil) if (until <= now) this.#slowUntil.delete(address);
      if (this.#stormUntil <= now && this.#cutUntil <= now && this.#slowUntil.size === 0) this.wire.faults = undefined;
    });
  }

  #action(from: string): WireAction {
    const now = this.clock.now();
    if (now < this.#cutUntil) return 'nack';
    if (now < this.#stormUntil && this.#random.next() < LOST) return 'drop';
    return (this.#slowUntil.get(from) ?? 0) > now ? { delayMs: LATE_MS } : 'deliver';
  }
}
