/** Fields of FRU records by name, as text and numbers (DSP0257 §7.4, §7.5). */

import { decode, type Encoding, encode, hex, le, REST, string, timestampText, toHex } from '../../stack/codec/index.js';
import { encodingOfStringType, withoutByteOrderMark } from '../base/shared-fields.js';
import { FRU_RECORD_TYPE } from './fru-commands.js';
import { FRU_ENCODING, type FruField, type FruRecord, type FruRecordInput } from './fru-table.js';

/** Types of the fields of a general record. */
export const FRU_FIELD = {
  chassisType: 1,
  model: 2,
  partNumber: 3,
  serialNumber: 4,
  manufacturer: 5,
  manufactureDate: 6,
  vendor: 7,
  name: 8,
  sku: 9,
  version: 10,
  assetTag: 11,
  description: 12,
  engineeringChangeLevel: 13,
  otherInformation: 14,
  vendorIana: 15,
} as const;
export type FruFieldName = keyof typeof FRU_FIELD;

const NAMES = new Map<number, FruFieldName>(
  Object.entries(FRU_FIELD).map(([name, type]) => [type, name as FruFieldName]),
);
const MANUFACTURE_DATE_SIZE = 13;
const dateHex = hex(MANUFACTURE_DATE_SIZE);

/** One field for people. */
export interface FruValue {
  /** "serialNumber"; "field 7" in OEM records; undefined types are "field 99". */
  readonly name: string;
  readonly type: number;
  /** Text, a date, a number as text, or hex when it is none of them. */
  readonly text: string;
  readonly value: Uint8Array;
}

/** A field of a record with its name and text. Never throws. */
export function fruValue(record: FruRecord, field: FruField): FruValue {
  const { type, value } = field;
  return { name: fieldName(record.recordType, type), type, text: fieldText(record, field), value };
}

function fieldName(recordType: number, type: number): string {
  if (recordType === FRU_RECORD_TYPE.oem && type === 1) return 'vendorIana';
  const name = recordType === FRU_RECORD_TYPE.general ? NAMES.get(type) : undefined;
  return name ?? `field ${type}`;
}

function fieldText(record: FruRecord, { type, value }: FruField): string {
  const general = record.recordType === FRU_RECORD_TYPE.general;
  const iana = general ? type === FRU_FIELD.vendorIana : record.recordType === FRU_RECORD_TYPE.oem && type === 1;
  if (iana) return value.length === 4 ? String(decode(le.u32, value)) : toHex(value);
  if (general && type === FRU_FIELD.manufactureDate) {
    return value.length === MANUFACTURE_DATE_SIZE ? timestampText(decode(dateHex, value)) : toHex(value);
  }
  if (!general && !isText(value)) return toHex(value);
  return withoutByteOrderMark(decode(string(encodingOfRecord(record.encodingType), REST), value));
}

function encodingOfRecord(encodingType: number): Encoding {
  return encodingType === FRU_ENCODING.unspecified ? 'utf8' : encodingOfStringType(encodingType);
}

function isText(value: Uint8Array): boolean {
  return value.every((byte) => byte >= 0x20 && byte < 0x7f);
}

/** One value per field of general records, by name; what repeats is joined by "; ". */
export type FruFields = Readonly<Partial<Record<FruFieldName, string>>>;

/** The named fields of one record set: all its general records together. */
export function generalFields(records: readonly FruRecord[], recordSetIdentifier: number): FruFields {
  const fields: Partial<Record<FruFieldName, string>> = {};
  for (const record of records) {
    if (record.recordSetIdentifier !== recordSetIdentifier || record.recordType !== FRU_RECORD_TYPE.general) continue;
    for (const field of record.fields) {
      const name = NAMES.get(field.type);
      if (name === undefined) continue;
      const text = fieldText(record, field);
      fields[name] = fields[name] === undefined ? text : `${fields[name]}; ${text}`;
    }
  }
  return fields;
}

/**
 * A general record from named fields: strings in UTF-8, vendorIana as a decimal number, manufactureDate as the hex of
 * its timestamp104.
 * @throws MctpError EINVAL
 */
export function generalRecord(recordSetIdentifier: number, fields: FruFields): FruRecordInput {
  return {
    recordSetIdentifier,
    recordType: FRU_RECORD_TYPE.general,
    encodingType: FRU_ENCODING.utf8,
    fields: (Object.entries(fields) as [FruFieldName, string][]).map(([name, text]) => ({
      type: FRU_FIELD[name],
      value: fieldBytes(name, text),
    })),
  };
}

function fieldBytes(name: FruFieldName, text: string): Uint8Array {
  if (name === 'vendorIana') return encode(le.u32, Number(text), name);
  if (name === 'manufactureDate') return encode(dateHex, text, name);
  return encode(string('utf8', REST), text, name);
}
