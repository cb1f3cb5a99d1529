/** BIOS attributes by name: read, set, pending values; tables; date and time (DSP0247). */

import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import { collectParts, isLastPart, sendParts } from '../base/collect-parts.js';
import type { Terminus } from '../terminus/terminus.js';
import {
  BIOS_CODES,
  BIOS_TABLE,
  type DateTime,
  GetBIOSAttributeCurrentValueByHandle,
  GetBIOSTable,
  GetDateTime,
  SetBIOSAttributeCurrentValue,
  SetBIOSTable,
  SetDateTime,
} from './bios-commands.js';
import {
  decodeAttributeTable,
  decodeAttributeValue,
  decodeStringTable,
  decodeValueTable,
  encodeAttributeValue,
  integerFault,
  lengthFault,
} from './bios-tables.js';
import { entryText, textEntry } from './bios-text.js';
import {
  ATTRIBUTE_TYPE,
  type AttributeEntry,
  type AttributeValue,
  type AttributeValueInput,
  baseType,
  type EnumerationAttribute,
  type EnumerationValue,
  type IntegerAttribute,
  type IntegerValue,
  isReadOnly,
  type StringAttribute,
  type StringValue,
} from './table-entries.js';

const MAX_TABLE_BYTES = 1024 * 1024;
/** A device that changes everything at once need not know of pending values at all. */
const NO_SUCH_TABLE = [BIOS_CODES.BIOS_TABLE_UNAVAILABLE, BIOS_CODES.INVALID_BIOS_TABLE_TYPE];

/** Enumerations: names of the values (several where the attribute holds several). Integers: bigint. Others: text. */
export type BiosValue = string | bigint | readonly string[];

export interface BiosAttribute {
  readonly name: string;
  readonly handle: number;
  readonly kind: 'enumeration' | 'string' | 'password' | 'integer';
  readonly readOnly: boolean;
  /** Undefined for passwords, and where the value table has none. */
  readonly value: BiosValue | undefined;
  /** Set and waiting for the next boot. */
  readonly pending: BiosValue | undefined;
  readonly defaultValue: BiosValue | undefined;
  /** Of enumerations. */
  readonly possibleValues: readonly string[];
  readonly entry: AttributeEntry;
}

/**
 *     const bios = new BiosAttributes(terminus);
 *     await bios.download();
 *     await bios.set('FanMode', 'Quiet');
 */
export class BiosAttributes {
  #attributes = new Map<string, BiosAttribute>();
  #strings = new Map<number, string>();

  constructor(readonly terminus: Terminus) {}

  /** By name; empty before the first download. */
  get attributes(): ReadonlyMap<string, BiosAttribute> {
    return this.#attributes;
  }

  /** The four tables. @throws CodecError for damaged ones, CompletionCodeError, MctpError */
  async download(options: CallOptions = {}): Promise<void> {
    const strings = decodeStringTable(await this.table(BIOS_TABLE.string, options));
    const entries = decodeAttributeTable(await this.table(BIOS_TABLE.attribute, options));
    const values = await this.#values(BIOS_TABLE.value, options);
    const pending = await this.#values(BIOS_TABLE.pendingValue, options, NO_SUCH_TABLE);
    this.#strings = new Map(strings.map(({ stringHandle, string }) => [stringHandle, string]));
    const attributes = new Map<string, BiosAttribute>();
    for (const entry of entries) {
      const attribute = this.#attribute(entry, values.get(entry.attributeHandle), pending.get(entry.attributeHandle));
      attributes.set(attribute.name, attribute);
    }
    this.#attributes = attributes;
  }

  /** The current value of one attribute, asked for now. @throws MctpError ENOENT for an unknown name */
  async get(name: string, options: CallOptions = {}): Promise<BiosValue | undefined> {
    const { entry, handle } = this.#find(name);
    const data = await collectParts({
      what: `${this.terminus.name}: BIOS attribute ${name}`,
      maxBytes: MAX_TABLE_BYTES,
      load: async (request) => {
        const fields = { ...request, attributeHandle: handle };
        const part = await this.terminus.call(GetBIOSAttributeCurrentValueByHandle, fields, options);
        const { attributeData, nextDataTransferHandle } = part;
        return { data: attributeData, nextHandle: nextDataTransferHandle, last: isLastPart(part.transferFlag) };
      },
    });
    return this.#value(entry, decodeAttributeValue(data));
  }

  /** @throws MctpError EINVAL for values the attribute cannot have, EACCES for read-only ones, ENOENT */
  async set(name: string, value: BiosValue | number, options: CallOptions = {}): Promise<void> {
    const attribute = this.#find(name);
    if (attribute.readOnly) throw new MctpError('EACCES', `the BIOS attribute ${name} is read-only`);
    const attributeData = encodeAttributeValue(this.#input(attribute, value));
    await this.terminus.call(
      SetBIOSAttributeCurrentValue,
      { dataTransferHandle: 0, transferFlag: 'startAndEnd', attributeData },
      options,
    );
  }

  /** A whole table as it is: entries, pad, checksum. */
  table(tableType: number, options: CallOptions = {}): Promise<Uint8Array> {
    return collectParts({
      what: `${this.terminus.name}: BIOS table ${tableType}`,
      maxBytes: MAX_TABLE_BYTES,
      load: async (request) => {
        const part = await this.terminus.call(GetBIOSTable, { ...request, tableType }, options);
        const { tableData: data, nextDataTransferHandle: nextHandle } = part;
        return { data, nextHandle, last: isLastPart(part.transferFlag) };
      },
    });
  }

  /** Replace a table. Order: string, attribute, value. */
  async writeTable(tableType: number, table: Uint8Array, options: CallOptions & { readonly partSize?: number } = {}) {
    const { partSize = 1024, ...call } = options;
    await sendParts(table, partSize, async ({ data: tableData, ...part }) => {
      const response = await this.terminus.call(SetBIOSTable, { ...part, tableType, tableData }, call);
      return response.nextDataTransferHandle;
    });
  }

  /** `none`: what says that there are no values, be it that none is set or that none is pending. */
  async #values(
    tableType: number,
    options: CallOptions,
    none: readonly number[] = [BIOS_CODES.BIOS_TABLE_UNAVAILABLE],
  ): Promise<Map<number, AttributeValue>> {
    try {
      const values = decodeValueTable(await this.table(tableType, options));
      return new Map(values.map((value) => [value.attributeHandle, value]));
    } catch (error) {
      if (error instanceof CompletionCodeError && none.includes(error.completionCode)) return new Map();
      throw error;
    }
  }

