/** Fields that follow from others: lengths, counts, checksums, constants, reserved bytes; and checks on values. */

import type { Reader, Writer } from './buffer.js';
import {
  type AnyCodec,
  Codec,
  type DocRow,
  type Earlier,
  type Fields,
  type Input,
  invalid,
  type Json,
  type Picker,
  type Scope,
  show,
} from './codec.js';
import { Fault } from './errors.js';
import type { IntCodec } from './numbers.js';

/** Common to codecs that put something around another one. */
export abstract class Wrapper<C extends AnyCodec, T = Fields<C>, I = Input<C>> extends Codec<T, I> {
  override readonly refs: readonly string[];
  override readonly links: Codec<unknown>['links'];

  constructor(readonly inner: C) {
    super();
    this.refs = inner.refs;
    this.links = inner.links;
  }

  override toJson(value: T, scope: Scope): Json {
    return this.inner.toJson(value, scope);
  }

  override fromJson(json: Json, scope: Scope): unknown {
    return this.inner.fromJson(json, scope);
  }

  override text(value: T, scope: Scope): string {
    const text = this.inner.text(value, scope);
    return this.notes.unit === undefined ? text : `${text} ${this.notes.unit}`;
  }

  override lines(name: string, value: T, scope: Scope, indent: string): string[] {
    return this.docs().length > 0
      ? this.inner.lines(name, value, scope, indent)
      : super.lines(name, value, scope, indent);
  }

  override scalar(value: unknown): number | undefined {
    return this.inner.scalar(value);
  }

  override docs(): readonly DocRow[] {
    return this.inner.docs();
  }
}

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

/** Left out when encoding: `value`. */
export class DefaultCodec<C extends AnyCodec> extends Wrapper<C, Fields<C>, Input<C> | undefined> {
  readonly type: string;

  constructor(
    inner: C,
    readonly value: Input<C>,
  ) {
    super(inner);
    this.type = inner.type;
  }

  read(reader: Reader, scope: Scope): Fields<C> {
    return this.inner.read(reader, scope) as Fields<C>;
  }

  write(writer: Writer, value: Input<C> | undefined, scope: Scope): void {
    this.inner.write(writer, (value ?? this.value) as never, scope);
  }

  override scalar(value: unknown): number | undefined {
    return this.inner.scalar(value ?? this.value);
  }

  sample(pick: Picker, scope: Scope): unknown {
    return this.inner.sample(pick, scope);
  }
}

export function withDefault<C extends AnyCodec>(inner: C, value: Input<C>): DefaultCodec<C> {
  return new DefaultCodec(inner, value);
}

/** Only this number decodes. May be left out when encoding. */
export function constant(base: IntCodec, value: number): DefaultCodec<CheckedCodec<IntCodec>> {
  return withDefault(range(base, value, value), value);
}

/** Sent as 0; on receipt kept as it is, or rejected with reason `reserved` when it is not 0. */
export function reserved(base: IntCodec, received: 'keep' | 'reject' = 'keep'): DefaultCodec<AnyInt> {
  if (received === 'keep') return withDefault(base, 0);
  return withDefault(
    checked(base, (value) => (value === 0 ? undefined : 'is reserved and must be 0'), 'reserved'),
    0,
  );
}

type AnyInt = Codec<number>;

/** A value with a rule of its own. */
export class CheckedCodec<C extends AnyCodec> extends Wrapper<C> {
  readonly type: string;

  constructor(
    inner: C,
    /** What is wrong with the value ("is not a power of two"), undefined when nothing is. */
    readonly fault: (value: Fields<C>) => string | undefined,
    readonly reason: 'value' | 'rule' | 'reserved',
    readonly samples: ((pick: Picker) => Input<C>) | undefined,
  ) {
    super(inner);
    this.type = inner.type;
    Object.assign(this, { notes: inner.notes });
  }

  read(reader: Reader, scope: Scope): Fields<C> {
    const position = reader.position;
    const value = this.inner.read(reader, scope) as Fields<C>;
    const fault = this.fault(value);
    if (fault !== undefined) throw new Fault(this.reason, `${show(value)} ${fault}`, position);
    return value;
  }

  write(writer: Writer, value: Input<C>, scope: Scope): void {
    const number = this.inner.scalar(value);
    const fault = this.fault((number ?? value) as Fields<C>);
    if (fault !== undefined) throw invalid(`${show(value)} ${fault}`);
    this.inner.write(writer, value as never, scope);
  }

  sample(pick: Picker, scope: Scope): unknown {
    if (this.samples !== undefined) return this.samples(pick);
    for (;;) {
      const value = this.inner.sample(pick, scope);
      if (this.fault((this.inner.scalar(value) ?? value) as Fields<C>) === undefined) return value;
    }
  }
}

/** `checked(le.u32, (n) => (n >= 32 ? undefined : 'is less than 32'))` */
export function checked<C extends AnyCodec>(
  inner: C,
  fault: (value: Fields<C>) => string | undefined,
  reason: 'value' | 'rule' | 'reserved' = 'value',
  samples?: (pick: Picker) => Input<C>,
): CheckedCodec<C> {
  return new CheckedCodec(inner, fault, reason, samples);
}

/** A number from min to max; others do not decode, nor encode. */
export function range(
  base: IntCodec,
  min: number,
  max: number,
  reason: 'value' | 'rule' | 'reserved' = 'value',
): CheckedCodec<IntCodec> {
  const allowed = min === max ? `${min}` : `${min} to ${max}`;
  const fault = (value: number) => (value >= min && value <= max ? undefined : `is not ${allowed}`);
  return checked(base, fault, reason, (pick) => pick.integer(min, max));
}

/** A codec that must end some bytes before its surroundings do. */
export class LeavingCodec<C extends AnyCodec> extends Wrapper<C> {
  readonly type: string;

  constructor(
    inner: C,
    readonly tail: number | ((earlier: Earlier) => number),
  ) {
    super(inner);
    this.type = inner.type;
    Object.assign(this, { notes: inner.notes, refs: typeof tail === 'function' ? [...inner.refs, '*'] : inner.refs });
  }

  read(reader: Reader, scope: Scope): Fields<C> {
    const { end } = reader;
    const tail = typeof this.tail === 'number' ? this.tail : scope === undefined ? 0 : this.tail(scope);
    if (reader.remaining < tail)
      throw new Fault('length', `${tail} bytes to leave, ${reader.remaining} left`, reader.position);
    reader.end = end - tail;
    const value = this.inner.read(reader, scope) as Fields<C>;
    reader.end = end;
    return value;
  }

  write(writer: Writer, value: Input<C>, scope: Scope): void {
    this.inner.write(writer, value as never, scope);
  }

  sample(pick: Picker, scope: Scope): unknown {
    return this.inner.sample(pick, scope);
  }
}

/** `versions: leaving(4, list(ver32)), crc32: le.u32`: a list or `rest` that is followed by something of known size. */
export function leaving<C extends AnyCodec>(tail: number | ((earlier: Earlier) => number), inner: C): LeavingCodec<C> {
  return new LeavingCodec(inner, tail);
}
