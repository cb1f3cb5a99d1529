/** BIOS tables that a requester brings: what has to hold before they take the place of ours (DSP0247 §6). */

import {
  ATTRIBUTE_TYPE,
  type AttributeEntry,
  type AttributeValue,
  baseType,
  type EnumerationAttribute,
  type EnumerationValue,
  type IntegerAttribute,
  type IntegerValue,
  type StringAttribute,
  type StringEntry,
  type StringValue,
} from '../bios/entries.js';
import {
  attributeFault,
  decodeAttributeTable,
  decodeStringTable,
  decodeValueTable,
  integerFault,
  lengthFault,
} from '../bios/tables.js';

export type Attributes = ReadonlyMap<number, AttributeEntry>;

/** By handle. Undefined: two strings have one handle. @throws CodecError */
export function readStrings(table: Uint8Array): ReadonlyMap<number, StringEntry> | undefined {
  return byHandle(decodeStringTable(table), ({ stringHandle }) => stringHandle);
}

/** Undefined: they do not fit the strings or their own bounds. @throws CodecError */
export function readAttributes(table: Uint8Array, strings: ReadonlyMap<number, unknown>): Attributes | undefined {
  const attributes = byHandle(decodeAttributeTable(table), ({ attributeHandle }) => attributeHandle);
  const sound = attributes !== undefined && [...attributes.values()].every((entry) => isSound(entry, strings));
  return sound ? attributes : undefined;
}

/** Undefined: they are not values of these attributes. @throws CodecError */
export function readValues(table: Uint8Array, attributes: Attributes): Map<number, AttributeValue> | undefined {
  const values = byHandle(decodeValueTable(table), ({ attributeHandle }) => attributeHandle);
  const sound = values !== undefined && [...values.values()].every((value) => isValueOf(attributes, value));
  return sound ? values : undefined;
}

/** Is it a value that one of the attributes can have? */
export function isValueOf(attributes: Attributes, value: AttributeValue): boolean {
  const entry = attributes.get(value.attributeHandle);
  return entry !== undefined && value.attributeType === entry.attributeType && fits(entry, value);
}

function byHandle<T>(entries: readonly T[], handleOf: (entry: T) => number): Map<number, T> | undefined {
  const found = new Map(entries.map((entry) => [handleOf(entry), entry]));
  return found.size === entries.length ? found : undefined;
}

function isSound(entry: AttributeEntry, strings: ReadonlyMap<number, unknown>): boolean {
  if (!strings.has(entry.attributeNameHandle) || attributeFault(entry) !== undefined) return false;
  if (baseType(entry.attributeType) !== ATTRIBUTE_TYPE.enumeration) return true;
  const { possibleValuesStringHandles: possible, defaultValueStringHandleIndices: defaults } =
    entry as EnumerationAttribute;
  return possible.every((handle) => strings.has(handle)) && defaults.every((index) => index < possible.length);
}

function fits(entry: AttributeEntry, value: AttributeValue): boolean {
  switch (baseType(entry.attributeType)) {
    case ATTRIBUTE_TYPE.enumeration: {
      const { possibleValuesStringHandles } = entry as EnumerationAttribute;
      const { currentValueStringHandleIndices: indices } = value as EnumerationValue;
      return indices.length > 0 && indices.every((index) => index < possibleValuesStringHandles.length);
    }
    case ATTRIBUTE_TYPE.integer:
      return integerFault(entry as IntegerAttribute, (value as IntegerValue).currentValue) === undefined;
    default: {
      const { minimumStringLength, maximumStringLength } = entry as StringAttribute;
      const { length } = (value as StringValue).currentString;
      return lengthFault(length, minimumStringLength, maximumStringLength) === undefined;
    }
  }
}
