/**
 * MCTP packets have no hop count: where the routes of two bridges point at each other a packet would go round forever.
 * This notices that the same packet comes again from another place than before, which a sender's own repetition never does:
 * the bridge by which a packet entered the circle sees it first, and that ends it.
 */

import type { Clock } from '../clock.js';
import type { PhysicalAddress } from '../link.js';
import { HEADER_SIZE } from '../packet.js';

/** Packets remembered; a power of two. */
const SLOTS = 1024;
/** A packet that needs longer for one round is not noticed; ms. Longer than the slowest link needs for two hops. */
const WINDOW_MS = 2_000;
/** Bytes of the payload that are looked at, from its beginning and from its end. */
const LOOKED_AT = 8;

export class LoopGuard {
  readonly #hashes = new Int32Array(SLOTS);
  readonly #times = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY);
  readonly #links = new Array<string>(SLOTS).fill('');
  readonly #places = new Array<PhysicalAddress>(SLOTS).fill('');

  constructor(private readonly clock: Clock) {}

  /** Has the packet in buffer[start, end) come round? Otherwise where it came from is remembered. */
  circles(link: string, from: PhysicalAddress, buffer: Uint8Array, start: number, end: number): boolean {
    const hash = hashOf(buffer, start, end);
    const slot = (hash ^ (hash >>> 16)) & (SLOTS - 1);
    const now = this.clock.now();
    if (
      this.#hashes[slot] === hash &&
      now - this.#times[slot]! < WINDOW_MS &&
      (this.#places[slot] !== from || this.#links[slot] !== link)
    ) {
      return true;
    }
    this.#hashes[slot] = hash;
    this.#times[slot] = now;
    this.#links[slot] = link;
    this.#places[slot] = from;
    return false;
  }
}

function hashOf(buffer: Uint8Array, start: number, end: number): number {
  let hash = (0x811c9dc5 ^ (end - start)) | 0;
  const head = Math.min(end, start + HEADER_SIZE + LOOKED_AT);
  for (let at = start; at < head; at++) hash = Math.imul(hash ^ buffer[at]!, 0x01000193);
  for (let at = Math.max(head, end - LOOKED_AT); at < end; at++) hash = Math.imul(hash ^ buffer[at]!, 0x01000193);
  return hash;
}
