/** Field codecs that several PLDM types share. */

import {
  type AnyCodec,
  Codec,
  checked,
  computed,
  type EnumCodec,
  enumOf,
  Fault,
  type Fields,
  fromHex,
  hex,
  type Input,
  type IntCodec,
  type Json,
  le,
  type Picker,
  type Reader,
  type Scope,
  string,
  toHex,
  u8,
  type Writer,
} from '../../stack/codec/index.js';
import { crc32 } from './crc.js';

/** transferOperationFlag of every Get command: handle 0 with the first part. */
export const transferOperationFlag = enumOf(u8, { getNextPart: 0, getFirstPart: 1 });

/** transferFlag of types 0, 3, 4 and 5. Type 2 counts otherwise: `platformTransferFlag`. */
export const transferFlag = enumOf(u8, { start: 1, middle: 2, end: 4, startAndEnd: 5 });

/** An enumeration that tells how the rest is read: a number without a name cannot be kept. */
export function selector<const N extends Readonly<Record<string, number>>>(names: EnumCodec<N>) {
  return checked(names, (value) =>
    names.nameOf(value) === undefined ? 'tells nothing about what follows' : undefined,
  );
}

/** A set of numbers, one bit each (bit n % 8 of byte n / 8), as the hex of its bytes; `bitfieldNumbers` lists them. */
export function bitfield(size: number) {
  return hex(size, `bitfield(${size})`, (value) => `{${bitfieldNumbers(value).join(', ')}}`);
}

/** The numbers whose bits are set: "2500000000000080" gives [0, 2, 5, 63]. */
export function bitfieldNumbers(value: string | Uint8Array): number[] {
  const bytes = typeof value === 'string' ? (fromHex(value) ?? new Uint8Array()) : value;
  const numbers: number[] = [];
  for (let n = 0; n < 8 * bytes.length; n++) if ((bytes[n >> 3]! >> (n & 7)) & 1) numbers.push(n);
  return numbers;
}

/** The inverse: hex of `size` bytes. Numbers beyond it are left out. */
export function bitfieldHex(numbers: Iterable<number>, size: number): string {
  return toHex(bitfieldBytes(numbers, size));
}

export function bitfieldBytes(numbers: Iterable<number>, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (const n of numbers) if (n >> 3 < size) bytes[n >> 3]! |= 1 << (n & 7);
  return bytes;
}

/** CRC-32 of one earlier field. It may cover other parts of a transfer too, so it is not checked here. */
export function crc32Of(field: string) {
  return computed(le.u32.asHex(), (earlier) => crc32(earlier.bytes(field)), { check: false });
}

/** The encoding that a DMTF string type stands for; unknown ones are read byte by byte, so that nothing is lost. */
export function encodingOfStringType(type: number | undefined): 'ascii' | 'utf8' | 'utf16' | 'utf16le' | 'utf16be' {
  return (['ascii', 'ascii', 'utf8', 'utf16', 'utf16le', 'utf16be'] as const)[type ?? 0] ?? 'ascii';
}

/** The text itself: UTF-16 of either order begins with a mark which tells the order. */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** Types of version strings (DSP0267 table 20). */
export const stringType = enumOf(u8, { unknown: 0, ascii: 1, utf8: 2, utf16: 3, utf16le: 4, utf16be: 5 });

/** A string whose type and length in bytes are earlier fields. */
export function typedString(typeField: string, lengthField: string) {
  return string((earlier) => encodingOfStringType(earlier.number(typeField)), lengthField);
}

/** A codec with its length in bytes in front of it, as one field. */
export class PrefixedCodec<C extends AnyCodec> extends Codec<Fields<C>, Input<C>> {
  readonly type: string;

  constructor(
    readonly length: IntCodec,
    readonly inner: C,
  ) {
    super();
    this.type = `${length.type} length, ${inner.type}`;
  }

  read(reader: Reader, scope: Scope): Fields<C> {
    const size = this.length.read(reader);
    const start = reader.take(size);
    const { end } = reader;
    reader.position = start;
    reader.end = start + size;
    const value = this.inner.read(reader, scope) as Fields<C>;
    if (reader.remaining > 0) throw new Fault('length', `${reader.remaining} bytes left over`, reader.position);
    reader.end = end;
    return value;
  }

  write(writer: Writer, value: Input<C>, scope: Scope): void {
    const at = writer.position;
    this.length.write(writer, 0);
    const start = writer.position;
    this.inner.write(writer, value as never, scope);
    const end = writer.position;
    writer.position = at;
    this.length.write(writer, end - start);
    writer.position = end;
  }

  override toJson(value: Fields<C>, scope: Scope): Json {
    return this.inner.toJson(value, scope);
  }

  override fromJson(json: Json, scope: Scope): unknown {
    return this.inner.fromJson(json, scope);
  }

  override text(value: Fields<C>, scope: Scope): string {
    return this.inner.text(value, scope);
  }

  sample(pick: Picker, scope: Scope): unknown {
    return this.inner.sample(pick, scope);
  }
}

/** `prefixed(le.u16, string('utf8', REST, { nul: true }))`: the length goes unseen into the wire format. */
export function prefixed<C extends AnyCodec>(length: IntCodec, inner: C): PrefixedCodec<C> {
  return new PrefixedCodec(length, inner);
}

/** There when at least `size` bytes remain: what some peers send in front of a message of fixed size. */
export class IfLongCodec<C extends AnyCodec> extends Codec<Fields<C> | undefined, Input<C> | undefined> {
  readonly type: string;

  constructor(
    readonly size: number,
    readonly inner: C,
  ) {
    super();
    this.type = `${inner.type}, optional`;
  }

  read(reader: Reader, scope: Scope): Fields<C> | undefined {
    return reader.remaining >= this.size ? (this.inner.read(reader, scope) as Fields<C>) : undefined;
  }

  write(writer: Writer, value: Input<C> | undefined, scope: Scope): void {
    if (value !== undefined) this.inner.write(writer, value as never, scope);
  }

  sample(pick: Picker, scope: Scope): unknown {
    return pick.integer(0, 1) === 1 ? this.inner.sample(pick, scope) : undefined;
  }
}

export function ifLong<C extends AnyCodec>(size: number, inner: C): IfLongCodec<C> {
  return new IfLongCodec(size, inner);
}
