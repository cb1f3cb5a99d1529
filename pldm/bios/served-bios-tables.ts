/** The BIOS tables of a responder: given out, changed value by value, and replaced as a whole (DSP0247 §6). */

import { CodecError, encode } from '../../stack/codec/index.js';
import { COMPLETION } from '../base/pldm-completion-codes.js';
import { endsInCrc } from '../base/table-trailer.js';
import type { BiosDescription } from '../terminus/terminus-description.js';
import { BIOS_CODES, BIOS_TABLE } from './bios-commands.js';
import {
  attributeFault,
  biosAttributeTable,
  biosStringTable,
  biosValueTable,
  decodeAttributeTable,
  decodeAttributeValue,
  decodeStringTable,
  decodeValueTable,
  integerFault,
  lengthFault,
} from './bios-tables.js';
import {
  ATTRIBUTE_TYPE,
  type AttributeEntry,
  type AttributeValue,
  baseType,
  type EnumerationAttribute,
  type EnumerationValue,
  type IntegerAttribute,
  type IntegerValue,
  isReadOnly,
  type StringAttribute,
  type StringEntry,
  type StringValue,
} from './table-entries.js';

const INVALID_DATA = COMPLETION.ERROR_INVALID_DATA;

export class BiosTables {
  #strings: ReadonlyMap<number, StringEntry>;
  #attributes: ReadonlyMap<number, AttributeEntry>;
  /** By attribute handle. */
  readonly values: Map<number, AttributeValue>;
  readonly pending: Map<number, AttributeValue>;

  /** @throws MctpError EINVAL for entries that cannot be encoded */
  constructor({ strings, attributes, values, pending = [] }: BiosDescription) {
    // Through the bytes and back: what is kept is what a requester reads.
    const table = <T>(entries: readonly unknown[], make: () => Uint8Array, read: (table: Uint8Array) => T[]): T[] =>
      entries.length === 0 ? [] : read(make());
    const stringTable = table(strings, () => encode(biosStringTable, { entries: strings }), decodeStringTable);
    const entries = table(attributes, () => encode(biosAttributeTable, { entries: attributes }), decodeAttributeTable);
    const current = table(values, () => encode(biosValueTable, { entries: values }), decodeValueTable);
    const waiting = table(pending, () => encode(biosValueTable, { entries: pending }), decodeValueTable);
    this.#strings = byHandle(stringTable, stringHandle);
    this.#attributes = byHandle(entries, attributeHandle);
    this.values = byHandle(current, attributeHandle);
    this.pending = byHandle(waiting, attributeHandle);
  }

