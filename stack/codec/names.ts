/** Numbers with names: enumerations, and sets of named bits. In fields they stay numbers. */

import { hexNumber } from '../util/text.js';
import type { Reader, Writer } from './buffer.js';
import { Codec, invalid, type Json, type NumberLayout, type Picker, type Scope, show } from './codec.js';
import { Fault } from './codec-error.js';
import type { IntCodec } from './numbers.js';

export type Names = Readonly<Record<string, number>>;

export interface EnumOptions {
  /** A number without a name: 'keep' it as it is (default), or 'reject' it with reason `reserved`. */
  readonly reserved?: 'keep' | 'reject';
  /** Numbers without a name that are legal all the same, as [first, last]: vendor ranges. */
  readonly allow?: readonly (readonly [number, number])[];
}

/** The names of an enumeration over a number. Encoding takes a number or a name. */
export class EnumCodec<N extends Names> extends Codec<number, number | (keyof N & string)> {
  readonly type: string;
  readonly byNumber: ReadonlyMap<number, string>;

  constructor(
    readonly base: IntCodec,
    readonly names: N,
    readonly options: EnumOptions,
  ) {
    super();
    this.type = `${base.type} enum`;
    this.byNumber = new Map(Object.entries(names).map(([name, value]) => [value, name]));
  }

  override get layout(): NumberLayout | undefined {
    return this.options.reserved === 'reject' ? undefined : this.base.layout;
  }

  /** The name of a number, undefined when it has none. */
  nameOf(value: number): string | undefined {
    return this.byNumber.get(value);
  }

  read(reader: Reader, _scope: Scope): number {
    const value = this.base.read(reader);
    if (!this.legal(value)) throw new Fault('reserved', `${value} is reserved`, reader.position - this.base.size);
    return value;
  }

  write(writer: Writer, value: number | (keyof N & string), _scope: Scope): void {
    const number = this.scalar(value);
    if (number === undefined) throw invalid(`${show(value)} is none of ${Object.keys(this.names).join(', ')}`);
    if (!this.legal(number)) throw invalid(`${number} is reserved`);
    this.base.write(writer, number);
  }

  legal(value: number): boolean {
    if (this.options.reserved !== 'reject' || this.nameOf(value) !== undefined) return true;
    return this.options.allow?.some(([first, last]) => value >= first && value <= last) ?? false;
  }

  override scalar(value: unknown): number | undefined {
    if (typeof value === 'string') return Object.hasOwn(this.names, value) ? this.names[value] : undefined;
    return super.scalar(value);
  }

  override fromJson(json: Json): number {
    const value = this.scalar(json);
    if (value === undefined) throw invalid(`${show(json)} is none of ${Object.keys(this.names).join(', ')}`);
    return value;
  }

  override docNames(): string {
    return namesText(this.names);
  }

  sample(pick: Picker, _scope: Scope): number {
    const values = Object.values(this.names);
    if (this.options.reserved === 'reject' || pick.integer(0, 3) > 0)
      return values[pick.integer(0, values.length - 1)]!;
    return pick.integer(this.base.min, this.base.max);
  }

  override text(value: number): string {
    const name = this.nameOf(value);
    return name === undefined ? `${value} (reserved)` : `${name} (${value})`;
  }
}

/** `enumOf(u8, { set: 0, force: 1 })`: names over a number. */
export function enumOf<const N extends Names>(base: IntCodec, names: N, options: EnumOptions = {}): EnumCodec<N> {
  return new EnumCodec(base, names, options);
}

/** Named bits of one word: the fields keep the number, encoding takes a number or a list of names. */
export class FlagsCodec<N extends Names> extends Codec<number, number | readonly (keyof N & string)[]> {
  readonly type: string;
  /** Every bit without a name. */
  readonly unnamed: number;

  constructor(
    readonly base: IntCodec,
    /** Bit numbers. */
    readonly bitNames: N,
    readonly reserved: 'keep' | 'reject',
  ) {
    super();
    this.type = `${base.type} bits`;
    let named = 0;
    for (const bit of new Set(Object.values(bitNames))) named |= 1 << bit;
    this.unnamed = ~named;
  }

  override get layout(): NumberLayout | undefined {
    return this.reserved === 'keep' ? this.base.layout : undefined;
  }

  read(reader: Reader): number {
    const value = this.base.read(reader);
    if (this.reserved === 'reject' && (value & this.unnamed) !== 0) {
      const bits = unnamedBits(this, value).join(', ');
      throw new Fault('reserved', `bit ${bits} is reserved`, reader.position - this.base.size);
    }
    return value;
  }

  write(writer: Writer, value: number | readonly (keyof N & string)[]): void {
    const number = this.scalar(value);
    if (number === undefined) throw invalid(`${show(value)} is not a list of ${Object.keys(this.bitNames).join(', ')}`);
    this.base.write(writer, number);
  }

  override scalar(value: unknown): number | undefined {
    if (!Array.isArray(value)) return super.scalar(value);
    let number = 0;
    for (const name of value as unknown[]) {
      if (typeof name !== 'string' || !Object.hasOwn(this.bitNames, name)) return undefined;
      number |= 2 ** this.bitNames[name]!;
    }
    return number >>> 0;
  }

  override fromJson(json: Json): number {
    const value = this.scalar(json);
    if (value === undefined) throw invalid(`${show(json)} is not a list of ${Object.keys(this.bitNames).join(', ')}`);
    return value;
  }

  override docNames(): string {
    return namesText(this.bitNames, 'bit ');
  }

  sample(pick: Picker): number {
    let number = 0;
    for (const bit of Object.values(this.bitNames)) if (pick.integer(0, 1) === 1) number |= 2 ** bit;
    return number >>> 0;
  }

  override text(value: number): string {
    const names = Object.entries(this.bitNames).flatMap(([name, bit]) => (isSet(value, bit) ? [name] : []));
    for (const bit of unnamedBits(this, value)) names.push(`bit ${bit}`);
    return `${hexNumber(value, 2 * this.base.size)}${names.length > 0 ? ` (${names.join(', ')})` : ''}`;
  }
}

function unnamedBits(codec: FlagsCodec<Names>, value: number): number[] {
  const named = new Set(Object.values(codec.bitNames));
  const bits: number[] = [];
  for (let bit = 0; bit < 8 * codec.base.size; bit++) if (isSet(value, bit) && !named.has(bit)) bits.push(bit);
  return bits;
}

/** `flags(u8, { upperWarning: 0, upperCritical: 1 })`: bit numbers with names. */
export function flags<const N extends Names>(
  base: IntCodec,
  bitNames: N,
  options: { readonly reserved?: 'keep' | 'reject' } = {},
): FlagsCodec<N> {
  return new FlagsCodec(base, bitNames, options.reserved ?? 'keep');
}

function isSet(value: number, bit: number): boolean {
  return Math.floor(value / 2 ** bit) % 2 === 1;
}

/** "0 set, 1 force" */
export function namesText(names: Names, prefix = ''): string {
  return Object.entries(names)
    .map(([name, value]) => `${prefix}${value} ${name}`)
    .join(', ');
}
