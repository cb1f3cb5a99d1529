/** Netlink's attributes: (length, type, value) padded to four bytes, and attributes in attributes. */

import { LITTLE_ENDIAN } from '../structures.js';

const HEADER = 4;
const TYPE_MASK = 0x3fff;
const NESTED = 0x8000;

export interface Attribute {
  readonly type: number;
  readonly value: Uint8Array;
}

export function align(length: number): number {
  return (length + 3) & ~3;
}

export function u8(type: number, value: number): Attribute {
  return { type, value: Uint8Array.of(value) };
}

export function u32(type: number, value: number, little = LITTLE_ENDIAN): Attribute {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, little);
  return { type, value: bytes };
}

export function bytes(type: number, value: Uint8Array): Attribute {
  return { type, value };
}

export function nested(type: number, attributes: readonly Attribute[], little = LITTLE_ENDIAN): Attribute {
  return { type: type | NESTED, value: encodeAttributes(attributes, little) };
}

export function encodeAttributes(attributes: readonly Attribute[], little = LITTLE_ENDIAN): Uint8Array {
  const size = attributes.reduce((sum, { value }) => sum + align(HEADER + value.length), 0);
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  let at = 0;
  for (const { type, value } of attributes) {
    view.setUint16(at, HEADER + value.length, little);
    view.setUint16(at + 2, type, little);
    out.set(value, at + HEADER);
    at += align(HEADER + value.length);
  }
  return out;
}

/** By type, flags taken off; the last of a type counts. What is cut short at the end is left out. */
export function decodeAttributes(buffer: Uint8Array, little = LITTLE_ENDIAN): ReadonlyMap<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  for (let at = 0; at + HEADER <= buffer.length; ) {
    const length = view.getUint16(at, little);
    if (length < HEADER || at + length > buffer.length) break;
    found.set(view.getUint16(at + 2, little) & TYPE_MASK, buffer.subarray(at + HEADER, at + length));
    at += align(length);
  }
  return found;
}

/** undefined: not there, or not of that size. */
export function readU8(value: Uint8Array | undefined): number | undefined {
  return value?.length === 1 ? value[0] : undefined;
}

export function readU32(value: Uint8Array | undefined, little = LITTLE_ENDIAN): number | undefined {
  if (value?.length !== 4) return undefined;
  return new DataView(value.buffer, value.byteOffset, 4).getUint32(0, little);
}

/** Up to the terminating zero. */
export function readText(value: Uint8Array | undefined): string | undefined {
  if (value === undefined) return undefined;
  const end = value.indexOf(0);
  return new TextDecoder().decode(end < 0 ? value : value.subarray(0, end));
}
