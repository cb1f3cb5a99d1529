/** What every field codec is, and the four things done with one: decode, encode, to JSON, from JSON. */

import { MctpError } from '../errors.js';
import { bytesText, Reader, Writer } from './buffer.js';
import { CodecError, Fault, type FieldsBefore } from './codec-error.js';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Values of the fields before this one, in this struct and those around it. */
export interface Earlier {
  /** The number of an earlier field: enums by number, booleans as 0 or 1. Undefined when the field is absent. */
  number(name: string): number | undefined;
  /**
   * The wire bytes of an earlier field of the same struct, or of several in a row (for checksums). A view, valid during
   * the call; only for `computed` fields.
   */
  bytes(first: string, last?: string): Uint8Array;
  /** Bytes from the start of the struct to this field; only while decoding and encoding. */
  offset(): number;
}

/** A field's surroundings: undefined at the top. Made by structs. */
export type Scope = Earlier | undefined;

/** Where `Codec.sample` gets its choices from: a property test, or a fuzzer. */
export interface Picker {
  /** min <= n <= max */
  integer(min: number, max: number): number;
  bigint(min: bigint, max: bigint): bigint;
  bytes(length: number): Uint8Array;
  real32(): number;
}

/** The field `field` holds the length of another: its bytes on the wire, or its number of items. */
export interface Link {
  readonly field: string;
  readonly unit: 'bytes' | 'items';
}

/** What a function of earlier fields sees outside of a struct. */
export const NOTHING_EARLIER: Earlier = { number: () => undefined, bytes: () => new Uint8Array(), offset: () => 0 };

/** An unsigned number as it lies on the wire. */
export interface NumberLayout {
  /** Bytes, 1 to 4. */
  readonly size: 1 | 2 | 3 | 4;
  readonly littleEndian: boolean;
  readonly max: number;
}

export interface Notes {
  /** Shown behind the number: "ms". */
  readonly unit?: string;
  /** For the docs table. */
  readonly note?: string;
  /** Show as 0x.. rather than decimal. */
  readonly hex?: boolean;
  /** What a number is called, shown before it. */
  readonly words?: (value: number) => string;
}

declare const FIELDS: unique symbol;
declare const INPUT: unique symbol;

/**
 * One field, or a struct of fields: `T` is what decoding gives, `I` what encoding takes. Undefined in `T` makes the
 * field of a struct optional in its decoded type, undefined in `I` in its input type.
 */
export abstract class Codec<out T, in I = T> {
  /** For the type checker only. */
  declare readonly [FIELDS]: T;
  declare readonly [INPUT]: (value: I) => void;

  /** The type column of the docs table: "u16", "entity[]". */
  abstract readonly type: string;
  readonly notes: Notes = {};
  /** Names of earlier fields this one consults; '*' when a function decides. */
  readonly refs: readonly string[] = [];
  /** Earlier fields that hold the length of this one; encoding fills them in. */
  readonly links: readonly Link[] = [];

  /**
   * Given when reading takes an unsigned number as it is, and writing does so with a number from 0 to `max`: structs
   * then do it themselves, and call `write` only for other values.
   */
  get layout(): NumberLayout | undefined {
    return undefined;
  }

  abstract read(reader: Reader, scope: Scope): T;
  abstract write(writer: Writer, value: I, scope: Scope): void;
  /** A value to encode (an `I`), for tests and fuzzers. */
  abstract sample(pick: Picker, scope: Scope): unknown;

  toJson(value: T, _scope: Scope): Json {
    return value as Json;
  }

  /** A value to encode (an `I`); what is wrong with it comes out when it is encoded. */
  fromJson(json: Json, _scope: Scope): unknown {
    return json;
  }

  /** One line for people. */
  text(value: T, scope: Scope): string {
    const json = this.toJson(value, scope);
    const text = typeof json === 'string' ? json : JSON.stringify(json);
    return this.notes.unit === undefined ? text : `${text} ${this.notes.unit}`;
  }

  /** As `text`, with the name before it; several lines for structs and lists of them. */
  lines(name: string, value: T, scope: Scope, indent: string): string[] {
    return [`${indent}${name}: ${this.text(value, scope)}`];
  }

  /** The number a condition or selector sees; undefined when the value is not given. */
  scalar(value: unknown): number | undefined {
    if (typeof value === 'number') return value;
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (typeof value === 'bigint') return Number(value);
    return undefined;
  }

  /** Rows of the docs table below this field: the members of a struct. */
  docs(): readonly DocRow[] {
    return [];
  }

  /** The names of its numbers, for the docs table. */
  docNames(): string {
    return '';
  }

  /** The same codec with a unit shown behind the number. */
  unit(unit: string): this {
    return this.annotate({ unit });
  }

  /** The same codec with a remark for the docs table. */
  note(note: string): this {
    return this.annotate({ note });
  }

