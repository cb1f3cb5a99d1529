/** Fields in wire order under their names: what a declaration is made of. */

import { bytesText, type Reader, type Writer } from './buffer.js';
import {
  type AnyCodec,
  Codec,
  type DocRow,
  type Fields,
  type Input,
  invalid,
  type Json,
  type Picker,
  type Scope,
  show,
} from './codec.js';
import { Fault, within } from './codec-error.js';
import { ComputedCodec, DerivedCodec, type RestSizeCodec } from './derived.js';
import { type DerivedMember, LinkedLengths } from './linked-lengths.js';
import { type Member, StructScope } from './scope.js';
import { compile, type Members, readBits, type Step, writeBits } from './steps.js';

export type { Members } from './steps.js';

type Simplify<T> = { [K in keyof T]: T[K] } & {};
type OptionalOut<M> = { [K in keyof M]: undefined extends Fields<M[K]> ? K : never }[keyof M];
type OptionalIn<M> = { [K in keyof M]: undefined extends Input<M[K]> ? K : never }[keyof M];

/** What a struct of these members decodes to. */
export type StructFields<M> = Simplify<
  { [K in Exclude<keyof M, OptionalOut<M>>]: Fields<M[K]> } & {
    [K in OptionalOut<M>]?: Exclude<Fields<M[K]>, undefined>;
  }
>;
/** What it is encoded from. */
export type StructInput<M> = Simplify<
  { readonly [K in Exclude<keyof M, OptionalIn<M>>]: Input<M[K]> } & {
    readonly [K in OptionalIn<M>]?: Exclude<Input<M[K]>, undefined> | undefined;
  }
>;

export interface StructOptions<M> {
  /** Rules across fields: a sentence when one is broken. Checked when decoding (reason `rule`) and when encoding. */
  readonly rules?: readonly ((fields: StructFields<M>) => string | undefined)[];
}

type Values = Record<string, unknown>;

export class Struct<M extends Members> extends Codec<StructFields<M>, StructInput<M>> {
  readonly type: string;
  override readonly refs: readonly string[];
  readonly steps: readonly Step[];
  readonly lookup: ReadonlyMap<string, Member>;
  readonly rules: readonly ((fields: never) => string | undefined)[];
  /** Some member consults others. */
  readonly scoped: boolean;
  /** Members that are the length of others. */
  readonly derived: readonly DerivedMember[];
  /** Some member computes something over the bytes of others. */
  readonly marked: boolean;

  constructor(
    readonly name: string,
    readonly members: M,
    options: StructOptions<M>,
  ) {
    super();
    this.rules = options.rules ?? [];
    this.type = name === '' ? 'struct' : name;
    this.steps = compile(name, members);
    this.derived = this.steps.flatMap(({ name, codec }) => (codec instanceof DerivedCodec ? [{ name, codec }] : []));
    const places = new Map(this.derived.map(({ name }, place) => [name, place]));
    this.lookup = new Map(
      Object.entries(members).map(([name, codec]) => [name, { codec, derived: places.get(name) ?? -1 }]),
    );
    const used = Object.values(members).flatMap((codec) => codec.refs);
    this.refs = used.filter((ref) => ref === '*' || !Object.hasOwn(members, ref));
    this.scoped = used.length > 0;
    this.marked = this.steps.some((step) => step.codec instanceof ComputedCodec);
  }

  read(reader: Reader, outer: Scope): StructFields<M> {
    return this.readInto({}, reader, outer);
  }

  /** Adds the fields to those that are in `fields` already; returns it. */
  readInto(fields: Values, reader: Reader, outer: Scope): StructFields<M> {
    const scope = this.scoped ? new StructScope(this, fields, outer, reader) : outer;
    const { steps, marked } = this;
    const end = reader.end;
    let limit: RestSizeCodec | undefined;
    let at = 0;
    try {
      for (; at < steps.length; at++) {
        const step = steps[at]!;
        if (marked) (scope as StructScope).mark(reader.position);
        if (step.size > 0) {
          fields[step.name] = reader.uint(step.size, step.littleEndian);
          continue;
        }
        if (step.bitFields !== undefined) {
          readBits(step.bitFields, reader, fields);
          continue;
        }
        const value = (step.condition ?? step.codec).read(reader, scope);
        if (value === undefined) continue;
        fields[step.name] = value;
        if (step.limit !== undefined) {
          limit = step.limit;
          reader.end = limitEnd(limit, value as number, reader);
        }
      }
    } catch (error) {
      throw cut(error, this, steps[at]!, fields);
    }
    if (limit !== undefined) {
      if (reader.remaining > 0 && limit.trailing === 'reject') {
        throw new Fault('length', `${bytesText(reader.remaining)} left over`, reader.position);
      }
      if (reader.remaining > 0) reader.surplus?.(reader.position, reader.end);
      reader.position = reader.end;
      reader.end = end;
    }
    const broken = this.brokenRule(fields);
    if (broken !== undefined) throw new Fault('rule', broken, reader.position);
    return fields as StructFields<M>;
  }

