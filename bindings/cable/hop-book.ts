/**
 * MCTP packets have no hop count; frames of a cable have one. A packet which came by one cable and leaves by another passes
 * the stack in between: what is remembered here is how many cables it had passed, so that a ring of cables ends.
 */

import type { Clock } from '../../stack/clock.js';
import { HEADER_SIZE } from '../../stack/packet.js';

/** Packets which are remembered; a power of two. */
const SLOTS = 1024;
/** A packet which waits longer in the stack counts as a new one; ms. */
const WINDOW_MS = 2_000;
/** Bytes of the payload which are looked at, from its beginning and from its end. */
const LOOKED_AT = 16;

/** One for all cables of a stack which passes packets on. */
export class HopBook {
  readonly #hashes = new Int32Array(SLOTS);
  readonly #times = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY);
  readonly #hops = new Uint8Array(SLOTS);

  constructor(private readonly clock: Clock) {}

  /** The packet came by a cable and has passed so many. */
  came(buffer: Uint8Array, start: number, end: number, hops: number): void {
    const hash = hashOf(buffer, start, end);
    const slot = slotOf(hash);
    this.#hashes[slot] = hash;
    this.#times[slot] = this.clock.now();
    this.#hops[slot] = hops;
  }

  /** Cables which it has passed; 0 when it did not come by one. */
  passed(buffer: Uint8Array, start: number, end: number): number {
    const hash = hashOf(buffer, start, end);
    const slot = slotOf(hash);
    return this.#hashes[slot] === hash && this.clock.now() - this.#times[slot]! < WINDOW_MS ? this.#hops[slot]! : 0;
  }
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 16)) & (SLOTS - 1);
}

function hashOf(buffer: Uint8Array, start: number, end: number): number {
  let hash = (0x811c9dc5 ^ (end - start)) | 0;
  const head = Math.min(end, start + HEADER_SIZE + LOOKED_AT);
  for (let at = start; at < head; at++) hash = Math.imul(hash ^ buffer[at]!, 0x01000193);
  for (let at = Math.max(head, end - LOOKED_AT); at < end; at++) hash = Math.imul(hash ^ buffer[at]!, 0x01000193);
  return hash;
}