  /** The same codec with the number's name before it, where a table of names is too long or too open for an enumeration. */
  words(words: (value: number) => string): this {
    return this.annotate({ words });
  }

  /** The same codec, shown as 0x... */
  asHex(): this {
    return this.annotate({ hex: true });
  }

  // A copy with other notes: for this reason codecs have no #private members.
  protected annotate(notes: Notes): this {
    return Object.assign(Object.create(Object.getPrototypeOf(this)), this, { notes: { ...this.notes, ...notes } });
  }
}

export interface DocRow {
  /** Dotted when it lies in a nested struct: "entries[].eid". */
  readonly name: string;
  readonly type: string;
  readonly note: string;
}

/** Any codec at all. */
export type AnyCodec = Codec<unknown, never>;

/** What decoding with a codec gives. */
export type Fields<C> = C extends AnyCodec ? C[typeof FIELDS] : never;
/** What encoding with a codec takes: derived and defaulted fields may be left out. */
export type Input<C> = C extends { readonly [INPUT]: (value: infer I) => void } ? I : never;

export interface DecodeOptions {
  /** Range in the buffer; default all of it. */
  readonly start?: number;
  readonly end?: number;
  /** What an error calls the thing: "GetEndpointID response". */
  readonly what?: string;
  /** What an error calls byte `start`; default 0. */
  readonly offset?: number;
  /** Leave bytes over without complaint; default false. */
  readonly partial?: boolean;
  /** Told of bytes between the last field of a struct and its announced end, where the declaration lets them be. */
  readonly surplus?: (start: number, end: number) => void;
  /** What the fields see outside of the codec: sizes that were negotiated before. */
  readonly scope?: Scope;
}

/** Decode the whole range. @throws CodecError, nothing else */
export function decode<C extends AnyCodec>(codec: C, buffer: Uint8Array, options: DecodeOptions = {}): Fields<C> {
  const start = options.start ?? 0;
  const reader = new Reader(buffer, start, options.end ?? buffer.length, (options.offset ?? 0) - start);
  reader.surplus = options.surplus;
  try {
    const value = codec.read(reader, options.scope);
    if (options.partial !== true) expectEnd(reader);
    return value as Fields<C>;
  } catch (error) {
    throw asCodecError(error, options.what ?? '', reader.base);
  }
}

/** A Fault when bytes are left. */
function expectEnd(reader: Reader): void {
  if (reader.remaining > 0) {
    throw new Fault('length', `${bytesText(reader.remaining)} left over`, reader.position);
  }
}

function asCodecError(error: unknown, what: string, base: number): unknown {
  if (!(error instanceof Fault)) return error;
  return new CodecError(error.reason, what, error.path, error.position + base, error.detail, fieldsBefore(error));
}

function fieldsBefore({ before }: Fault): FieldsBefore | undefined {
  if (before === undefined) return undefined;
  const { of, value } = before as { readonly of: AnyCodec; readonly value: never };
  return { json: () => of.toJson(value, undefined), text: () => of.lines('', value, undefined, '') };
}

// Encoding is synchronous and gives a copy: one writer serves all, unless a codec encodes inside another.
let idle: Writer | undefined = new Writer();

/** @throws MctpError EINVAL naming the field */
export function encode<C extends AnyCodec>(codec: C, value: Input<C>, what = '', scope: Scope = undefined): Uint8Array {
  const writer = idle ?? new Writer();
  idle = undefined;
  writer.position = 0;
  try {
    codec.write(writer, value as never, scope);
    return writer.result();
  } catch (error) {
    throw asInvalid(error, what);
  } finally {
    idle = writer;
  }
}

function asInvalid(error: unknown, what: string): unknown {
  if (!(error instanceof Fault)) return error;
  return new MctpError('EINVAL', [what, error.path, error.detail].filter(Boolean).join(': '));
}

/**
 * Decoded fields as JSON: 64-bit numbers as decimal strings, opaque bytes as lower-case hex, strings as text,
 * everything else as it is.
 */
export function toJson<C extends AnyCodec>(codec: C, value: Fields<C>): Json {
  return codec.toJson(value, undefined);
}

/** The inverse: an input for `encode`. @throws MctpError EINVAL */
export function fromJson<C extends AnyCodec>(codec: C, json: Json, what = ''): Input<C> {
  try {
    return codec.fromJson(json, undefined) as Input<C>;
  } catch (error) {
    throw asInvalid(error, what);
  }
}

/** Decoded fields for people, one line each: `eid: 9`. */
export function toText<C extends AnyCodec>(codec: C, value: Fields<C>, indent = ''): string {
  return codec.lines('', value, undefined, indent).join('\n');
}

/** A Fault about a value to be encoded (or JSON to be read). */
export function invalid(detail: string): Fault {
  return new Fault('value', detail, 0);
}

/** A value in an error message. */
export function show(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  return JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? String(part) : part)) ?? String(value);
}
