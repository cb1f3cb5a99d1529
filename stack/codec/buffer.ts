/** Where bytes are read from and written to: a range with a position. Short of bytes is a Fault, never a surprise. */

import { dataCopy } from '../util/slab.js';
import { hexDigits } from '../util/text.js';
import { Fault } from './codec-error.js';

export class Reader {
  /** Told of bytes behind the last field of a struct that says where it ends. */
  surplus: ((start: number, end: number) => void) | undefined;

  /** `base` is the number a message's first byte is called in errors, less `start`. */
  constructor(
    readonly buffer: Uint8Array,
    public position = 0,
    public end = buffer.length,
    readonly base = -position,
  ) {}

  get remaining(): number {
    return this.end - this.position;
  }

  /** Take `count` bytes: returns where they start. */
  take(count: number): number {
    const at = this.position;
    if (count > this.end - at) {
      throw new Fault('length', `${bytesText(count)} needed, ${this.end - at} left`, at);
    }
    this.position = at + count;
    return at;
  }

  /** An unsigned number of 1 to 4 bytes. */
  uint(size: number, littleEndian: boolean): number {
    const at = this.take(size);
    const b = this.buffer;
    if (size === 1) return b[at]!;
    if (littleEndian) {
      if (size === 2) return b[at]! | (b[at + 1]! << 8);
      if (size === 3) return b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16);
      return (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0;
    }
    if (size === 2) return (b[at]! << 8) | b[at + 1]!;
    if (size === 3) return (b[at]! << 16) | (b[at + 1]! << 8) | b[at + 2]!;
    return ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;
  }

  /** The next bytes, copied. */
  bytes(count: number): Uint8Array {
    const at = this.take(count);
    return dataCopy(this.buffer, at, at + count);
  }

  /** A reader at the same place, to look ahead with. */
  fork(): Reader {
    return new Reader(this.buffer, this.position, this.end, this.base);
  }
}

export class Writer {
  buffer: Uint8Array;
  position = 0;

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity);
  }

  /** Make room for `count` bytes: returns where they go. */
  take(count: number): number {
    const at = this.position;
    const end = at + count;
    if (end > this.buffer.length) {
      const larger = new Uint8Array(Math.max(end, this.buffer.length * 2));
      larger.set(this.buffer.subarray(0, at));
      this.buffer = larger;
    }
    this.position = end;
    return at;
  }

  /** An unsigned number (or two's complement of a negative one) of 1 to 4 bytes. */
  uint(value: number, size: number, littleEndian: boolean): void {
    const at = this.take(size);
    const b = this.buffer;
    if (size === 1) {
      b[at] = value;
      return;
    }
    for (let index = 0; index < size; index++) {
      b[at + index] = value >> (8 * (littleEndian ? index : size - 1 - index));
    }
  }

  bytes(value: Uint8Array): void {
    const length = value.length;
    const at = this.take(length);
    const b = this.buffer;
    // A call of `set` costs more than a few bytes do.
    if (length > 16) b.set(value, at);
    else for (let index = 0; index < length; index++) b[at + index] = value[index]!;
  }

  /** What was written so far, copied. */
  result(): Uint8Array {
    return dataCopy(this.buffer, 0, this.position);
  }
}

export function bytesText(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}

const HEX = Array.from({ length: 256 }, (_, byte) => hexDigits(byte));

/** Lower-case hex of a range. */
export function toHex(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  let at = start;
  for (; at + 4 <= end; at += 4)
    text += HEX[bytes[at]!]! + HEX[bytes[at + 1]!]! + HEX[bytes[at + 2]!]! + HEX[bytes[at + 3]!]!;
  for (; at < end; at++) text += HEX[bytes[at]!]!;
  return text;
}

const NO_DIGIT = 0xff;
const DIGITS = new Uint8Array(128).fill(NO_DIGIT);
for (let digit = 0; digit < 16; digit++) {
  DIGITS[digit.toString(16).charCodeAt(0)] = digit;
  DIGITS[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** The value of the hex digit at a place in a text; `NO_DIGIT` for anything else. */
function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? DIGITS[code]! : NO_DIGIT;
}

/** Bytes of hex digits without anything between them; undefined for any other text. */
function plainHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length >> 1);
  for (let at = 0; at < bytes.length; at++) {
    const high = hexDigit(text, 2 * at);
    const low = hexDigit(text, 2 * at + 1);
    if (high === NO_DIGIT || low === NO_DIGIT) return undefined;
    bytes[at] = (high << 4) | low;
  }
  return bytes;
}

/** Bytes of a hex string; undefined for any other text. Spaces and colons between bytes are allowed. */
export function fromHex(text: string): Uint8Array | undefined {
  return plainHex(text) ?? plainHex(text.replace(/[\s:]/g, ''));
}
