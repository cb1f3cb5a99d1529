/** The members of a struct as a list of steps, made once when it is declared. */

import { BitField } from './bits.js';
import type { Reader, Writer } from './buffer.js';
import { WhenCodec } from './choice.js';
import type { AnyCodec, Link } from './codec.js';
import { Fault, within } from './codec-error.js';
import { DerivedCodec, RestSizeCodec } from './derived.js';

export type Members = Readonly<Record<string, AnyCodec>>;

/** Something that a struct reads and writes: a member, or bit fields that share a word. */
export interface Step {
  readonly name: string;
  /** The member, without the condition around it. */
  readonly codec: AnyCodec;
  readonly condition: WhenCodec<AnyCodec> | undefined;
  /** The bit fields that this step reads and writes together. */
  readonly bitFields: readonly (readonly [string, BitField<never>])[] | undefined;
  /** Bytes of the number, when reading it is nothing more; else 0. */
  readonly size: number;
  readonly littleEndian: boolean;
  /** Integers from 0 to this are written as they are; -1 when the codec must see them. */
  readonly max: number;
  /** The codec again, when it ends the struct. */
  readonly limit: RestSizeCodec | undefined;
  /** Its place among the struct's derived fields; -1 when it is not one. */
  readonly derived: number;
  /** The derived fields that hold its length, by place. */
  readonly links: readonly { readonly derived: number; readonly unit: Link['unit'] }[];
}

export function readBits(bitFields: Step['bitFields'] & {}, reader: Reader, fields: Record<string, unknown>): void {
  const { group } = bitFields[0]![1];
  const position = reader.position;
  const word = group!.word.read(reader);
  for (let index = 0; index < bitFields.length; index++) {
    const [name, field] = bitFields[index]!;
    try {
      fields[name] = field.extract(word, position);
    } catch (error) {
      // The step has the name of the first field.
      throw index === 0 ? error : within(error, name);
    }
  }
  if (group!.rejected !== 0 && (word & group!.rejected) !== 0) {
    throw new Fault('reserved', `0x${word.toString(16)} has reserved bits set`, position);
  }
}

export function writeBits(
  bitFields: Step['bitFields'] & {},
  writer: Writer,
  fields: Readonly<Record<string, unknown>>,
): void {
  let word = 0;
  for (let index = 0; index < bitFields.length; index++) {
    const [name, field] = bitFields[index]!;
    try {
      word += field.place(fields[name]);
    } catch (error) {
      throw index === 0 ? error : within(error, name);
    }
  }
  bitFields[0]![1].group!.word.write(writer, word);
}

/** @throws TypeError when a member refers to a field that does not come before it */
export function compile(struct: string, members: Members): Step[] {
  const steps: Step[] = [];
  const lengths: string[] = [];
  const names = Object.keys(members);
  for (let at = 0; at < names.length; at++) {
    const name = names[at]!;
    const member = members[name]!;
    if (member instanceof BitField) {
      const group = member.group?.names ?? [];
      const inOrder = group.length > 0 && group.every((field, index) => names[at + index] === field);
      if (!inOrder) throw new TypeError(`${struct}.${name}: bit fields go together, as bits() gave them`);
      const bitFields = group.map((field) => [field, members[field] as BitField<never>] as const);
      steps.push(step(name, member, { bitFields }));
      at += group.length - 1;
      continue;
    }
    const condition = member instanceof WhenCodec ? member : undefined;
    const codec: AnyCodec = condition === undefined ? member : (condition.inner as AnyCodec);
    for (const link of member.links) checkLink(struct, name, link, members, names.slice(0, at));
    const links = member.links.map(({ field, unit }) => ({ derived: lengths.indexOf(field), unit }));
    const derived = codec instanceof DerivedCodec ? lengths.push(name) - 1 : -1;
    steps.push(step(name, codec, { condition, derived, links }));
  }
  return steps;
}

function step(name: string, codec: AnyCodec, about: Partial<Step>): Step {
  const { condition, bitFields, derived = -1, links = [] } = about;
  const limit = codec instanceof RestSizeCodec ? codec : undefined;
  // A condition asks first, and a size of the rest ends the struct.
  const layout = condition === undefined && limit === undefined ? codec.layout : undefined;
  const { size = 0, littleEndian = true, max = -1 } = layout ?? {};
  return { name, codec, condition, bitFields, size, littleEndian, max, limit, derived, links };
}

function checkLink(struct: string, name: string, link: Link, members: Members, before: readonly string[]): void {
  const target = members[link.field];
  const inner = target instanceof WhenCodec ? target.inner : target;
  if (!before.includes(link.field) || !(inner instanceof DerivedCodec)) {
    throw new TypeError(`${struct}.${name}: "${link.field}" must be an earlier field of the form derived(...)`);
  }
}
