/** Whole BIOS tables: entries, pad and checksum (DSP0247 §6), and the rules that an attribute keeps. */

import {
  type AnyCodec,
  Codec,
  decode,
  encode,
  Fault,
  type Json,
  type Picker,
  type Reader,
  type Scope,
  type Writer,
} from '../../stack/codec/index.js';
import { readTable, type TableTrailer, writeTrailer } from '../base/table-trailer.js';
import { BIOS_TABLE } from './bios-commands.js';
import {
  ATTRIBUTE_TYPE,
  type AttributeEntry,
  type AttributeEntryInput,
  type AttributeValue,
  type AttributeValueInput,
  attributeEntry,
  attributeValueEntry,
  baseType,
  type IntegerAttribute,
  type StringAttribute,
  type StringEntry,
  type StringEntryInput,
  stringEntry,
} from './table-entries.js';

export interface BiosTable<E> extends TableTrailer {
  entries: E[];
}

/** Entries up to the pad and checksum at the end. Pad and checksum are made when encoding. */
export class BiosTableCodec<E, I> extends Codec<BiosTable<E>, { readonly entries: readonly I[] }> {
  constructor(
    readonly type: string,
    readonly entry: AnyCodec,
  ) {
    super();
  }

  read(reader: Reader, scope: Scope): BiosTable<E> {
    if (reader.remaining < 8) throw new Fault('length', 'a table has at least 8 bytes', reader.position);
    return readTable(reader, (from) => this.entry.read(from, scope) as E);
  }

  write(writer: Writer, value: { readonly entries: readonly I[] }, scope: Scope): void {
    const start = writer.position;
    value.entries.forEach((entry, index) => {
      try {
        this.entry.write(writer, entry as never, scope);
      } catch (error) {
        throw error instanceof Fault ? error.within(`entries[${index}]`) : error;
      }
    });
    writeTrailer(writer, start);
  }

  override toJson({ entries, padBytes, crc32 }: BiosTable<E>, scope: Scope): Json {
    return { entries: entries.map((entry) => this.entry.toJson(entry, scope)), padBytes, crc32 };
  }

  override fromJson(json: Json, scope: Scope): unknown {
    const { entries = [] } = json as { entries?: Json[] };
    return { entries: entries.map((entry) => this.entry.fromJson(entry, scope)) };
  }

  override lines(_name: string, { entries }: BiosTable<E>, scope: Scope, indent: string): string[] {
    return entries.flatMap((entry, index) => this.entry.lines(`entries[${index}]`, entry, scope, indent));
  }

  sample(pick: Picker, scope: Scope): unknown {
    const entries = Array.from({ length: pick.integer(1, 4) }, () => this.entry.sample(pick, scope));
    return { entries };
  }
}

export const biosStringTable = new BiosTableCodec<StringEntry, StringEntryInput>('BIOS string table', stringEntry);
export const biosAttributeTable = new BiosTableCodec<AttributeEntry, AttributeEntryInput>(
  'BIOS attribute table',
  attributeEntry,
);
/** Of current and of pending values. */
export const biosValueTable = new BiosTableCodec<AttributeValue, AttributeValueInput>(
  'BIOS attribute value table',
  attributeValueEntry,
);

/** By tableType. */
export const BIOS_TABLE_CODECS = {
  [BIOS_TABLE.string]: biosStringTable,
  [BIOS_TABLE.attribute]: biosAttributeTable,
  [BIOS_TABLE.value]: biosValueTable,
  [BIOS_TABLE.pendingValue]: biosValueTable,
} as const;

/** @throws CodecError */
export function decodeStringTable(table: Uint8Array): StringEntry[] {
  return decode(biosStringTable, table, { what: biosStringTable.type }).entries;
}

/** @throws CodecError */
export function decodeAttributeTable(table: Uint8Array): AttributeEntry[] {
  return decode(biosAttributeTable, table, { what: biosAttributeTable.type }).entries;
}

/** @throws CodecError */
export function decodeValueTable(table: Uint8Array): AttributeValue[] {
  return decode(biosValueTable, table, { what: biosValueTable.type }).entries;
}

/** One value entry, as the value commands carry it. @throws CodecError */
export function decodeAttributeValue(attributeData: Uint8Array): AttributeValue {
  return decode(attributeValueEntry, attributeData, { what: 'attribute value' }) as AttributeValue;
}

/** @throws MctpError EINVAL */
export function encodeAttributeValue(value: AttributeValueInput): Uint8Array {
  return encode(attributeValueEntry, value, 'attribute value');
}

/** What is wrong with an attribute's bounds and default; undefined when nothing is. */
export function attributeFault(attribute: AttributeEntry): string | undefined {
  switch (baseType(attribute.attributeType)) {
    case ATTRIBUTE_TYPE.enumeration:
      return undefined;
    case ATTRIBUTE_TYPE.integer:
      return integerFault(attribute as IntegerAttribute, (attribute as IntegerAttribute).defaultValue);
    default: {
      const { minimumStringLength: min, maximumStringLength: max, defaultString } = attribute as StringAttribute;
      if (min > max) return `minimum length ${min} is above the maximum ${max}`;
      return lengthFault(defaultString.length, min, max);
    }
  }
}

export function integerFault(attribute: IntegerAttribute, value: bigint): string | undefined {
  const { lowerBound, upperBound, scalarIncrement } = attribute;
  if (lowerBound > upperBound) return `lower bound ${lowerBound} is above the upper bound ${upperBound}`;
  if ((scalarIncrement === 0) !== (lowerBound === upperBound)) {
    return `an increment of ${scalarIncrement} does not fit bounds ${lowerBound} to ${upperBound}`;
  }
  if (value < lowerBound || value > upperBound) return `${value} is not ${lowerBound} to ${upperBound}`;
  if (scalarIncrement !== 0 && (value - lowerBound) % BigInt(scalarIncrement) !== 0n) {
    return `${value} is not a whole number of steps of ${scalarIncrement} above ${lowerBound}`;
  }
  return undefined;
}

export function lengthFault(length: number, min: number, max: number): string | undefined {
  return length < min || length > max ? `${length} bytes are not ${min} to ${max}` : undefined;
}
