/** FRU records and BIOS attributes as lines. Pure. */

import type { DateTime } from '../../pldm/bios/bios-commands.js';
import type { BiosAttribute, BiosValue } from '../../pldm/bios/bios-requester.js';
import { fruValue } from '../../pldm/fru/fru-fields.js';
import type { FruRecord } from '../../pldm/fru/fru-table.js';
import { toHex } from '../../stack/codec/index.js';
import { printable } from '../command-error.js';
import type { AttributeDocument, FruRecordDocument } from '../schema/pldm-documents.js';
import type { Colours } from './colours.js';
import { tableLines } from './columns.js';

const RECORD_TYPES: Readonly<Record<number, string>> = { 1: 'general', 254: 'OEM' };

export function fruLines(records: readonly FruRecord[], colours: Colours): string[] {
  return records.flatMap((record) => {
    const { title, rows } = fruSetRows(record);
    return [colours.strong(title), ...tableLines(rows).map((line) => `  ${line}`)];
  });
}

/** "record set 1, general", and names with values. */
export function fruSetRows(record: FruRecord): { readonly title: string; readonly rows: [string, string][] } {
  const { recordSetIdentifier, recordType } = record;
  const kind = RECORD_TYPES[recordType] ?? `type ${recordType}`;
  const rows = record.fields.map((field): [string, string] => {
    const { name, text } = fruValue(record, field);
    return [spaced(name), printable(text)];
  });
  return { title: `record set ${recordSetIdentifier}, ${kind}`, rows };
}

export function fruJson(records: readonly FruRecord[]): FruRecordDocument[] {
  return records.map((record) => ({
    recordSetIdentifier: record.recordSetIdentifier,
    recordType: record.recordType,
    encodingType: record.encodingType,
    fields: record.fields.map((field) => {
      const one = fruValue(record, field);
      return { ...one, value: toHex(one.value) };
    }),
  }));
}

/** "serial number" for serialNumber. */
function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

export function attributeLines(attributes: Iterable<BiosAttribute>, colours: Colours): string[] {
  const rows = [...attributes].map((attribute) => [
    String(attribute.handle),
    colours.name(printable(attribute.name)),
    valueText(attribute.value),
    attribute.pending === undefined ? '' : colours.bad(`pending: ${valueText(attribute.pending)}`),
    colours.faint(about(attribute)),
  ]);
  return tableLines(rows, ['right']);
}

function about(attribute: BiosAttribute): string {
  const { readOnly, defaultValue } = attribute;
  const words = [whatItTakes(attribute)];
  if (defaultValue !== undefined) words.push(`default ${valueText(defaultValue)}`);
  if (readOnly) words.push('read-only');
  return words.join('; ');
}

function whatItTakes({ kind, possibleValues, entry }: BiosAttribute): string {
  if (kind === 'enumeration') return `one of ${possibleValues.map(printable).join(', ')}`;
  if ('scalarIncrement' in entry) {
    const { lowerBound, upperBound, scalarIncrement } = entry;
    return `${kind} ${lowerBound} to ${upperBound}${scalarIncrement > 1 ? ` in steps of ${scalarIncrement}` : ''}`;
  }
  if (!('maximumStringLength' in entry)) return kind;
  return `${kind} of ${entry.minimumStringLength} to ${entry.maximumStringLength} bytes`;
}

export function valueText(value: BiosValue | undefined): string {
  if (value === undefined) return '-';
  return printable(Array.isArray(value) ? value.join(', ') : String(value));
}

export function attributeJson({ entry: _, ...attribute }: BiosAttribute): AttributeDocument {
  return { ...attribute, value: attribute.value ?? null, pending: attribute.pending ?? null };
}

/** `2026-01-02T03:04:05` */
export function dateTimeText({ year, month, day, hours, minutes, seconds }: DateTime): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(hours)}:${two(minutes)}:${two(seconds)}`;
}
