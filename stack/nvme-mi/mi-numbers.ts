/** Field codecs which only NVMe has: numbers of 8 and 16 bytes which JSON shows as numbers, and padded text. */

import { fromHex, type Reader, toHex, type Writer } from '../codec/buffer.js';
import { Codec, invalid, type Json, type Picker } from '../codec/codec.js';

/** A little-endian counter: a bigint in fields; in JSON a number, or a decimal string above 2^53. */
export class CounterCodec extends Codec<bigint> {
  readonly type: string;

  constructor(readonly size: number) {
    super();
    this.type = `u${8 * size}`;
  }

  read(reader: Reader): bigint {
    let value = 0n;
    for (let shift = 0; shift < 8 * this.size; shift += 16) value |= BigInt(reader.uint(2, true)) << BigInt(shift);
    return value;
  }

  write(writer: Writer, value: bigint): void {
    if (typeof value !== 'bigint' || value < 0n || value >> BigInt(8 * this.size) !== 0n) {
      throw invalid(`${String(value)} is not an integer of ${this.size} bytes`);
    }
    for (let shift = 0; shift < 8 * this.size; shift += 16) {
      writer.uint(Number((value >> BigInt(shift)) & 0xffffn), 2, true);
    }
  }

  sample(pick: Picker): bigint {
    return pick.bigint(0n, (1n << BigInt(8 * this.size)) - 1n);
  }

  override toJson(value: bigint): Json {
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
  }

  override fromJson(json: Json): bigint {
    if ((typeof json === 'string' && /^\d+$/.test(json)) || (Number.isSafeInteger(json) && (json as number) >= 0)) {
      return BigInt(json as string);
    }
    throw invalid(`${JSON.stringify(json)} is not a whole number`);
  }
}

/** ASCII which blanks fill up; the text is without them. Text of nothing is written as zeros. */
export class PaddedTextCodec extends Codec<string> {
  readonly type: string;

  constructor(readonly size: number) {
    super();
    this.type = `ascii(${size})`;
  }

  read(reader: Reader): string {
    const start = reader.take(this.size);
    let text = '';
    for (let at = start; at < start + this.size; at++) text += String.fromCharCode(reader.buffer[at]!);
    return text.replace(/[ \0]+$/, '');
  }

  write(writer: Writer, value: string): void {
    if (typeof value !== 'string' || value.length > this.size) {
      throw invalid(`${JSON.stringify(value)} is not text of at most ${this.size} characters`);
    }
    const start = writer.take(this.size);
    writer.buffer.fill(value === '' ? 0 : 0x20, start, start + this.size);
    for (let at = 0; at < value.length; at++) writer.buffer[start + at] = value.charCodeAt(at);
  }

  sample(pick: Picker): string {
    let text = '';
    for (let left = pick.integer(0, this.size); left > 0; left--) text += String.fromCharCode(pick.integer(0x21, 0x7e));
    return text;
  }
}

export const u48 = new CounterCodec(6);
export const u64 = new CounterCodec(8);
export const u128 = new CounterCodec(16);

export function paddedText(size: number): PaddedTextCodec {
  return new PaddedTextCodec(size);
}

/** Reserved bytes, or such as have no names here: undefined while they are zero, and written as zero when left out. */
export class GapCodec extends Codec<Uint8Array | undefined> {
  readonly type: string;

  constructor(readonly size: number) {
    super();
    this.type = `reserved(${size})`;
  }

  read(reader: Reader): Uint8Array | undefined {
    const value = reader.bytes(this.size);
    return value.some((byte) => byte !== 0) ? value : undefined;
  }

  write(writer: Writer, value: Uint8Array | undefined): void {
    if (value !== undefined && value.length !== this.size) throw invalid(`${value.length} bytes, not ${this.size}`);
    const start = writer.take(this.size);
    writer.buffer.fill(0, start, start + this.size);
    if (value !== undefined) writer.buffer.set(value, start);
  }

  sample(pick: Picker): Uint8Array | undefined {
    return pick.integer(0, 1) === 1 ? pick.bytes(this.size) : undefined;
  }

  override toJson(value: Uint8Array): Json {
    return toHex(value);
  }

  override fromJson(json: Json): Uint8Array {
    const bytes = typeof json === 'string' ? fromHex(json) : undefined;
    if (bytes === undefined) throw invalid(`${JSON.stringify(json)} is not a hex string`);
    return bytes;
  }
}

export function gap(size: number): GapCodec {
  return new GapCodec(size);
}
