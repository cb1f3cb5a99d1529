/**
 * The packets which the other side has not acknowledged, in the order of their sequence numbers, each with the sub-path by
 * which it left. Its memory is taken once.
 */

import { MctpError } from '../../stack/errors.js';
import { copyRange } from '../../stack/util/slab.js';

/** Both sides keep no more than this. Packets: a power of two. */
export const WINDOW_PACKETS = 1024;
export const WINDOW_BYTES = 1024 * 1024;

/** Not sent by any sub-path. */
export const NO_PATH = 0;

/** Sequence numbers wrap at 2^32: is `a` before `b`? */
export function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

const MASK = WINDOW_PACKETS - 1;

export class SendWindow {
  readonly bytes = new Uint8Array(WINDOW_BYTES);
  readonly #starts = new Int32Array(WINDOW_PACKETS);
  readonly #ends = new Int32Array(WINDOW_PACKETS);
  readonly #hops = new Uint8Array(WINDOW_PACKETS);
  readonly #paths = new Int32Array(WINDOW_PACKETS);
  readonly #times = new Float64Array(WINDOW_PACKETS);
  /** The oldest which is kept, and the next to be given: equal when nothing is kept. */
  #oldest: number;
  #next: number;
  #held = 0;

  /** The first sequence number; others than 0 are for tests of the wrap. */
  constructor(first = 0) {
    this.#oldest = first;
    this.#next = first;
  }

  get oldest(): number {
    return this.#oldest;
  }

  get next(): number {
    return this.#next;
  }

  get count(): number {
    return (this.#next - this.#oldest) >>> 0;
  }

  /** Bytes of packets which are kept. */
  get held(): number {
    return this.#held;
  }

  /** Is there room for a packet of that length? */
  fits(length: number): boolean {
    return this.#room(length) >= 0;
  }

  /** Copy a packet to the end; false when there is no room. */
  push(buffer: Uint8Array, start: number, end: number, hops: number): boolean {
    const at = this.#room(end - start);
    if (at < 0) return false;
    copyRange(buffer, start, end, this.bytes, at);
    const slot = this.#next & MASK;
    this.#starts[slot] = at;
    this.#ends[slot] = at + end - start;
    this.#hops[slot] = hops;
    this.#paths[slot] = NO_PATH;
    this.#next = (this.#next + 1) >>> 0;
    this.#held += end - start;
    return true;
  }

  /**
   * The other side has everything before `next`. Returns how many packets that frees.
   * @throws MctpError EPROTO when it says that it has what was never sent
   */
  acknowledge(next: number): number {
    if (isBefore(this.#next, next)) throw new MctpError('EPROTO', `packet ${next - 1} was acknowledged and never sent`);
    let freed = 0;
    for (; isBefore(this.#oldest, next); freed++) {
      const slot = this.#oldest & MASK;
      this.#held -= this.#ends[slot]! - this.#starts[slot]!;
      this.#oldest = (this.#oldest + 1) >>> 0;
    }
    return freed;
  }

  has(sequence: number): boolean {
    return !isBefore(sequence, this.#oldest) && isBefore(sequence, this.#next);
  }

  startOf(sequence: number): number {
    return this.#starts[sequence & MASK]!;
  }

  endOf(sequence: number): number {
    return this.#ends[sequence & MASK]!;
  }

  hopsOf(sequence: number): number {
    return this.#hops[sequence & MASK]!;
  }

  /** The number of the sub-path by which it left last. */
  pathOf(sequence: number): number {
    return this.#paths[sequence & MASK]!;
  }

  /** When that was; ms. */
  sentAt(sequence: number): number {
    return this.#times[sequence & MASK]!;
  }

  sent(sequence: number, path: number, now: number): void {
    this.#paths[sequence & MASK] = path;
    this.#times[sequence & MASK] = now;
  }

  /** Where so many bytes fit in one piece, behind the newest; negative: nowhere. */
  #room(length: number): number {
    const { count } = this;
    if (count >= WINDOW_PACKETS || this.#held + length > WINDOW_BYTES) return -1;
    if (count === 0) return 0;
    const head = this.#ends[(this.#next - 1) & MASK]!;
    const tail = this.#starts[this.#oldest & MASK]!;
    if (head > tail) {
      if (head + length <= WINDOW_BYTES) return head;
      return length <= tail ? 0 : -1;
    }
    return head + length <= tail ? head : -1;
  }
}
