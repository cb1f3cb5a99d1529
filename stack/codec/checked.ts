/** Something around another codec: defaults, constants, reserved bytes, ranges and other checks on a value. */

import type { Reader, Writer } from './buffer.js';
import {
  type AnyCodec,
  Codec,
  type DocRow,
  type Fields,
  type Input,
  invalid,
  type Json,
  type NumberLayout,
  type Picker,
  type Scope,
  show,
} from './codec.js';
import { Fault } from './codec-error.js';
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

  override docNames(): string {
    return this.inner.docNames();
  }
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

  override get layout(): NumberLayout | undefined {
    return this.inner.layout;
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