  #find(name: string): BiosAttribute {
    const attribute = this.#attributes.get(name);
    if (attribute === undefined) throw new MctpError('ENOENT', `${this.terminus.name} has no BIOS attribute ${name}`);
    return attribute;
  }

  #string(handle: number): string {
    return this.#strings.get(handle) ?? `string ${handle}`;
  }

  #attribute(
    entry: AttributeEntry,
    value: AttributeValue | undefined,
    pending: AttributeValue | undefined,
  ): BiosAttribute {
    const kind = KINDS[baseType(entry.attributeType)] ?? 'string';
    return {
      name: this.#string(entry.attributeNameHandle),
      handle: entry.attributeHandle,
      kind,
      readOnly: isReadOnly(entry.attributeType),
      value: this.#value(entry, value),
      pending: this.#value(entry, pending),
      defaultValue: this.#defaultValue(entry),
      possibleValues: this.#possible(entry),
      entry,
    };
  }

  #possible(entry: AttributeEntry): string[] {
    const handles = (entry as EnumerationAttribute).possibleValuesStringHandles ?? [];
    return handles.map((handle) => this.#string(handle));
  }

  #defaultValue(entry: AttributeEntry): BiosValue | undefined {
    switch (baseType(entry.attributeType)) {
      case ATTRIBUTE_TYPE.enumeration:
        return this.#names(entry, (entry as EnumerationAttribute).defaultValueStringHandleIndices);
      case ATTRIBUTE_TYPE.integer:
        return (entry as IntegerAttribute).defaultValue;
      case ATTRIBUTE_TYPE.string:
        return entryText((entry as StringAttribute).stringType, (entry as StringAttribute).defaultString);
      default:
        return undefined;
    }
  }

  #value(entry: AttributeEntry, value: AttributeValue | undefined): BiosValue | undefined {
    // A value of another type than its attribute cannot be read.
    if (value === undefined || baseType(value.attributeType) !== baseType(entry.attributeType)) return undefined;
    switch (baseType(entry.attributeType)) {
      case ATTRIBUTE_TYPE.enumeration:
        return this.#names(entry, (value as EnumerationValue).currentValueStringHandleIndices);
      case ATTRIBUTE_TYPE.integer:
        return (value as IntegerValue).currentValue;
      case ATTRIBUTE_TYPE.string:
        return entryText((entry as StringAttribute).stringType, (value as StringValue).currentString);
      default:
        return undefined;
    }
  }

  #names(entry: AttributeEntry, indices: readonly number[]): BiosValue {
    const possible = this.#possible(entry);
    const names = indices.map((index) => possible[index] ?? `value ${index}`);
    return names.length === 1 ? names[0]! : names;
  }

  #input({ entry, name, kind, possibleValues }: BiosAttribute, value: BiosValue | number): AttributeValueInput {
    const { attributeHandle, attributeType } = entry;
    const wrong = (detail: string): never => {
      throw new MctpError('EINVAL', `BIOS attribute ${name}: ${detail}`);
    };
    if (kind === 'enumeration') {
      const names = Array.isArray(value) ? (value as readonly string[]) : [String(value)];
      const currentValueStringHandleIndices = names.map((wanted) => {
        const index = possibleValues.indexOf(wanted);
        return index >= 0 ? index : wrong(`"${wanted}" is none of ${possibleValues.join(', ')}`);
      });
      return { attributeHandle, attributeType, currentValueStringHandleIndices };
    }
    if (kind === 'integer') {
      if (typeof value !== 'bigint' && !/^\d+$/.test(String(value)))
        return wrong(`${String(value)} is not a whole number`);
      const currentValue = BigInt(value as bigint);
      const fault = integerFault(entry as IntegerAttribute, currentValue);
      return fault === undefined ? { attributeHandle, attributeType, currentValue } : wrong(fault);
    }
    const { stringType, minimumStringLength, maximumStringLength } = entry as StringAttribute;
    const currentString = textEntry(stringType, String(value));
    const fault = lengthFault(currentString.length, minimumStringLength, maximumStringLength);
    return fault === undefined ? { attributeHandle, attributeType, currentString } : wrong(fault);
  }
}

const KINDS: Readonly<Record<number, BiosAttribute['kind']>> = {
  [ATTRIBUTE_TYPE.enumeration]: 'enumeration',
  [ATTRIBUTE_TYPE.string]: 'string',
  [ATTRIBUTE_TYPE.password]: 'password',
  [ATTRIBUTE_TYPE.integer]: 'integer',
};

export async function readDateTime(terminus: Terminus, options?: CallOptions): Promise<DateTime> {
  const { completionCode: _, ...dateTime } = await terminus.call(GetDateTime, {}, options);
  return dateTime;
}

/** @throws MctpError EINVAL for a date that does not exist */
export async function setDateTime(terminus: Terminus, dateTime: DateTime, options?: CallOptions): Promise<void> {
  await terminus.call(SetDateTime, dateTime, options);
}
