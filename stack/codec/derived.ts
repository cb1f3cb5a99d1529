/** Fields that follow from others: lengths, counts, checksums, padding. */

import type { Reader, Writer } from './buffer.js';
import { Codec, type Earlier, invalid, type NumberLayout, type Scope, show } from './codec.js';
import { Fault } from './codec-error.js';
import type { IntCodec } from './numbers.js';

/**
 * The length or count of a later field, which names this one (`bytes('dataLength')`). Decoded like any number; when
 * encoding it may be left out, and is checked when given.
 */
export class DerivedCodec extends Codec<number, number | undefined> {
  readonly type: string;

  constructor(readonly base: IntCodec) {
    super();
    this.type = base.type;
  }

  override get layout(): NumberLayout | undefined {
    return this.base.layout;
  }

  read(reader: Reader): number {
    return this.base.read(reader);
  }

  /** The struct overwrites it once the field it belongs to is written. */
  write(writer: Writer, value: number | undefined): void {
    this.base.write(writer, value ?? 0);
  }

  sample(): unknown {
    return undefined;
  }
}

export function derived(base: IntCodec): DerivedCodec {
  return new DerivedCodec(base);
}

/**
 * How many bytes follow this field in its struct, plus `plus`. Decoding stops there: bytes of the struct that nobody
 * declared are an error, or are skipped with `trailing: 'ignore'`.
 */
export class RestSizeCodec extends DerivedCodec {
  constructor(
    base: IntCodec,
    readonly plus: number,
    readonly trailing: 'reject' | 'ignore',
  ) {
    super(base);
  }
}

export function restSize(
  base: IntCodec,
  options: { readonly plus?: number; readonly trailing?: 'reject' | 'ignore' } = {},
): RestSizeCodec {
  return new RestSizeCodec(base, options.plus ?? 0, options.trailing ?? 'reject');
}

/** A number computed from the fields before it, such as a checksum: `computed(le.u32, (e) => crc32(e.bytes('data')))`. */
export class ComputedCodec extends Codec<number, number | undefined> {
  readonly type: string;
  override readonly refs = ['*'];

  constructor(
    readonly base: IntCodec,
    readonly compute: (earlier: Earlier) => number,
    readonly check: boolean,
  ) {
    super();
    this.type = base.type;
    Object.assign(this, { notes: base.notes });
  }

  read(reader: Reader, scope: Scope): number {
    const position = reader.position;
    const value = this.base.read(reader);
    if (this.check && scope !== undefined) {
      const expected = this.compute(scope);
      if (value !== expected)
        throw new Fault('rule', `${this.base.text(value)}, not ${this.base.text(expected)}`, position);
    }
    return value;
  }

  write(writer: Writer, value: number | undefined, scope: Scope): void {
    if (scope === undefined) throw invalid('computed outside a struct');
    const expected = value !== undefined && !this.check ? value : this.compute(scope);
    if (value !== undefined && value !== expected) throw invalid(`${show(value)} given, not ${expected}`);
    this.base.write(writer, expected);
  }

  sample(): unknown {
    return undefined;
  }

  override text(value: number): string {
    return this.base.text(value);
  }
}

/** `check: false` accepts any number when decoding (multipart checksums), and when one is given to encode. */
export function computed(
  base: IntCodec,
  compute: (earlier: Earlier) => number,
  options: { readonly check?: boolean } = {},
): ComputedCodec {
  return new ComputedCodec(base, compute, options.check ?? true);
}

/** Zero bytes up to a multiple of `multiple` from the start of the struct; the field is how many there are. */
export class PaddingCodec extends Codec<number, number | undefined> {
  readonly type: string;
  override readonly refs = ['*'];

  constructor(readonly multiple: number) {
    super();
    this.type = `padding to ${multiple}`;
  }

  count(scope: Scope): number {
    return (this.multiple - ((scope?.offset() ?? 0) % this.multiple)) % this.multiple;
  }

  read(reader: Reader, scope: Scope): number {
    const count = this.count(scope);
    const start = reader.take(count);
    if (reader.buffer.subarray(start, start + count).some((byte) => byte !== 0)) {
      throw new Fault('value', 'padding is not zero', start);
    }
    return count;
  }

  write(writer: Writer, value: number | undefined, scope: Scope): void {
    const count = this.count(scope);
    if (value !== undefined && value !== count) throw invalid(`${show(value)} given, not ${count}`);
    writer.bytes(new Uint8Array(count));
  }

  sample(): unknown {
    return undefined;
  }
}

export function padding(multiple: number): PaddingCodec {
  return new PaddingCodec(multiple);
}
