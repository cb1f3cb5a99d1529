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
  SetBIOSTable,
  SetDateTime,
} from '../bios/commands.js';
import {
  ATTRIBUTE_TYPE,
  type AttributeValue,
  type AttributeValueInput,
  baseType,
  isReadOnly,
  type StringValue,
} from '../bios/entries.js';
import {
  biosAttributeTable,
  biosStringTable,
  biosValueTable,
  decodeAttributeTable,
  decodeAttributeValue,
  decodeStringTable,
  decodeValueTable,
  encodeAttributeValue,
} from '../bios/tables.js';
import { endsInCrc } from '../trailer.js';
import { type Attributes, isValueOf, readAttributes, readStrings, readValues } from './bios-replace.js';
import type { BiosDescription } from './description.js';
import { partFields } from './fru.js';
import { fail, type HandlerRegistry, type HandlerResult } from './handlers.js';
import { Assembly, type PartRequest, partOf } from './parts.js';

const INVALID_DATA = 0x02;
const MAX_VALUE_BYTES = 65_535 + 16;

export class BiosResponder {
  #strings: Uint8Array | undefined;
  #stringHandles: ReadonlyMap<number, unknown> = new Map();
  #attributeTable: Uint8Array | undefined;
  #attributes: Attributes = new Map();
  #values = new Map<number, AttributeValue>();
  #pending = new Map<number, AttributeValue>();

  constructor(
    handlers: HandlerRegistry,
    readonly description: BiosDescription,
    readonly partSize: number,
  ) {
    this.#describe(description);
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
      if (typeof result === 'string') return fail(ASSEMBLY_CODES[result]);
      const refused = this.#set(result);
      return refused === undefined ? { nextDataTransferHandle: 0 } : fail(refused);
    });
    this.#serveSetTable(handlers, description.tableMaximumSize ?? 0);
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

  #describe({ strings, attributes, values, pending = [] }: BiosDescription): void {
    if (strings.length > 0) {
      this.#strings = encode(biosStringTable, { entries: strings });
      this.#stringHandles = new Map(decodeStringTable(this.#strings).map((entry) => [entry.stringHandle, entry]));
    }
    if (attributes.length > 0) {
      this.#attributeTable = encode(biosAttributeTable, { entries: attributes });
      const entries = decodeAttributeTable(this.#attributeTable);
      this.#attributes = new Map(entries.map((entry) => [entry.attributeHandle, entry]));
    }
    this.#values = described(values);
    this.#pending = described(pending);
  }

  #table(tableType: number): Uint8Array | number {
    switch (tableType) {
      case BIOS_TABLE.string:
        return this.#strings ?? BIOS_CODES.BIOS_TABLE_UNAVAILABLE;
      case BIOS_TABLE.attribute:
        return this.#attributeTable ?? BIOS_CODES.BIOS_TABLE_UNAVAILABLE;
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
    if (!this.#attributes.has(value.attributeHandle)) return BIOS_CODES.INVALID_BIOS_ATTR_HANDLE;
    if (!this.#isSettable(value)) return INVALID_DATA;
    this.#change(value);
    return undefined;
  }

  #isSettable(value: AttributeValue): boolean {
    return !isReadOnly(value.attributeType) && isValueOf(this.#attributes, value);
  }

  #change(value: AttributeValue): void {
    if (this.description.stagesChanges === true) {
      this.#pending.set(value.attributeHandle, value);
    } else {
      this.#pending.delete(value.attributeHandle);
      this.#values.set(value.attributeHandle, value);
      this.description.onChange?.(value);
    }
  }

  #serveSetTable(handlers: HandlerRegistry, maxBytes: number): void {
    if (maxBytes === 0) return;
    const assembly = new Assembly(maxBytes);
    handlers.on(SetBIOSTable, ({ dataTransferHandle, transferFlag, tableType, tableData: data }, context) => {
      if (tableType > BIOS_TABLE.pendingValue) return fail(BIOS_CODES.INVALID_BIOS_TABLE_TYPE);
      // A part of another table continues nothing.
      const owner = `${context.peerKey} ${tableType}`;
      const result = assembly.add(owner, { dataTransferHandle, transferFlag, data });
      if (typeof result === 'number') return { nextDataTransferHandle: result };
      if (typeof result === 'string') return fail(ASSEMBLY_CODES[result]);
      if (!endsInCrc(result, 0, result.length)) return fail(BIOS_CODES.INVALID_BIOS_TABLE_DATA_INTEGRITY_CHECK);
      try {
        if (!this.#replace(tableType, result)) return fail(INVALID_DATA);
      } catch (error) {
        if (error instanceof CodecError) return fail(INVALID_DATA);
        throw error;
      }
      this.description.onTable?.(tableType, result);
      return { nextDataTransferHandle: 0 };
    });
  }

  /** False, and nothing is changed, when it does not fit the tables it stands on. What stood on the old one goes. */
  #replace(tableType: number, table: Uint8Array): boolean {
    switch (tableType) {
      case BIOS_TABLE.string: {
        const strings = readStrings(table);
        if (strings === undefined) return false;
        this.#strings = table;
        this.#stringHandles = strings;
        this.#attributeTable = undefined;
        this.#setAttributes(new Map());
        return true;
      }
      case BIOS_TABLE.attribute: {
        const attributes = readAttributes(table, this.#stringHandles);
        if (attributes === undefined) return false;
        this.#attributeTable = table;
        this.#setAttributes(attributes);
        return true;
      }
      case BIOS_TABLE.value: {
        const values = readValues(table, this.#attributes);
        if (values === undefined) return false;
        this.#values = values;
        this.#pending.clear();
        for (const value of values.values()) this.description.onChange?.(value);
        return true;
      }
      default: {
        const values = readValues(table, this.#attributes);
        if (values === undefined || [...values.values()].some((value) => !this.#isSettable(value))) return false;
        this.#pending.clear();
        for (const value of values.values()) this.#change(value);
        return true;
      }
    }
  }

  #setAttributes(attributes: Attributes): void {
    this.#attributes = attributes;
    this.#values = new Map();
    this.#pending.clear();
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

/** What is said of parts that do not fit together. */
const ASSEMBLY_CODES = {
  handle: BIOS_CODES.INVALID_DATA_TRANSFER_HANDLE,
  flag: BIOS_CODES.INVALID_TRANSFER_FLAG,
  size: INVALID_DATA,
} as const;

function described(values: readonly AttributeValueInput[]): Map<number, AttributeValue> {
  if (values.length === 0) return new Map();
  const entries = decodeValueTable(encode(biosValueTable, { entries: values }));
  return new Map(entries.map((value) => [value.attributeHandle, value]));
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

function partFault(part: 'handle' | 'operation'): number {
  return part === 'handle' ? BIOS_CODES.INVALID_DATA_TRANSFER_HANDLE : BIOS_CODES.INVALID_TRANSFER_OPERATION_FLAG;
}
