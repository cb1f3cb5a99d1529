/** The codecs of declared fields, and the values of those which nobody gave one. */

import {
  type AnyCodec,
  type BitField,
  be,
  bit,
  bits,
  bool8,
  bytes,
  derived,
  enumOf,
  type IntCodec,
  type Json,
  le,
  list,
  type Members,
  REST,
  rest,
  s8,
  string,
  u8,
  uuid,
} from '../codec/index.js';
import { MctpError } from '../errors.js';
import type { FieldDeclaration, FieldType } from './vendor-declaration.js';

const UNSIGNED: readonly FieldType[] = ['u8', 'u16', 'u24', 'u32'];

/** What is wrong with a field, and which key of it says so. */
export class FieldProblem extends MctpError {
  constructor(
    readonly index: number,
    readonly key: keyof FieldDeclaration,
    message: string,
  ) {
    super('EINVAL', message);
  }
}

/** @throws FieldProblem for what contradicts itself */
export function membersOf(fields: readonly FieldDeclaration[], byteOrder: 'big' | 'little'): Members {
  const counters = new Map<string, number>();
  fields.forEach((field, index) => {
    for (const key of ['length', 'count'] as const) {
      const by = field[key];
      if (typeof by !== 'string' || (key === 'count' && by === 'rest')) continue;
      checkCounter(fields, index, key, by);
      if (counters.has(by)) throw new FieldProblem(index, key, `"${by}" is the length of another field already`);
      counters.set(by, index);
    }
  });
  const members: [string, AnyCodec][] = [];
  fields.forEach((field, index) => {
    for (const [name, codec] of membersOfField(fields, index, byteOrder, counters.has(field.name))) {
      if (members.some(([other]) => other === name)) {
        throw new FieldProblem(index, 'name', `there is a field "${name}" already`);
      }
      members.push([name, codec]);
    }
  });
  return Object.fromEntries(members);
}

function checkCounter(fields: readonly FieldDeclaration[], index: number, key: 'length' | 'count', by: string): void {
  const before = fields.slice(0, index).find(({ name }) => name === by);
  if (before === undefined) throw new FieldProblem(index, key, `${key} "${by}" is not a field before it`);
  const { type, bits: shared, names, count } = before;
  if (!UNSIGNED.includes(type) || shared !== undefined || names !== undefined || count !== undefined) {
    throw new FieldProblem(index, key, `${key} "${by}" is not a plain unsigned number (${UNSIGNED.join(', ')})`);
  }
}

function membersOfField(
  fields: readonly FieldDeclaration[],
  index: number,
  byteOrder: 'big' | 'little',
  isCounter: boolean,
): [string, AnyCodec][] {
  const field = fields[index]!;
  const problem = (key: keyof FieldDeclaration, message: string): FieldProblem => new FieldProblem(index, key, message);
  const { name, type, count, length } = field;
  const isText = type === 'bytes' || type === 'text';
  if (length !== undefined && !isText) throw problem('length', `length is for bytes and text, not for ${type}`);
  if (field.names !== undefined || field.bits !== undefined) {
    const key = field.names !== undefined ? 'names' : 'bits';
    if (!UNSIGNED.includes(type))
      throw problem(key, `${key} are of an unsigned number (${UNSIGNED.join(', ')}), not of ${type}`);
  }
  const takesRest = (isText && length === undefined) || count === 'rest';
  if (takesRest && index < fields.length - 1) {
    const what = count === 'rest' ? 'count = "rest"' : `${type} without a length`;
    throw problem(
      count === 'rest' ? 'count' : 'type',
      `${what} takes the rest of the message: only the last field can`,
    );
  }
  if (count !== undefined && isText && length === undefined) {
    throw problem('count', `items of a list of ${type} need a length`);
  }
  if (count !== undefined && typeof length === 'string') {
    throw problem('length', 'items of a list have a length that is a number');
  }
  if (field.bits !== undefined) {
    if (count !== undefined) throw problem('count', 'a list is not made of bits');
    return bitMembers(field, index, byteOrder);
  }
  const codec = noted(field, isCounter ? derived(number(type, byteOrder) as IntCodec) : one(field, byteOrder));
  if (count === undefined) return [[name, codec]];
  return [[name, count === 'rest' ? list(codec) : list(codec, { count })]];
}

function bitMembers(field: FieldDeclaration, index: number, byteOrder: 'big' | 'little'): [string, AnyCodec][] {
  const word = number(field.type, byteOrder) as IntCodec;
  let taken = 0n;
  const parts: [string, BitField<Readonly<Record<string, number>>>][] = [];
  for (const [name, [high, low]] of Object.entries(field.bits!)) {
    if (high >= 8 * word.size) throw new FieldProblem(index, 'bits', `${field.type} has no bit ${high}`);
    const mask = ((1n << BigInt(high - low + 1)) - 1n) << BigInt(low);
    if ((taken & mask) !== 0n) throw new FieldProblem(index, 'bits', `${name}: its bits belong to another field, too`);
    taken |= mask;
    parts.push([name, bit(high, low) as BitField<Readonly<Record<string, number>>>]);
  }
  return Object.entries(bits(word, Object.fromEntries(parts)));
}

function one(field: FieldDeclaration, byteOrder: 'big' | 'little'): AnyCodec {
  const { type, length, names } = field;
  switch (type) {
    case 'bytes':
      return length === undefined ? rest : bytes(length);
    case 'text':
      return string('utf8', length ?? REST);
    case 'uuid':
      return uuid;
    case 'bool':
      return bool8;
    default: {
      const plain = number(type, byteOrder);
      return names === undefined ? plain : enumOf(plain as IntCodec, names);
    }
  }
}

function number(type: FieldType, byteOrder: 'big' | 'little'): AnyCodec {
  const wide = byteOrder === 'little' ? le : be;
  if (type === 'u8') return u8;
  if (type === 's8') return s8;
  return wide[type as keyof typeof wide];
}

function noted(field: FieldDeclaration, codec: AnyCodec): AnyCodec {
  const shown = field.hex === true ? codec.asHex() : codec;
  return field.unit === undefined ? shown : shown.unit(field.unit);
}

/** What a device answers where nothing is declared, as JSON; fields which count others follow from those. */
export function valuesOf(fields: readonly FieldDeclaration[]): { [name: string]: Json } {
  const counters = new Set(fields.flatMap(({ length, count }) => [length, count]));
  return Object.fromEntries(
    fields.flatMap((field): [string, Json][] => {
      if (counters.has(field.name)) return [];
      if (field.bits === undefined) return [[field.name, field.value ?? zeroOf(field)]];
      const given = field.value as { [name: string]: Json } | undefined;
      return Object.keys(field.bits).map((name) => [name, given?.[name] ?? 0]);
    }),
  );
}

function zeroOf(field: FieldDeclaration): Json {
  const { count } = field;
  if (count === undefined) return zeroOfOne(field);
  return typeof count === 'number' ? Array.from({ length: count }, () => zeroOfOne(field)) : [];
}

function zeroOfOne({ type, length }: FieldDeclaration): Json {
  switch (type) {
    case 'bytes':
      return typeof length === 'number' ? '00'.repeat(length) : '';
    case 'text':
      return typeof length === 'number' ? '\0'.repeat(length) : '';
    case 'uuid':
      return '00000000-0000-0000-0000-000000000000';
    case 'bool':
      return false;
    case 'u64':
    case 's64':
      return '0';
    default:
      return 0;
  }
}
