/** Frames of the adapter protocol (docs/adapter-protocol.md): magic, length, kind, id, payload, CRC-16/X-25. */

import { fcs } from '../../serial/fcs.js';

const MAGIC = 0xa5;
/** Magic, length, kind, id and CRC. */
const FRAME_OVERHEAD = 7;
export const MAX_PAYLOAD = 1100;
export const MAX_FRAME = FRAME_OVERHEAD + MAX_PAYLOAD;

const HEAD = 5;
const LEAST_LENGTH = 2;
const MOST_LENGTH = MAX_PAYLOAD + 2;

/**
 * Finish the frame at `at`, whose payload of `bytes` bytes the caller has put at `at + 5`.
 * @returns where the frame ends
 */
export function sealFrame(to: Uint8Array, at: number, kind: number, id: number, bytes: number): number {
  const length = bytes + 2;
  to[at] = MAGIC;
  to[at + 1] = length & 0xff;
  to[at + 2] = length >> 8;
  to[at + 3] = kind;
  to[at + 4] = id;
  const end = at + HEAD + bytes;
  const crc = fcs(to, at + 1, end) ^ 0xffff;
  to[end] = crc & 0xff;
  to[end + 1] = crc >> 8;
  return end + 2;
}

/** Where the payload of a frame at `at` begins. */
export function payloadAt(at: number): number {
  return at + HEAD;
}

export function encodeFrame(kind: number, id: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_OVERHEAD + payload.length);
  frame.set(payload, HEAD);
  sealFrame(frame, 0, kind, id, payload.length);
  return frame;
}

/** Called for each good frame; its payload is buffer[start, end), valid during the call. */
export type FrameSink = (kind: number, id: number, buffer: Uint8Array, start: number, end: number) => void;

/**
 * Frames out of a stream. Memory is one frame; after a wrong length or CRC it drops one byte and looks for the next
 * magic. Work is bounded: a byte is looked at as a start at most once, and starts a CRC only behind a right length.
 */
export class FrameDecoder {
  /** Frames with a wrong length or CRC. */
  bad = 0;
  /** Bytes outside of frames. */
  skipped = 0;
  good = 0;
  readonly #sink: FrameSink;
  readonly #buffer = new Uint8Array(2 * MAX_FRAME);
  #start = 0;
  #end = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  push(chunk: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; ) {
      if (this.#end === this.#buffer.length) this.#compact();
      const part = Math.min(end - at, this.#buffer.length - this.#end);
      for (let index = 0; index < part; index++) this.#buffer[this.#end + index] = chunk[at + index]!;
      this.#end += part;
      at += part;
      this.#take();
    }
  }

  /** Forget what has come of a frame: the stream begins anew. */
  reset(): void {
    this.#start = 0;
    this.#end = 0;
  }

  /** What is left is less than a frame, so there is room for at least one more. */
  #compact(): void {
    this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }

  #take(): void {
    const buffer = this.#buffer;
    for (;;) {
      while (this.#start < this.#end && buffer[this.#start] !== MAGIC) {
        this.#start++;
        this.skipped++;
      }
      const at = this.#start;
      const have = this.#end - at;
      if (have === 0) this.reset();
      if (have < HEAD) return;
      const length = buffer[at + 1]! | (buffer[at + 2]! << 8);
      if (length < LEAST_LENGTH || length > MOST_LENGTH) {
        this.#wrong();
        continue;
      }
      const end = at + 3 + length;
      if (end + 2 > this.#end) return;
      const crc = buffer[end]! | (buffer[end + 1]! << 8);
      if ((fcs(buffer, at + 1, end) ^ 0xffff) !== crc) {
        this.#wrong();
        continue;
      }
      this.good++;
      this.#start = end + 2;
      // A sink that resets the decoder sets both to 0: then nothing is left to take.
      this.#sink(buffer[at + 3]!, buffer[at + 4]!, buffer, at + HEAD, end);
    }
  }

  #wrong(): void {
    this.bad++;
    this.#start++;
  }
}
