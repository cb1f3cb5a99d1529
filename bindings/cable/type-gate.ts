/**
 * Which message types pass a cable, in each direction. Only the first packet of a message shows its type: what was decided
 * then holds for the rest of the message.
 */

import { FLAG_EOM, FLAG_SOM, HEADER_SIZE, TAG_KEY_MASK, TYPE_MASK } from '../../stack/packet.js';

/** Messages under way whose verdict is remembered; beyond it the oldest is forgotten, and its rest dropped. */
const MOST_MESSAGES = 1024;

export class TypeGate {
  readonly #types: ReadonlySet<number> | undefined;
  readonly #passing = new Set<number>();

  /** Undefined: every type passes. */
  constructor(types: readonly number[] | undefined) {
    this.#types = types === undefined ? undefined : new Set(types);
  }

  /** Does the packet in buffer[start, end) pass? */
  passes(buffer: Uint8Array, start: number, end: number): boolean {
    const types = this.#types;
    if (types === undefined) return true;
    if (end - start <= HEADER_SIZE) return false;
    const flags = buffer[start + 3]!;
    const isFirst = (flags & FLAG_SOM) !== 0;
    const isLast = (flags & FLAG_EOM) !== 0;
    if (isFirst && isLast) return types.has(buffer[start + HEADER_SIZE]! & TYPE_MASK);
    const key = (buffer[start + 2]! << 12) | (buffer[start + 1]! << 4) | (flags & TAG_KEY_MASK);
    if (!isFirst) {
      if (!this.#passing.has(key)) return false;
      if (isLast) this.#passing.delete(key);
      return true;
    }
    this.#passing.delete(key);
    if (!types.has(buffer[start + HEADER_SIZE]! & TYPE_MASK)) return false;
    this.#passing.add(key);
    if (this.#passing.size > MOST_MESSAGES) this.#passing.delete(this.#passing.values().next().value!);
    return true;
  }
}
