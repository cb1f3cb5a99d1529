/** Fields that are not always there, or not always the same. */

import type { Reader, Writer } from './buffer.js';
import { Wrapper } from './checked.js';
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
import { Fault } from './codec-error.js';

/** Which values of an earlier field make a conditional one present. */
export type Test = number | readonly number[] | ((value: number, earlier: Earlier) => boolean);

/** There when the condition on earlier fields holds, and only then. */
export class WhenCodec<C extends AnyCodec> extends Wrapper<C, Fields<C> | undefined, Input<C> | undefined> {
  readonly type: string;

  constructor(
    inner: C,
    readonly present: (earlier: Earlier) => boolean,
    refs: readonly string[],
    /** Present too when bytes remain, whatever the condition says. */
    readonly orBytesRemain: boolean,
  ) {
    super(inner);
    this.type = `${inner.type}, conditional`;
    Object.assign(this, { refs: [...inner.refs, ...refs], notes: inner.notes });
  }

  isPresent(scope: Scope): boolean {
    return scope !== undefined && this.present(scope);
  }

  read(reader: Reader, scope: Scope): Fields<C> | undefined {
    if (!this.isPresent(scope) && !(this.orBytesRemain && reader.remaining > 0)) return undefined;
    return this.inner.read(reader, scope) as Fields<C>;
  }

  write(writer: Writer, value: Input<C> | undefined, scope: Scope): void {
    if (this.isPresent(scope)) this.inner.write(writer, value as never, scope);
    else if (value !== undefined) {
      if (!this.orBytesRemain) throw invalid('must be left out here');
      this.inner.write(writer, value as never, scope);
    }
  }

  sample(pick: Picker, scope: Scope): unknown {
    return this.isPresent(scope) ? this.inner.sample(pick, scope) : undefined;
  }
}

export interface WhenOptions {
  /** Decoding: take the field too when bytes remain for it (peers that always send it). */
  readonly orBytesRemain?: boolean;
}

/** `when('eventMessageGlobalEnable', 3, le.u16)`: there when the earlier field has one of the values. */
export function when<C extends AnyCodec>(field: string, test: Test, inner: C, options: WhenOptions = {}): WhenCodec<C> {
  return new WhenCodec(inner, condition(field, test), [field], options.orBytesRemain ?? false);
}

/** There when a function of earlier fields says so. */
export function whenever<C extends AnyCodec>(present: (earlier: Earlier) => boolean, inner: C): WhenCodec<C> {
  return new WhenCodec(inner, present, ['*'], false);
}

/** Several fields under one condition, to be spread into a struct: `...whenAll('eventId', (id) => id !== 0, { ... })`. */
export function whenAll<M extends Readonly<Record<string, AnyCodec>>>(
  field: string,
  test: Test,
  members: M,
): { readonly [K in keyof M]: WhenCodec<M[K]> } {
  const entries = Object.entries(members).map(([name, inner]) => [name, when(field, test, inner)]);
  return Object.fromEntries(entries) as { [K in keyof M]: WhenCodec<M[K]> };
}

function condition(field: string, test: Test): (earlier: Earlier) => boolean {
  return (earlier) => {
    const value = earlier.number(field);
    if (value === undefined) return false;
    if (typeof test === 'function') return test(value, earlier);
    return typeof test === 'number' ? value === test : test.includes(value);
  };
}

/** There when bytes remain (decoding), or when a value is given (encoding). */
export class OptionalCodec<C extends AnyCodec> extends Wrapper<C, Fields<C> | undefined, Input<C> | undefined> {
  readonly type: string;

  constructor(inner: C) {
    super(inner);
    this.type = `${inner.type}, optional`;
  }

  read(reader: Reader, scope: Scope): Fields<C> | undefined {
    return reader.remaining > 0 ? (this.inner.read(reader, scope) as Fields<C>) : undefined;
  }

  write(writer: Writer, value: Input<C> | undefined, scope: Scope): void {
    if (value !== undefined) this.inner.write(writer, value as never, scope);
  }

  sample(pick: Picker, scope: Scope): unknown {
    return pick.integer(0, 1) === 1 ? this.inner.sample(pick, scope) : undefined;
  }
}

export function optional<C extends AnyCodec>(inner: C): OptionalCodec<C> {
  return new OptionalCodec(inner);
}

export type Cases = Readonly<Record<number, AnyCodec>>;

/** One of several codecs, told by an earlier field. */
export class VariantCodec<S extends Cases> extends Codec<Fields<S[keyof S]>, Input<S[keyof S]>> {
  readonly type: string;
  override readonly refs: readonly string[];

  constructor(
    readonly field: string,
    readonly cases: S,
    readonly otherwise: AnyCodec | undefined,
  ) {
    super();
    const types = new Set([...Object.values(cases), ...(otherwise ? [otherwise] : [])].map((codec) => codec.type));
    this.type = `${[...types].join(' | ')} by ${field}`;
    this.refs = [field, ...Object.values(cases).flatMap((codec) => codec.refs), ...(otherwise?.refs ?? [])];
  }

  choose(scope: Scope, position: number): AnyCodec {
    const selector = scope?.number(this.field);
    const codec = (selector === undefined ? undefined : this.cases[selector]) ?? this.otherwise;
    if (codec === undefined)
      throw new Fault('value', `${this.field} ${selector} tells nothing about its form`, position);
    return codec;
  }