  write(writer: Writer, value: StructInput<M>, outer: Scope): void {
    if (typeof value !== 'object' || value === null) throw invalid(`${show(value)} is not a set of fields`);
    const fields = value as Values;
    const links = this.derived.length > 0 ? new LinkedLengths(this.derived, fields) : undefined;
    const scope = this.scoped ? new StructScope(this, fields, outer, writer, links) : outer;
    const { steps, marked } = this;
    let at = 0;
    try {
      for (; at < steps.length; at++) {
        const step = steps[at]!;
        const start = writer.position;
        if (marked) (scope as StructScope).mark(start);
        if (step.bitFields !== undefined) {
          writeBits(step.bitFields, writer, fields);
          continue;
        }
        const field = fields[step.name];
        if (Number.isInteger(field) && (field as number) >= 0 && (field as number) <= step.max) {
          writer.uint(field as number, step.size, step.littleEndian);
        } else (step.condition ?? step.codec).write(writer, field as never, scope);
        if (links === undefined) continue;
        if (step.derived >= 0 && writer.position > start) links.expect(step.derived, start);
        for (const link of step.links) {
          links.settle(link.derived, writer, link.unit === 'bytes' ? writer.position - start : lengthOf(field));
        }
      }
    } catch (error) {
      throw within(error, steps[at]!.name);
    }
    links?.finish(writer);
    if (this.rules.length > 0) {
      const broken = this.brokenRule(this.normalised({ ...fields, ...links?.found() }));
      if (broken !== undefined) throw invalid(broken);
    }
  }

  /** Names replaced by their numbers, for rules. */
  normalised(numbers: Values): Values {
    for (const [name, codec] of Object.entries(this.members)) {
      const field = numbers[name];
      const number = codec.scalar(field);
      if (number !== undefined && typeof field !== 'boolean' && typeof field !== 'bigint') numbers[name] = number;
    }
    return numbers;
  }

  brokenRule(fields: Values): string | undefined {
    for (const rule of this.rules) {
      const broken = rule(fields as never);
      if (broken !== undefined) return broken;
    }
    return undefined;
  }

  override toJson(value: StructFields<M>, outer: Scope): Json {
    const fields = value as Values;
    const scope = new StructScope(this, fields, outer);
    const json: { [name: string]: Json } = {};
    for (const [name, codec] of Object.entries(this.members)) {
      if (fields[name] !== undefined) json[name] = codec.toJson(fields[name], scope);
    }
    return json;
  }

  override fromJson(json: Json, outer: Scope): unknown {
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw invalid(`${show(json)} is not an object`);
    const fields: Values = {};
    const scope = new StructScope(this, fields, outer);
    for (const [name, codec] of Object.entries(this.members)) {
      const value = json[name];
      if (value === undefined) continue;
      try {
        fields[name] = codec.fromJson(value, scope);
      } catch (error) {
        throw within(error, name);
      }
    }
    return fields;
  }

  override text(value: StructFields<M>, outer: Scope): string {
    const fields = value as Values;
    const scope = new StructScope(this, fields, outer);
    const parts = Object.entries(this.members).flatMap(([name, codec]) =>
      fields[name] === undefined ? [] : [`${name} ${codec.text(fields[name], scope)}`],
    );
    return `{ ${parts.join(', ')} }`;
  }

  override lines(name: string, value: StructFields<M>, outer: Scope, indent: string): string[] {
    const fields = value as Values;
    const scope = new StructScope(this, fields, outer);
    const inner = name === '' ? indent : `${indent}  `;
    const lines = Object.entries(this.members).flatMap(([field, codec]) =>
      fields[field] === undefined ? [] : codec.lines(field, fields[field], scope, inner),
    );
    return name === '' ? lines : [`${indent}${name}:`, ...lines];
  }

  sample(pick: Picker, outer: Scope): unknown {
    // Selectors without a case and rules across fields are met by trying again; a struct that random fields hardly ever
    // satisfy needs `checked` members.
    for (let attempt = 0; ; attempt++) {
      const fields: Values = {};
      const scope = new StructScope(this, fields, outer);
      try {
        for (const [name, codec] of Object.entries(this.members)) {
          const value = codec.sample(pick, scope);
          if (value !== undefined) fields[name] = value;
        }
      } catch (error) {
        if (!(error instanceof Fault) || attempt > 1000) throw error;
        continue;
      }
      if (attempt > 1000 || this.brokenRule(fields) === undefined) return fields;
    }
  }

  override docs(): readonly DocRow[] {
    return Object.entries(this.members).flatMap(([name, codec]) => {
      const row: DocRow = { name, type: codec.type, note: docNote(codec) };
      return [
        row,
        ...codec
          .docs()
          .map((below) => ({ ...below, name: `${name}${below.name.startsWith('[') ? '' : '.'}${below.name}` })),
      ];
    });
  }
}

/**
 * `struct('entity', { entityType: le.u16, entityInstanceNumber: le.u16, containerId: le.u16 })`
 * @throws TypeError when a member refers to a field that does not come before it
 */
export function struct<const M extends Members>(name: string, members: M, options: StructOptions<M> = {}): Struct<M> {
  return new Struct(name, members, options);
}

/** A fault in a step: with the fields before it, and with what the step itself had read. */
function cut(error: unknown, of: AnyCodec, { name, codec }: Step, fields: Values): unknown {
  if (error instanceof Fault) {
    if (error.before?.of === codec) fields[name] = error.before.value;
    if (Object.keys(fields).length > 0) error.before = { of, value: fields };
  }
  return within(error, name);
}

function lengthOf(items: unknown): number {
  return Array.isArray(items) ? items.length : 0;
}

function limitEnd(codec: RestSizeCodec, size: number, reader: Reader): number {
  const end = reader.position + size - codec.plus;
  const position = reader.position - codec.base.size;
  if (end > reader.end)
    throw new Fault('length', `${size} announced, ${reader.remaining + codec.plus} there`, position);
  if (end < reader.position) throw new Fault('value', `${size} is too small`, position);
  return end;
}

function docNote(codec: AnyCodec): string {
  return [codec.notes.note, codec.notes.unit, codec.docNames()].filter(Boolean).join('; ');
}
