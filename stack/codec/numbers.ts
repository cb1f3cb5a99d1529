/** Numbers: `u8`, `s8`, and the wider ones by byte order: `le.u16` (PLDM), `be.u16` (MCTP control). */

import { hexNumber } from '../util/text.js';
import type { Reader, Writer } from './buffer.js';
import { Codec, invalid, type Json, type NumberLayout, type Picker, type Scope, show } from './codec.js';
import { Fault } from './codec-error.js';

/** An integer of 1 to 4 bytes, as a number. */
export class IntCodec extends Codec<number> {
  readonly min: number;
  readonly max: number;

  constructor(
    readonly type: string,
    readonly size: 1 | 2 | 3 | 4,
    readonly signed: boolean,
    readonly littleEndian: boolean,
  ) {
    super();
    const span = 2 ** (8 * size);
    this.min = signed ? -span / 2 : 0;
    this.max = signed ? span / 2 - 1 : span - 1;
  }

  override get layout(): NumberLayout | undefined {
    return this.signed ? undefined : this;
  }

  read(reader: Reader): number {
    const value = reader.uint(this.size, this.littleEndian);
    return this.signed && value > this.max ? value - 2 ** (8 * this.size) : value;
  }

  write(writer: Writer, value: number): void {
    if (!Number.isInteger(value) || value < this.min || value > this.max) {
      throw invalid(`${show(value)} is not an integer from ${this.min} to ${this.max}`);
    }
    writer.uint(value, this.size, this.littleEndian);
  }

  sample(pick: Picker): number {
    return pick.integer(this.min, this.max);
  }

  override text(value: number): string {
    const text = this.notes.hex === true ? hexNumber(value, 2 * this.size) : String(value);
    if (this.notes.words !== undefined) return `${this.notes.words(value)} (${text})`;
    return this.notes.unit === undefined ? text : `${text} ${this.notes.unit}`;
  }
}

/** A 64-bit integer: a bigint in fields, a decimal string in JSON. */
export class BigIntCodec extends Codec<bigint> {
  readonly min: bigint;
  readonly max: bigint;

  constructor(
    readonly type: string,
    readonly signed: boolean,
    readonly littleEndian: boolean,
  ) {
    super();
    this.min = signed ? -(1n << 63n) : 0n;
    this.max = signed ? (1n << 63n) - 1n : (1n << 64n) - 1n;
  }

  read(reader: Reader): bigint {
    const first = reader.uint(4, this.littleEndian);
    const second = reader.uint(4, this.littleEndian);
    const [high, low] = this.littleEndian ? [second, first] : [first, second];
    const value = (BigInt(high) << 32n) | BigInt(low);
    return this.signed ? BigInt.asIntN(64, value) : value;
  }

  write(writer: Writer, value: bigint): void {
    if (typeof value !== 'bigint' || value < this.min || value > this.max) {
      throw invalid(`${show(value)} is not a bigint from ${this.min} to ${this.max}`);
    }
    const high = Number((value >> 32n) & 0xffff_ffffn);
    const low = Number(value & 0xffff_ffffn);
    writer.uint(this.littleEndian ? low : high, 4, this.littleEndian);
    writer.uint(this.littleEndian ? high : low, 4, this.littleEndian);
  }

  sample(pick: Picker): bigint {
    return pick.bigint(this.min, this.max);
  }

  override toJson(value: bigint): Json {
    return String(value);
  }

  override fromJson(json: Json): bigint {
    if ((typeof json === 'string' && /^-?\d+$/.test(json)) || Number.isInteger(json)) return BigInt(json as string);
    throw invalid(`${show(json)} is not a 64-bit integer as a decimal string`);
  }
}

const scratch = new DataView(new ArrayBuffer(4));

/** IEEE single precision. NaN and infinities are strings in JSON. */
export class RealCodec extends Codec<number> {
  readonly type = 'real32';

  constructor(readonly littleEndian: boolean) {
    super();
  }

  read(reader: Reader): number {
    scratch.setUint32(0, reader.uint(4, this.littleEndian));
    return scratch.getFloat32(0);
  }

  write(writer: Writer, value: number): void {
    if (typeof value !== 'number') throw invalid(`${show(value)} is not a number`);
    scratch.setFloat32(0, value);
    writer.uint(scratch.getUint32(0), 4, this.littleEndian);
  }

  sample(pick: Picker): number {
    return pick.real32();
  }

  /** Nine digits are what a real32 holds: 0.1, not 0.10000000149011612. */
  override toJson(value: number): Json {
    return Number.isFinite(value) ? Number(value.toPrecision(9)) : String(value);
  }

  override fromJson(json: Json): number {
    if (typeof json === 'number') return json;
    if (json === 'NaN' || json === 'Infinity' || json === '-Infinity') return Number(json);
    throw invalid(`${show(json)} is not a number`);
  }

  override text(value: number, scope: Scope): string {
    return super.text(Number(value.toPrecision(7)), scope);
  }
}

/** One byte: 0 false, 1 true (DSP0240 bool8). Other values are not booleans. */
export class BoolCodec extends Codec<boolean> {
  readonly type = 'bool8';

  read(reader: Reader): boolean {
    const value = reader.uint(1, true);
    if (value > 1) throw new Fault('value', `${value} is neither 0 nor 1`, reader.position - 1);
    return value === 1;
  }

  write(writer: Writer, value: boolean): void {
    if (typeof value !== 'boolean') throw invalid(`${show(value)} is neither true nor false`);
    writer.uint(value ? 1 : 0, 1, true);
  }

  sample(pick: Picker): boolean {
    return pick.integer(0, 1) === 1;
  }
}

/** Binary coded decimal: the number people read; a nibble above 9 does not decode. */
export class BcdCodec extends Codec<number> {
  readonly type: string;
  readonly max: number;

  constructor(readonly word: IntCodec) {
    super();
    this.type = `bcd${8 * word.size}`;
    this.max = 100 ** word.size - 1;
  }

  read(reader: Reader): number {
    const raw = this.word.read(reader);
    const digits = raw.toString(16);
    if (!/^\d+$/.test(digits)) {
      throw new Fault('value', `0x${digits} is not binary coded decimal`, reader.position - this.word.size);
    }
    return Number.parseInt(digits, 10);
  }

  write(writer: Writer, value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > this.max) {
      throw invalid(`${show(value)} is not an integer from 0 to ${this.max}`);
    }
    this.word.write(writer, Number.parseInt(String(value), 16));
  }

  sample(pick: Picker): number {
    return pick.integer(0, this.max);
  }
}

export const u8 = new IntCodec('u8', 1, false, true);
export const s8 = new IntCodec('s8', 1, true, true);
export const bool8 = new BoolCodec();
export const bcd8 = new BcdCodec(u8);

function wide(littleEndian: boolean) {
  const u16 = new IntCodec('u16', 2, false, littleEndian);
  return {
    u16,
    u24: new IntCodec('u24', 3, false, littleEndian),
    u32: new IntCodec('u32', 4, false, littleEndian),
    u64: new BigIntCodec('u64', false, littleEndian),
    s16: new IntCodec('s16', 2, true, littleEndian),
    s32: new IntCodec('s32', 4, true, littleEndian),
    s64: new BigIntCodec('s64', true, littleEndian),
    real32: new RealCodec(littleEndian),
    bcd16: new BcdCodec(u16),
  } as const;
}

/** Little-endian: PLDM. */
export const le = wide(true);
/** Big-endian: MCTP control. */
export const be = wide(false);
