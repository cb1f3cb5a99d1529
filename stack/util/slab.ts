/** Copying packet-sized ranges, and memory for received messages, without work per packet that could be done once. */

/**
 * Views of the two arrays copied last: the packets of a message come from and go to the same ones. At most two are kept
 * alive by this.
 */
let fromArray: Uint8Array | undefined;
let fromView: DataView = new DataView(new ArrayBuffer(0));
let toArray: Uint8Array | undefined;
let toView: DataView = fromView;

/** Below this, bytes one by one; up to the second, four at a time; above, the engine's memmove is worth its price. */
const SMALL = 16;
const LARGE = 512;
/** Arrays up to this size may live on the engine's heap, where asking for a view would move them out. */
const ON_HEAP = 64;

/** Copy from[start, end) to to[at...). The ranges must not overlap. */
export function copyRange(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  const length = end - start;
  if (length === from.length) {
    to.set(from, at);
    return;
  }
  if (length > LARGE) {
    to.set(from.subarray(start, end), at);
    return;
  }
  let i = 0;
  if (length >= SMALL && from.length > ON_HEAP && to.length > ON_HEAP) {
    if (from !== fromArray) {
      fromArray = from;
      fromView = new DataView(from.buffer, from.byteOffset, from.byteLength);
    }
    if (to !== toArray) {
      toArray = to;
      toView = new DataView(to.buffer, to.byteOffset, to.byteLength);
    }
    const target = toView;
    const source = fromView;
    for (; i + 16 <= length; i += 16) {
      target.setInt32(at + i, source.getInt32(start + i, true), true);
      target.setInt32(at + i + 4, source.getInt32(start + i + 4, true), true);
      target.setInt32(at + i + 8, source.getInt32(start + i + 8, true), true);
      target.setInt32(at + i + 12, source.getInt32(start + i + 12, true), true);
    }
    for (; i + 4 <= length; i += 4) target.setInt32(at + i, source.getInt32(start + i, true), true);
    // The last few with some of those before them, which is less work than one by one.
    if (i < length) target.setInt32(at + length - 4, source.getInt32(start + length - 4, true), true);
    return;
  }
  for (; i < length; i++) to[at + i] = from[start + i]!;
}

/**
 * Messages share slabs, as Node's Buffers do: a piece of a slab costs a view, an array of its own an allocation and its
 * collection. A message that is kept keeps its slab alive, so the slabs of small ones are small.
 */
class Slab {
  #array: Uint8Array;
  #used = 0;

  constructor(
    private readonly bytes: number,
    /** The longest message that gets a piece of it. */
    readonly longest: number,
  ) {
    this.#array = new Uint8Array(bytes);
  }

  take(capacity: number): Piece {
    const at = this.#reserve(capacity);
    return { array: this.#array, at, capacity };
  }

  /** A copy of buffer[start, end). */
  copy(buffer: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    const at = this.#reserve(length);
    copyRange(buffer, start, end, this.#array, at);
    return new Uint8Array(this.#array.buffer as ArrayBuffer, at, length);
  }

  /** Where the next piece begins in `#array`. */
  #reserve(capacity: number): number {
    if (this.#used + capacity > this.bytes) {
      this.#array = new Uint8Array(this.bytes);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used = (at + capacity + 7) & ~7;
    return at;
  }
}
const SMALL_PIECES = new Slab(16_384, 2_048);
const LARGE_PIECES = new Slab(65_536, 8_192);
/** For data that may be kept for long while its neighbours are dropped: a piece keeps at most 16 times itself alive. */
const DATA_PIECES = new Slab(1_024, 256);

/** Memory for a message and where it is, so that packets are copied into one array for many messages. */
export interface Piece {
  /** The array to write to... */
  readonly array: Uint8Array;
  /** ...from this index on. */
  readonly at: number;
  readonly capacity: number;
}

export function allocatePiece(capacity: number): Piece {
  if (capacity <= SMALL_PIECES.longest) return SMALL_PIECES.take(capacity);
  if (capacity <= LARGE_PIECES.longest) return LARGE_PIECES.take(capacity);
  return { array: new Uint8Array(capacity), at: 0, capacity };
}

/** The first `length` bytes of a piece as the message they are; little is kept alive that is not needed. */
export function finishPiece(piece: Piece, length: number): Uint8Array {
  const { array, at, capacity } = piece;
  if (array.length === length) return array;
  if (at === 0 && array.length === capacity && length < capacity - (capacity >> 2)) return array.slice(0, length);
  return new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset + at, length);
}

/** A copy of buffer[start, end) as data that may be kept: fields that were decoded, messages that were encoded. */
export function dataCopy(buffer: Uint8Array, start: number, end: number): Uint8Array {
  const length = end - start;
  // On the engine's heap an array of its own is the cheapest.
  if (length <= ON_HEAP || length > DATA_PIECES.longest) return buffer.slice(start, end);
  const { array, at } = DATA_PIECES.take(length);
  copyRange(buffer, start, end, array, at);
  return new Uint8Array(array.buffer as ArrayBuffer, at, length);
}

/** A copy of buffer[start, end) that is the receiver's own. */
export function ownCopy(buffer: Uint8Array, start: number, end: number): Uint8Array {
  const length = end - start;
  if (length <= SMALL_PIECES.longest) return SMALL_PIECES.copy(buffer, start, end);
  if (length <= LARGE_PIECES.longest) return LARGE_PIECES.copy(buffer, start, end);
  return buffer.slice(start, end);
}
