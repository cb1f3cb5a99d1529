/** Copying packet-sized ranges, and memory for received messages, without work per packet that could be done once. */

/**
 * Views of the two arrays copied last: the packets of a message come from and go to the same ones. At most two are kept
 * alive by this.
 */
let fromArray: Uint8Array | undefined;
let fromView: DataView = new DataView(new ArrayBuffer(0));
let toArray: Uint8Array | undefined;
let toView: DataView = fromView;

function viewThem(from: Uint8Array, to: Uint8Array): void {
  if (from !== fromArray) {
    fromArray = from;
    fromView = new DataView(from.buffer, from.byteOffset, from.byteLength);
  }
  if (to !== toArray) {
    toArray = to;
    toView = new DataView(to.buffer, to.byteOffset, to.byteLength);
  }
}

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
  if (length < SMALL || from.length <= ON_HEAP || to.length <= ON_HEAP) {
    for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
    return;
  }
  if (from !== fromArray || to !== toArray) viewThem(from, to);
  const source = fromView;
  const target = toView;
  // `| 0` tells the engine that no sum of these is more than 32 bits: it need not look.
  let read = start | 0;
  let write = at | 0;
  for (const last = (end - 32) | 0; read <= last; read = (read + 32) | 0, write = (write + 32) | 0) {
    target.setInt32(write, source.getInt32(read, true), true);
    target.setInt32((write + 4) | 0, source.getInt32((read + 4) | 0, true), true);
    target.setInt32((write + 8) | 0, source.getInt32((read + 8) | 0, true), true);
    target.setInt32((write + 12) | 0, source.getInt32((read + 12) | 0, true), true);
    target.setInt32((write + 16) | 0, source.getInt32((read + 16) | 0, true), true);
    target.setInt32((write + 20) | 0, source.getInt32((read + 20) | 0, true), true);
    target.setInt32((write + 24) | 0, source.getInt32((read + 24) | 0, true), true);
    target.setInt32((write + 28) | 0, source.getInt32((read + 28) | 0, true), true);
  }
  for (const last = (end - 4) | 0; read <= last; read = (read + 4) | 0, write = (write + 4) | 0) {
    target.setInt32(write, source.getInt32(read, true), true);
  }
  // The last few with some of those before them, which is less work than one by one.
  if (read < end) target.setInt32(at + length - 4, source.getInt32(end - 4, true), true);
}

/**
 * Messages share slabs, as Node's Buffers do: a piece of a slab costs a view, an array of its own an allocation and its
 * collection. A message that is kept keeps its slab alive, so the slabs of small ones are small.
 */
class Slab {
  #array: Uint8Array;
  /** The memory of `#array`, which it takes the engine long to tell. */
  #buffer: ArrayBuffer;
  #used = 0;

  constructor(
    private readonly bytes: number,
    /** The longest message that gets a piece of it. */
    readonly longest: number,
  ) {
    this.#buffer = new ArrayBuffer(bytes);
    this.#array = new Uint8Array(this.#buffer);
  }

  take(capacity: number): Piece {
    const at = this.#reserve(capacity);
    return { array: this.#array, buffer: this.#buffer, at, capacity };
  }

  /** A copy of buffer[start, end). */
  copy(buffer: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    const at = this.#reserve(length);
    copyRange(buffer, start, end, this.#array, at);
    return new Uint8Array(this.#buffer, at, length);
  }

  /** Where the next piece begins in `#array`. */
  #reserve(capacity: number): number {
    if (this.#used + capacity > this.bytes) {
      this.#buffer = new ArrayBuffer(this.bytes);
      this.#array = new Uint8Array(this.#buffer);
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
  /** ...all of whose memory is this... */
  readonly buffer: ArrayBuffer;
  /** ...from this index on. */
  readonly at: number;
  readonly capacity: number;
}

export function allocatePiece(capacity: number): Piece {
  if (capacity <= SMALL_PIECES.longest) return SMALL_PIECES.take(capacity);
  if (capacity <= LARGE_PIECES.longest) return LARGE_PIECES.take(capacity);
  const buffer = new ArrayBuffer(capacity);
  return { array: new Uint8Array(buffer), buffer, at: 0, capacity };
}

/** The first `length` bytes of a piece as the message they are; little is kept alive that is not needed. */
export function finishPiece(piece: Piece, length: number): Uint8Array {
  const { array, buffer, at, capacity } = piece;
  if (array.length === length) return array;
  if (at === 0 && array.length === capacity && length < capacity - (capacity >> 2)) return array.slice(0, length);
  return new Uint8Array(buffer, at, length);
}

/** A copy of buffer[start, end) in an array of its own. Node's Buffers, which users and ports give, have a `slice` that copies nothing. */
export function copyOf(buffer: Uint8Array, start = 0, end = buffer.length): Uint8Array<ArrayBuffer> {
  if (buffer.constructor === Uint8Array) return buffer.slice(start, end);
  const last = Math.min(end, buffer.length);
  const copy = new Uint8Array(Math.max(0, last - start));
  copyRange(buffer, start, last, copy, 0);
  return copy;
}

/** A copy of buffer[start, end) as data that may be kept: fields that were decoded, messages that were encoded. */
export function dataCopy(buffer: Uint8Array, start: number, end: number): Uint8Array {
  const length = end - start;
  // On the engine's heap an array of its own is the cheapest.
  if (length <= ON_HEAP || length > DATA_PIECES.longest) return copyOf(buffer, start, end);
  return DATA_PIECES.copy(buffer, start, end);
}

/** A copy of buffer[start, end) that is the receiver's own. */
export function ownCopy(buffer: Uint8Array, start: number, end: number): Uint8Array {
  const length = end - start;
  if (length <= ON_HEAP) return copyOf(buffer, start, end);
  if (length <= SMALL_PIECES.longest) return SMALL_PIECES.copy(buffer, start, end);
  if (length <= LARGE_PIECES.longest) return LARGE_PIECES.copy(buffer, start, end);
  return copyOf(buffer, start, end);
}
