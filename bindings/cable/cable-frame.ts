/**
 * Frames on a connection of a cable (docs/cable-protocol.md): `u16 length` of the body, `u8 kind`, `u8 extra`, body;
 * numbers are little-endian.
 */

import { MctpError } from '../../stack/errors.js';
import { copyRange } from '../../stack/util/slab.js';

export const CABLE_FRAME = {
  /** First frame of the end which opened the connection: handshake.ts. */
  hello: 1,
  challenge: 2,
  proof: 3,
  /** The acceptor has taken the connection; repeated until `confirm` came. */
  joined: 4,
  confirm: 5,
  /** No; `extra` says why: CABLE_REFUSAL. */
  refused: 6,
  /** `extra`: cables which the packet has passed, this one included. Body: u32 sequence number, u32 ack, packet. */
  packet: 16,
  /** u32: the sequence number which is expected next. */
  ack: 17,
  /** u32 number, u32 ack. */
  ping: 18,
  /** As the ping. */
  pong: 19,
  /** A further address of the sender, as text. */
  address: 20,
  /** The sender closes the cable; the body is a reason as text. */
  bye: 21,
} as const;

export const CABLE_FRAME_HEADER = 4;
/** Before the packet in the body of a frame of kind `packet`. */
export const PACKET_PREFIX = 8;
/** Longest packet, its header included. */
export const LONGEST_PACKET = 16_384 + 4;
const LONGEST_BODY = PACKET_PREFIX + LONGEST_PACKET;

/** Write the header; returns the index behind it. */
export function writeCableHeader(
  buffer: Uint8Array,
  at: number,
  kind: number,
  extra: number,
  bodyBytes: number,
): number {
  buffer[at] = bodyBytes & 0xff;
  buffer[at + 1] = bodyBytes >> 8;
  buffer[at + 2] = kind;
  buffer[at + 3] = extra;
  return at + CABLE_FRAME_HEADER;
}

export function writeU32(buffer: Uint8Array, at: number, value: number): number {
  buffer[at] = value;
  buffer[at + 1] = value >>> 8;
  buffer[at + 2] = value >>> 16;
  buffer[at + 3] = value >>> 24;
  return at + 4;
}

export function readU32(buffer: Uint8Array, at: number): number {
  return (buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24)) >>> 0;
}

/** A whole frame in an array of its own. */
export function cableFrame(kind: number, extra: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(CABLE_FRAME_HEADER + body.length);
  frame.set(body, writeCableHeader(frame, 0, kind, extra, body.length));
  return frame;
}

/** The range of the body is valid only during the call. What it throws, `push` throws. */
export type HearFrame = (kind: number, extra: number, buffer: Uint8Array, start: number, end: number) => void;

/** Cuts a stream into frames. It keeps at most one frame which is not complete, in a buffer which it has once. */
export class CableFrameReader {
  #rest: Uint8Array = NOTHING;
  #used = 0;
  #stopped = false;

  constructor(private readonly hear: HearFrame) {}

  /** Nothing is heard any more, not even of the chunk which is read at this moment. */
  stop(): void {
    this.#stopped = true;
  }

  /** @throws MctpError EPROTO for a frame which is too long: the stream cannot be read any further */
  push(chunk: Uint8Array): void {
    let at = 0;
    if (this.#used > 0) at = this.#complete(chunk);
    while (!this.#stopped && chunk.length - at >= CABLE_FRAME_HEADER) {
      const end = at + CABLE_FRAME_HEADER + bodyLength(chunk, at);
      if (end > chunk.length) break;
      this.hear(chunk[at + 2]!, chunk[at + 3]!, chunk, at + CABLE_FRAME_HEADER, end);
      at = end;
    }
    if (at < chunk.length && !this.#stopped) this.#keep(chunk, at);
  }

  /** Finish the frame which is kept with the beginning of the chunk; returns how much of that was used. */
  #complete(chunk: Uint8Array): number {
    let at = 0;
    if (this.#used < CABLE_FRAME_HEADER) at = this.#take(chunk, 0, CABLE_FRAME_HEADER);
    if (this.#used < CABLE_FRAME_HEADER) return at;
    const whole = CABLE_FRAME_HEADER + bodyLength(this.#rest, 0);
    at = this.#take(chunk, at, whole);
    if (this.#used < whole) return at;
    this.#used = 0;
    this.hear(this.#rest[2]!, this.#rest[3]!, this.#rest, CABLE_FRAME_HEADER, whole);
    return at;
  }

  /** Keep bytes of the chunk until so many are kept. */
  #take(chunk: Uint8Array, at: number, upTo: number): number {
    const end = Math.min(chunk.length, at + upTo - this.#used);
    this.#keep(chunk.subarray(0, end), at);
    return end;
  }

  #keep(chunk: Uint8Array, at: number): void {
    if (this.#rest.length === 0) this.#rest = new Uint8Array(CABLE_FRAME_HEADER + LONGEST_BODY);
    copyRange(chunk, at, chunk.length, this.#rest, this.#used);
    this.#used += chunk.length - at;
  }
}
const NOTHING = new Uint8Array(0);

function bodyLength(buffer: Uint8Array, at: number): number {
  const length = buffer[at]! | (buffer[at + 1]! << 8);
  if (length > LONGEST_BODY) throw new MctpError('EPROTO', `a frame says ${length} bytes: at most ${LONGEST_BODY}`);
  return length;
}