  /** A whole table, or the completion code of why there is none. */
  table(tableType: number): Uint8Array | number {
    switch (tableType) {
      case BIOS_TABLE.string:
        return this.#strings.size === 0
          ? BIOS_CODES.BIOS_TABLE_UNAVAILABLE
          : encode(biosStringTable, { entries: [...this.#strings.values()] });
      case BIOS_TABLE.attribute:
        return this.#attributes.size === 0
          ? BIOS_CODES.BIOS_TABLE_UNAVAILABLE
          : encode(biosAttributeTable, { entries: [...this.#attributes.values()] });
      case BIOS_TABLE.value:
        return valueTable(this.values);
      case BIOS_TABLE.pendingValue:
        return valueTable(this.pending);
      default:
        return BIOS_CODES.INVALID_BIOS_TABLE_TYPE;
    }
  }

  /** The value in a Set request, or the completion code of why it cannot be. */
  checkedValue(attributeData: Uint8Array): AttributeValue | number {
    const value = orInvalid(() => decodeAttributeValue(attributeData));
    if (value === undefined) return INVALID_DATA;
    const entry = this.#attributes.get(value.attributeHandle);
    if (entry === undefined) return BIOS_CODES.INVALID_BIOS_ATTR_HANDLE;
    return isReadOnly(entry.attributeType) || !fits(entry, value) ? INVALID_DATA : value;
  }

  /**
   * Take a whole table in the place of the one there is; undefined, or the completion code of why not. What no longer
   * fits goes with it: attributes whose strings are gone, values whose attributes are gone.
   */
  replace(tableType: number, table: Uint8Array): number | undefined {
    if (tableType > BIOS_TABLE.value) return BIOS_CODES.INVALID_BIOS_TABLE_TYPE;
    if (!endsInCrc(table, 0, table.length)) return BIOS_CODES.INVALID_BIOS_TABLE_DATA_INTEGRITY_CHECK;
    if (tableType === BIOS_TABLE.string) return this.#replaceStrings(table);
    return tableType === BIOS_TABLE.attribute ? this.#replaceAttributes(table) : this.#replaceValues(table);
  }

  #replaceStrings(table: Uint8Array): number | undefined {
    const entries = orInvalid(() => decodeStringTable(table));
    if (entries === undefined) return INVALID_DATA;
    const strings = byHandle(entries, stringHandle);
    if (strings.size !== entries.length) return INVALID_DATA;
    this.#strings = strings;
    this.#setAttributes([...this.#attributes.values()].filter((entry) => this.#isWhole(entry)));
    return undefined;
  }

  #replaceAttributes(table: Uint8Array): number | undefined {
    const entries = orInvalid(() => decodeAttributeTable(table));
    const legal = entries?.every((entry) => this.#isWhole(entry) && attributeFault(entry) === undefined) ?? false;
    if (!legal || byHandle(entries!, attributeHandle).size !== entries!.length) return INVALID_DATA;
    this.#setAttributes(entries!);
    return undefined;
  }

  #setAttributes(entries: readonly AttributeEntry[]): void {
    this.#attributes = byHandle(entries, attributeHandle);
    for (const values of [this.values, this.pending]) {
      for (const [handle, value] of values) {
        const entry = this.#attributes.get(handle);
        if (entry === undefined || !fits(entry, value)) values.delete(handle);
      }
    }
  }

  #replaceValues(table: Uint8Array): number | undefined {
    const entries = orInvalid(() => decodeValueTable(table));
    if (entries === undefined) return INVALID_DATA;
    const values = byHandle(entries, attributeHandle);
    for (const value of entries) {
      const entry = this.#attributes.get(value.attributeHandle);
      if (entry === undefined) return BIOS_CODES.INVALID_BIOS_ATTR_HANDLE;
      if (!fits(entry, value)) return INVALID_DATA;
    }
    if (values.size !== entries.length) return INVALID_DATA;
    this.values.clear();
    this.pending.clear();
    for (const [handle, value] of values) this.values.set(handle, value);
    return undefined;
  }

  /** All its strings are there. */
  #isWhole(entry: AttributeEntry): boolean {
    const { possibleValuesStringHandles: possible = [], defaultValueStringHandleIndices: defaults = [] } =
      entry as Partial<EnumerationAttribute>;
    return (
      [entry.attributeNameHandle, ...possible].every((handle) => this.#strings.has(handle)) &&
      defaults.every((index) => index < possible.length)
    );
  }
}

/** As a requester may see it: passwords are never given back. */
export function shownValue(value: AttributeValue): AttributeValue {
  if (baseType(value.attributeType) !== ATTRIBUTE_TYPE.password) return value;
  return { ...(value as StringValue), currentStringLength: 0, currentString: '' };
}

const stringHandle = (entry: StringEntry): number => entry.stringHandle;
const attributeHandle = (entry: { readonly attributeHandle: number }): number => entry.attributeHandle;

function byHandle<T>(entries: readonly T[], handleOf: (entry: T) => number): Map<number, T> {
  return new Map(entries.map((entry) => [handleOf(entry), entry]));
}

function orInvalid<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

function valueTable(values: ReadonlyMap<number, AttributeValue>): Uint8Array | number {
  if (values.size === 0) return BIOS_CODES.BIOS_TABLE_UNAVAILABLE;
  return encode(biosValueTable, { entries: [...values.values()].map(shownValue) });
}

function fits(entry: AttributeEntry, value: AttributeValue): boolean {
  if (value.attributeType !== entry.attributeType) return false;
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
