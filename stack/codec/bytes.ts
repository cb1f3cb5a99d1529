/** Opaque bytes, and the few things that are bytes on the wire but text in fields: hex, UUIDs. */

import { isUuid } from '../util/text.js';
import { fromHex, type Reader, toHex, type Writer } from './buffer.js';
import { Codec, type Earlier, invalid, type Json, NOTHING_EARLIER, type Picker, type Scope, show } from './codec.js';
import { Fault } from './codec-error.js';

/**
 * How long a field is: a number of bytes, the name of an earlier `derived` field of the same struct, a function of
 * earlier fields, or everything that is left.
 */
export type Size = number | string | ((earlier: Earlier) => number) | typeof REST;
export const REST = Symbol('rest of the message');

/** How many bytes a size means for a reader; the name of the field is checked by the struct. */
export function sizeToRead(size: Size, reader: Reader, scope: Scope): number {
  if (size === REST) return reader.remaining;
  return knownSize(size, scope) ?? 0;
}

/** How many bytes a value must have to be written; undefined when any number will do. */
export function sizeToWrite(size: Size, scope: Scope): number | undefined {
  return typeof size === 'number' || typeof size === 'function' ? knownSize(size, scope) : undefined;
}

function knownSize(size: Exclude<Size, typeof REST>, scope: Scope): number | undefined {
  if (typeof size === 'number') return size;
  const value = typeof size === 'string' ? scope?.number(size) : size(scope ?? NOTHING_EARLIER);
  if (value !== undefined && (!Number.isInteger(value) || value < 0)) throw invalid(`${value} is not a length`);
  return value;
}

export function sizeRefs(size: Size): readonly string[] {
  if (typeof size === 'string') return [size];
  return typeof size === 'function' ? ['*'] : [];
}

export function sizeLinks(size: Size): readonly { readonly field: string; readonly unit: 'bytes' }[] {
  return typeof size === 'string' ? [{ field: size, unit: 'bytes' }] : [];
}

export function sizeText(size: Size): string {
  if (size === REST) return 'rest';
  return typeof size === 'function' ? 'sized' : String(size);
}

/** A length for a sample: what is fixed, or something small. */
export function sampleSize(size: Size, pick: Picker, scope: Scope, max: number): number {
  return sizeToWrite(size, scope) ?? pick.integer(0, max);
}

export class BytesCodec extends Codec<Uint8Array> {
  readonly type: string;
  override readonly refs: readonly string[];
  override readonly links: readonly { readonly field: string; readonly unit: 'bytes' }[];

  constructor(
    readonly size: Size,
    readonly min: number,
    readonly max: number,
    readonly leaving: number,
  ) {
    super();
    this.type = `bytes(${sizeText(size)})`;
    this.refs = sizeRefs(size);
    this.links = sizeLinks(size);
  }

  read(reader: Reader, scope: Scope): Uint8Array {
    const count = sizeToRead(this.size, reader, scope) - this.leaving;
    if (count < 0) {
      throw new Fault('length', `${this.leaving} bytes needed behind it, ${reader.remaining} left`, reader.position);
    }
    if (count < this.min || count > this.max) {
      const reason = this.size === REST ? 'length' : 'value';
      throw new Fault(reason, `${count} bytes, not ${this.min} to ${this.max}`, reader.position);
    }
    return reader.bytes(count);
  }

  write(writer: Writer, value: Uint8Array, scope: Scope): void {
    if (!(value instanceof Uint8Array)) throw invalid(`${show(value)} is not a Uint8Array`);
    const count = sizeToWrite(this.size, scope);
    if (count !== undefined && count !== value.length) throw invalid(`${value.length} bytes given, not ${count}`);
    if (value.length < this.min || value.length > this.max) {
      throw invalid(`${value.length} bytes given, not ${this.min} to ${this.max}`);
    }
    writer.bytes(value);
  }

  override toJson(value: Uint8Array): Json {
    return toHex(value);
  }

  override fromJson(json: Json): Uint8Array {
    const bytes = typeof json === 'string' ? fromHex(json) : undefined;
    if (bytes === undefined) throw invalid(`${show(json)} is not a hex string`);
    return bytes;
  }

  override text(value: Uint8Array, scope: Scope): string {
    return value.length === 0 ? '(none)' : super.text(value, scope);
  }

  sample(pick: Picker, scope: Scope): Uint8Array {
    const count = sampleSize(this.size, pick, scope, Math.min(this.max, this.min + 24));
    return pick.bytes(Math.max(this.min, count));
  }
}

export interface BytesOptions {
  /** Bounds of a length that is not fixed. */
  readonly min?: number;
  readonly max?: number;
  /** With REST: bytes that belong to the fields after this one. */
  readonly leaving?: number;
}

/** `bytes(4)`, `bytes('dataLength')`, `bytes((earlier) => ...)`, `bytes(REST, { leaving: 4 })`. */
export function bytes(size: Size, options: BytesOptions = {}): BytesCodec {
  const leaving = size === REST ? (options.leaving ?? 0) : 0;
  return new BytesCodec(size, options.min ?? 0, options.max ?? Number.MAX_SAFE_INTEGER, leaving);
}

/** All bytes up to the end of the message (or of the sized part around it). */
export const rest = bytes(REST);

/** Bytes that have a text form of their own. */
export class BytesTextCodec extends Codec<string> {
  constructor(
    readonly type: string,
    readonly size: number,
    readonly format: (buffer: Uint8Array, start: number) => string,
    readonly parse: (text: string) => Uint8Array | undefined,
    readonly human?: (value: string) => string,
  ) {
    super();
  }

  read(reader: Reader): string {
    return this.format(reader.buffer, reader.take(this.size));
  }

  write(writer: Writer, value: string): void {
    const parsed = typeof value === 'string' ? this.parse(value) : undefined;
    if (parsed === undefined || parsed.length !== this.size) throw invalid(`${show(value)} is not a ${this.type}`);
    writer.bytes(parsed);
  }

  sample(pick: Picker): string {
    return this.format(pick.bytes(this.size), 0);
  }

  override text(value: string): string {
    return this.human?.(value) ?? value;
  }
}

/** A fixed number of bytes as lower-case hex in wire order; `human` makes the text people see. */
export function hex(size: number, type = `hex(${size})`, human?: (value: string) => string): BytesTextCodec {
  return new BytesTextCodec(type, size, (buffer, start) => toHex(buffer, start, start + size), fromHex, human);
}

/** Sixteen bytes in RFC 4122 order: 21f0f554-7f7c-4211-9ca1-6d0f000ea9e7. */
export const uuid = new BytesTextCodec('uuid', 16, uuidText, parseUuid);

function uuidText(buffer: Uint8Array, start: number): string {
  const part = (from: number, to: number) => toHex(buffer, start + from, start + to);
  return `${part(0, 4)}-${part(4, 6)}-${part(6, 8)}-${part(8, 10)}-${part(10, 16)}`;
}

function parseUuid(text: string): Uint8Array | undefined {
  if (!isUuid(text)) return undefined;
  return fromHex(text.replaceAll('-', ''));
}
