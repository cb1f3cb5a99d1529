/** BIOS tables served from a description: get, set, pending values, date and time (DSP0247). */

import { CodecError, encode } from '../../stack/codec/index.js';
import {
  BIOS_CODES,
  BIOS_TABLE,
  GetBIOSAttributeCurrentValueByHandle,
  GetBIOSAttributePendingValueByHandle,
  GetBIOSTable,
  GetDateTime,
  SetBIOSAttributeCurrentValue,
  SetDateTime,
} from '../bios/commands.js';
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
  type StringValue,
} from '../bios/entries.js';
import {
  biosAttributeTable,
  biosStringTable,
  biosValueTable,
  decodeAttributeTable,
  decodeAttributeValue,
  decodeValueTable,
  encodeAttributeValue,
  integerFault,
  lengthFault,
} from '../bios/tables.js';
import type { BiosDescription } from './description.js';
import { partFields } from './fru.js';
import { fail, type HandlerRegistry, type HandlerResult } from './handlers.js';
import { Assembly, type PartRequest, partOf } from './parts.js';

const INVALID_DATA = 0x02;
const MAX_VALUE_BYTES = 65_535 + 16;

export class BiosResponder {
  readonly #strings: Uint8Array;
  readonly #attributeTable: Uint8Array;
  readonly #attributes: ReadonlyMap<number, AttributeEntry>;
  readonly #values: Map<number, AttributeValue>;
  readonly #pending = new Map<number, AttributeValue>();

  constructor(
    handlers: HandlerRegistry,
    readonly description: BiosDescription,
    readonly partSize: number,
  ) {
    this.#strings = encode(biosStringTable, { entries: description.strings });
    this.#attributeTable = encode(biosAttributeTable, { entries: description.attributes });
    const entries = description.attributes.length === 0 ? [] : decodeAttributeTable(this.#attributeTable);
    this.#attributes = new Map(entries.map((entry) => [entry.attributeHandle, entry]));
    const values =
      description.values.length === 0 ? [] : decodeValueTable(encode(biosValueTable, { entries: description.values }));
    this.#values = new Map(values.map((value) => [value.attributeHandle, value]));

    handlers.on(GetBIOSTable, (request) => {
      const table = this.#table(request.tableType);
      if (typeof table === 'number') return fail(table);
      const part = partOf(table, request, partSize);
      return typeof part === 'string' ? fail(partFault(part)) : { ...partFields(part), tableData: part.data };
    });
    handlers.on(GetBIOSAttributeCurrentValueByHandle, (request) => this.#value(this.#values, request));
    handlers.on(GetBIOSAttributePendingValueByHandle, (request) => this.#value(this.#pending, request));
    const assembly = new Assembly(MAX_VALUE_BYTES);
    handlers.on(SetBIOSAttributeCurrentValue, ({ dataTransferHandle, transferFlag, attributeData: data }, context) => {
      const result = assembly.add(context.peerKey, { dataTransferHandle, transferFlag, data });
      if (typeof result === 'number') return { nextDataTransferHandle: result };
      if (result === 'handle') return fail(BIOS_CODES.INVALID_DATA_TRANSFER_HANDLE);
      if (result === 'flag') return fail(BIOS_CODES.INVALID_TRANSFER_FLAG);
      if (result === 'size') return fail(INVALID_DATA);
      const refused = this.#set(result);
      return refused === undefined ? { nextDataTransferHandle: 0 } : fail(refused);
    });
    this.#serveDateTime(handlers);
  }

  /** By attribute handle. */
  get values(): ReadonlyMap<number, AttributeValue> {
    return this.#values;
  }

  get pending(): ReadonlyMap<number, AttributeValue> {
    return this.#pending;
  }

  /** The next boot: what was pending holds. */
  applyPending(): void {
    for (const [handle, value] of this.#pending) {
      this.#values.set(handle, value);
      this.description.onChange?.(value);
    }
    this.#pending.clear();
  }

  #table(tableType: number): Uint8Array | number {
    switch (tableType) {
      case BIOS_TABLE.string:
        return this.description.strings.length === 0 ? BIOS_CODES.BIOS_TABLE_UNAVAILABLE : this.#strings;
      case BIOS_TABLE.attribute:
        return this.#attributes.size === 0 ? BIOS_CODES.BIOS_TABLE_UNAVAILABLE : this.#attributeTable;
      case BIOS_TABLE.value:
        return valueTable(this.#values);
      case BIOS_TABLE.pendingValue:
        return valueTable(this.#pending);
      default:
        return BIOS_CODES.INVALID_BIOS_TABLE_TYPE;
    }
  }

  #value(
    values: ReadonlyMap<number, AttributeValue>,
    request: PartRequest & { readonly attributeHandle: number },
  ): HandlerResult<typeof GetBIOSAttributeCurrentValueByHandle> {
    const value = values.get(request.attributeHandle);
    if (value === undefined) return fail(BIOS_CODES.INVALID_BIOS_ATTR_HANDLE);
    const part = partOf(encodeAttributeValue(hidden(value)), request, this.partSize);
    return typeof part === 'string' ? fail(partFault(part)) : { ...partFields(part), attributeData: part.data };
  }

  #set(data: Uint8Array): number | undefined {
    let value: AttributeValue;
    try {
      value = decodeAttributeValue(data);
    } catch (error) {
      if (error instanceof CodecError) return INVALID_DATA;
      throw error;
    }
    const entry = this.#attributes.get(value.attributeHandle);
    if (entry === undefined) return BIOS_CODES.INVALID_BIOS_ATTR_HANDLE;
    if (value.attributeType !== entry.attributeType || isReadOnly(entry.attributeType) || !fits(entry, value)) {
      return INVALID_DATA;
    }
    if (this.description.stagesChanges === true) {
      this.#pending.set(value.attributeHandle, value);
    } else {
      this.#values.set(value.attributeHandle, value);
      this.description.onChange?.(value);
    }
    return undefined;
  }

  #serveDateTime(handlers: HandlerRegistry): void {
    const { dateTime } = this.description;
    if (dateTime === undefined) return;
    handlers.on(GetDateTime, () => dateTime.read());
    const { write } = dateTime;
    if (write === undefined) return;
    // Impossible dates do not decode: the answer to them is ERROR_INVALID_DATA.
    handlers.on(SetDateTime, (value) => {
      write(value);
      return {};
    });
  }
}

/** Passwords are never given back. */
function hidden(value: AttributeValue): AttributeValue {
  if (baseType(value.attributeType) !== ATTRIBUTE_TYPE.password) return value;
  return { ...(value as StringValue), currentStringLength: 0, currentString: '' };
}

function valueTable(values: ReadonlyMap<number, AttributeValue>): Uint8Array | number {
  if (values.size === 0) return BIOS_CODES.BIOS_TABLE_UNAVAILABLE;
  return encode(biosValueTable, { entries: [...values.values()].map(hidden) });
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

function partFault(part: 'handle' | 'operation'): number {
  return part === 'handle' ? BIOS_CODES.INVALID_DATA_TRANSFER_HANDLE : BIOS_CODES.INVALID_TRANSFER_OPERATION_FLAG;
}
