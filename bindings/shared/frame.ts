/**
 * Frames on the sockets of a served network (docs/shared-protocol.md): `u32 length` (little-endian, of what follows it),
 * `u8 kind`, body. Both sides read with the same bounded reader.
 */

import { MctpError } from '../../stack/errors.js';

export const FRAME_KIND = {
  /** UTF-8: one JSON object. */
  json: 1,
  /** A message: message-frame.ts. */
  message: 2,
  /** A packet which passed on a link: packet-frame.ts. */
  packet: 3,
} as const;

const LENGTH_BYTES = 4;
const KIND_BYTES = 1;
/** Bytes before the body. */
export const FRAME_HEADER = LENGTH_BYTES + KIND_BYTES;
/** The longest body which either side sends or takes. */
export const FRAME_LONGEST = 1024 * 1024;

/** A frame with room for the body, and where the body begins. @throws MctpError EMSGSIZE */
export function newFrame(kind: number, bodyBytes: number): Uint8Array {
  if (bodyBytes > FRAME_LONGEST) {
    throw new MctpError('EMSGSIZE', `a frame of ${bodyBytes} bytes is too long: at most ${FRAME_LONGEST}`);
  }
  const frame = new Uint8Array(FRAME_HEADER + bodyBytes);
  new DataView(frame.buffer).setUint32(0, KIND_BYTES + bodyBytes, true);
  frame[LENGTH_BYTES] = kind;
  return frame;
}

const UTF8 = new TextEncoder();

/** @throws MctpError EMSGSIZE */
export function jsonFrame(value: object): Uint8Array {
  const body = UTF8.encode(JSON.stringify(value));
  const frame = newFrame(FRAME_KIND.json, body.length);
  frame.set(body, FRAME_HEADER);
  return frame;
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true });

export type JsonObject = Readonly<Record<string, unknown>>;

/** @throws MctpError EPROTO */
export function readJson(body: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(STRICT_UTF8.decode(body));
  } catch (cause) {
    throw new MctpError('EPROTO', 'a frame of kind 1 is not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MctpError('EPROTO', 'a frame of kind 1 is not a JSON object');
  }
  return value as JsonObject;
}

/** Cuts a stream of bytes into frames. It keeps at most one frame which is not complete. */
export class FrameReader {
  #rest: Uint8Array = new Uint8Array(0);
  #used = 0;

  constructor(
    /** `body` is valid only during the call. What it throws, `push` throws. */
    private readonly hear: (kind: number, body: Uint8Array) => void,
    private readonly longest = FRAME_LONGEST,
  ) {}

  /** Bytes kept of a frame which is not complete. */
  get kept(): number {
    return this.#used;
  }

  /** @throws MctpError EPROTO for a frame which is empty or too long: the stream cannot be read any further */
  push(chunk: Uint8Array): void {
    const data = this.#used === 0 ? chunk : this.#append(chunk);
    let at = 0;
    while (data.length - at >= LENGTH_BYTES) {
      const length = (data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)) >>> 0;
      if (length < KIND_BYTES) throw new MctpError('EPROTO', 'a frame of length 0 has no kind');
      if (length > this.longest + KIND_BYTES) {
        throw new MctpError('EPROTO', `a frame says ${length} bytes: at most ${this.longest + KIND_BYTES}`);
      }
      const end = at + LENGTH_BYTES + length;
      if (end > data.length) break;
      const body = data.subarray(at + FRAME_HEADER, end);
      const kind = data[at + LENGTH_BYTES]!;
      at = end;
      this.hear(kind, body);
    }
    this.#keep(data, at);
  }

  #append(chunk: Uint8Array): Uint8Array {
    const used = this.#used + chunk.length;
    if (used > this.#rest.length) {
      const larger = new Uint8Array(Math.max(used, 2 * this.#rest.length));
      larger.set(this.#rest.subarray(0, this.#used));
      this.#rest = larger;
    }
    this.#rest.set(chunk, this.#used);
    this.#used = used;
    return this.#rest.subarray(0, used);
  }

  #keep(data: Uint8Array, at: number): void {
    const left = data.length - at;
    if (left === 0) {
      this.#used = 0;
      if (this.#rest.length > SMALL) this.#rest = new Uint8Array(0);
      return;
    }
    if (data.buffer === this.#rest.buffer) this.#rest.copyWithin(0, at, data.length);
    else {
      if (this.#rest.length < left) this.#rest = new Uint8Array(Math.max(left, SMALL));
      this.#rest.set(data.subarray(at), 0);
    }
    this.#used = left;
  }
}
/** A buffer of this size is kept for the next frame which comes in pieces. */
const SMALL = 4096;
