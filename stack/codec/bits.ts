/** Several named fields in one byte or word: `...bits(u8, { endpointType: bit(5, 4), eidType: bit(1, 0) })`. */

import type { Reader, Writer } from './buffer.js';
import { Codec, invalid, type Json, type Picker, show } from './codec.js';
import { Fault } from './codec-error.js';
import { type EnumOptions, type Names, namesText } from './names.js';
import type { IntCodec } from './numbers.js';

/** The word that the fields of one `bits` share. */
export interface BitGroup {
  readonly word: IntCodec;
  readonly names: readonly string[];
  /** Bits that must be 0, when reserved bits are rejected. */
  readonly rejected: number;
}

/** Bits high..low of a word. The struct reads and writes the whole group at once. */
export class BitField<N extends Names> extends Codec<number, number | (keyof N & string)> {
  readonly max: number;
  readonly byNumber: ReadonlyMap<number, string>;
  readonly group: BitGroup | undefined = undefined;

  constructor(
    readonly high: number,
    readonly low: number,
    readonly names: N,
    readonly options: EnumOptions,
  ) {
    super();
    this.max = 2 ** (high - low + 1) - 1;
    this.byNumber = new Map(
      Object.entries(names)
        .reverse()
        .map(([name, value]) => [value, name]),
    );
  }

  get type(): string {
    const bits = this.high === this.low ? `bit ${this.high}` : `bits ${this.high}:${this.low}`;
    return `${this.group?.word.type ?? ''} ${bits}`.trim();
  }

  extract(word: number, position: number): number {
    const value = ((word >>> this.low) & this.max) >>> 0;
    if (this.options.reserved === 'reject' && this.nameOf(value) === undefined) {
      throw new Fault('reserved', `${value} is reserved`, position);
    }
    return value;
  }

  place(value: unknown): number {
    const number = this.scalar(value);
    if (number === undefined && typeof value === 'string') throw unknown(value, this.names);
    if (number === undefined || !Number.isInteger(number) || number < 0 || number > this.max) {
      throw invalid(`${show(value)} is not an integer from 0 to ${this.max}`);
    }
    if (this.options.reserved === 'reject' && this.nameOf(number) === undefined) throw invalid(`${number} is reserved`);
    return number * 2 ** this.low;
  }

  nameOf(value: number): string | undefined {
    return this.byNumber.get(value);
  }

  override scalar(value: unknown): number | undefined {
    if (typeof value === 'string') return Object.hasOwn(this.names, value) ? this.names[value] : undefined;
    return super.scalar(value);
  }

  read(_reader: Reader): number {
    throw new TypeError('a bit field is read by the struct it belongs to');
  }

  write(_writer: Writer, _value: unknown): void {
    throw new TypeError('a bit field is written by the struct it belongs to');
  }

  override fromJson(json: Json): number {
    const value = this.scalar(json);
    if (value === undefined) throw unknown(json, this.names);
    return value;
  }

  override docNames(): string {
    return namesText(this.names);
  }

  sample(pick: Picker): number {
    if (this.options.reserved !== 'reject') return pick.integer(0, this.max);
    const values = Object.values(this.names);
    return values[pick.integer(0, values.length - 1)]!;
  }

  override text(value: number): string {
    const name = this.nameOf(value);
    if (name !== undefined) return `${name} (${value})`;
    return Object.keys(this.names).length > 0 ? `${value} (reserved)` : String(value);
  }
}

function unknown(value: unknown, names: Names): Fault {
  const known = Object.keys(names);
  return invalid(`${show(value)} is ${known.length === 0 ? 'no number' : `none of ${known.join(', ')}`}`);
}

type NoNames = Record<never, number>;

/** `bit(7)`, `bit(5, 4)` as the standards write [5:4], `bit(1, 0, { set: 0, force: 1 })`. */
export function bit(high: number, low?: number): BitField<NoNames>;
export function bit<const N extends Names>(high: number, low: number, names: N, options?: EnumOptions): BitField<N>;
export function bit(high: number, low = high, names: Names = {}, options: EnumOptions = {}): BitField<Names> {
  return new BitField(high, low, names, options);
}

/**
 * Fields that share `word`; spread them into a struct. Bits nobody names are reserved: sent as 0, and ignored on
 * receipt unless `reserved` is 'reject'.
 */
export function bits<M extends Readonly<Record<string, BitField<never> | BitField<Names>>>>(
  word: IntCodec,
  fields: M,
  options: { readonly reserved?: 'ignore' | 'reject' } = {},
): M {
  let rejected = word.max;
  for (const field of Object.values(fields)) rejected -= field.max * 2 ** field.low;
  if (rejected < 0) throw new TypeError('bit fields overlap');
  const group: BitGroup = {
    word,
    names: Object.keys(fields),
    rejected: options.reserved === 'reject' ? rejected : 0,
  };
  const bound = Object.entries(fields).map(([name, field]) => [
    name,
    Object.assign(Object.create(BitField.prototype), field, { group }),
  ]);
  return Object.fromEntries(bound) as M;
}