  read(reader: Reader, scope: Scope): Fields<S[keyof S]> {
    return this.choose(scope, reader.position).read(reader, scope) as Fields<S[keyof S]>;
  }

  write(writer: Writer, value: Input<S[keyof S]>, scope: Scope): void {
    this.choose(scope, 0).write(writer, value as never, scope);
  }

  sample(pick: Picker, scope: Scope): unknown {
    return this.choose(scope, 0).sample(pick, scope);
  }

  override toJson(value: Fields<S[keyof S]>, scope: Scope): Json {
    return this.choose(scope, 0).toJson(value, scope);
  }

  override fromJson(json: Json, scope: Scope): unknown {
    return this.choose(scope, 0).fromJson(json, scope);
  }

  override text(value: Fields<S[keyof S]>, scope: Scope): string {
    const text = this.choose(scope, 0).text(value, scope);
    return this.notes.unit === undefined ? text : `${text} ${this.notes.unit}`;
  }

  override lines(name: string, value: Fields<S[keyof S]>, scope: Scope, indent: string): string[] {
    return this.choose(scope, 0).lines(name, value, scope, indent);
  }
}

/** `variant('sensorDataSize', { 0: u8, 1: s8, 2: le.u16 })`; a selector without a case does not decode. */
export function variant<const S extends Cases>(field: string, cases: S): VariantCodec<S>;
export function variant<const S extends Cases, D extends AnyCodec>(
  field: string,
  cases: S,
  otherwise: D,
): VariantCodec<S & Record<-1, D>>;
export function variant(field: string, cases: Cases, otherwise?: AnyCodec): VariantCodec<Cases> {
  return new VariantCodec(field, cases, otherwise);
}

/** One of several structs that all begin with the same fields, one of which (`tag`) tells them apart. */
export class TaggedCodec<S extends Cases> extends Codec<Fields<S[keyof S]>, Input<S[keyof S]>> {
  readonly type: string;

  constructor(
    readonly common: AnyCodec,
    readonly tag: string,
    readonly cases: S,
    readonly otherwise: AnyCodec | undefined,
  ) {
    super();
    this.type = `by ${tag}`;
  }

  choose(value: unknown, position: number): AnyCodec {
    const tag = (value as Readonly<Record<string, unknown>> | undefined)?.[this.tag];
    const codec = (typeof tag === 'number' ? this.cases[tag] : undefined) ?? this.otherwise;
    if (codec === undefined) throw new Fault('value', `${this.tag} ${show(tag)} is unknown`, position);
    return codec;
  }

  read(reader: Reader, scope: Scope): Fields<S[keyof S]> {
    const codec = this.choose(this.common.read(reader.fork(), scope), reader.position);
    return codec.read(reader, scope) as Fields<S[keyof S]>;
  }

  write(writer: Writer, value: Input<S[keyof S]>, scope: Scope): void {
    this.choose(value, 0).write(writer, value as never, scope);
  }

  sample(pick: Picker, scope: Scope): unknown {
    const tags = Object.keys(this.cases);
    const tag = Number(tags[pick.integer(0, tags.length - 1)]);
    const value = this.cases[tag]!.sample(pick, scope) as object;
    return { ...value, [this.tag]: tag };
  }

  override toJson(value: Fields<S[keyof S]>, scope: Scope): Json {
    return this.choose(value, 0).toJson(value, scope);
  }

  override fromJson(json: Json, scope: Scope): unknown {
    return this.choose(json, 0).fromJson(json, scope);
  }

  override lines(name: string, value: Fields<S[keyof S]>, scope: Scope, indent: string): string[] {
    return this.choose(value, 0).lines(name, value, scope, indent);
  }

  override docs(): readonly DocRow[] {
    return this.common.docs();
  }
}

/** `tagged(header, 'pdrType', { 1: terminusLocator, 2: numericSensor }, opaque)`: each case declares the header too. */
export function tagged<const S extends Cases>(common: AnyCodec, tag: string, cases: S): TaggedCodec<S>;
export function tagged<const S extends Cases, D extends AnyCodec>(
  common: AnyCodec,
  tag: string,
  cases: S,
  otherwise: D,
): TaggedCodec<S & Record<-1, D>>;
export function tagged(common: AnyCodec, tag: string, cases: Cases, otherwise?: AnyCodec): TaggedCodec<Cases> {
  return new TaggedCodec(common, tag, cases, otherwise);
}

/** The same number in one of several widths, told by how many bytes remain; encoded in the first one. */
export class WidthCodec extends Codec<number> {
  readonly type: string;

  constructor(
    readonly sent: Codec<number>,
    readonly byRemaining: Readonly<Record<number, Codec<number>>>,
  ) {
    super();
    this.type = `${sent.type} (or ${Object.values(byRemaining)
      .map((codec) => codec.type)
      .join(', ')})`;
  }

  read(reader: Reader, scope: Scope): number {
    return (this.byRemaining[reader.remaining] ?? this.sent).read(reader, scope);
  }

  write(writer: Writer, value: number, scope: Scope): void {
    this.sent.write(writer, value, scope);
  }

  sample(pick: Picker, scope: Scope): unknown {
    return this.sent.sample(pick, scope);
  }
}

/** `eitherWidth(be.u24, { 8: be.u32 })`: four bytes when eight remain, else (and when sending) three. */
export function eitherWidth(sent: Codec<number>, byRemaining: Readonly<Record<number, Codec<number>>>): WidthCodec {
  return new WidthCodec(sent, byRemaining);
}
