/** Puts what several sub-paths brought in order: each packet goes up once, and none before those that were sent before it. */

import { MctpError } from '../../stack/errors.js';
import { copyOf } from '../../stack/util/slab.js';
import { WINDOW_BYTES, WINDOW_PACKETS } from './send-window.js';

export type Deliver = (buffer: Uint8Array, start: number, end: number, hops: number) => void;

const MASK = WINDOW_PACKETS - 1;

export class ReceiveWindow {
  /** Packets which came before their turn, by sequence number. A copy is made only of these. */
  readonly #early: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(WINDOW_PACKETS).fill(undefined);
  readonly #hops = new Uint8Array(WINDOW_PACKETS);
  #next: number;
  #waiting = 0;
  #held = 0;
  #duplicates = 0;

  constructor(first = 0) {
    this.#next = first;
  }

  /** The sequence number which is expected next: everything before it went up. */
  get next(): number {
    return this.#next;
  }

  /** Packets which wait for others, and their bytes. */
  get waiting(): number {
    return this.#waiting;
  }

  get held(): number {
    return this.#held;
  }

  /** Packets which came once more; they were dropped. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /**
   * A packet; it, and those which waited for it, go up in their order during the call.
   * @throws MctpError EPROTO when it is beyond what the other side may send
   */
  take(sequence: number, buffer: Uint8Array, start: number, end: number, hops: number, deliver: Deliver): void {
    const ahead = (sequence - this.#next) | 0;
    if (ahead < 0) {
      this.#duplicates++;
      return;
    }
    if (ahead > 0) {
      this.#keep(sequence, ahead, buffer, start, end, hops);
      return;
    }
    this.#next = (this.#next + 1) >>> 0;
    deliver(buffer, start, end, hops);
    while (this.#waiting > 0) {
      const slot = this.#next & MASK;
      const early = this.#early[slot];
      if (early === undefined) return;
      this.#early[slot] = undefined;
      this.#waiting--;
      this.#held -= early.length;
      this.#next = (this.#next + 1) >>> 0;
      deliver(early, 0, early.length, this.#hops[slot]!);
    }
  }

  #keep(sequence: number, ahead: number, buffer: Uint8Array, start: number, end: number, hops: number): void {
    if (ahead >= WINDOW_PACKETS || this.#held + end - start > WINDOW_BYTES) {
      throw new MctpError('EPROTO', `packet ${sequence} came while ${this.#next} was expected: too far ahead`);
    }
    const slot = sequence & MASK;
    if (this.#early[slot] !== undefined) {
      this.#duplicates++;
      return;
    }
    this.#early[slot] = copyOf(buffer, start, end);
    this.#hops[slot] = hops;
    this.#waiting++;
    this.#held += end - start;
  }
}
