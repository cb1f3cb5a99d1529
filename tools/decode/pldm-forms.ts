/** PDRs, event data and tables: what PLDM messages carry, decoded and encoded by itself. */

import { decodeHeader, encodeHeader, HEADER_SIZE, type PldmHeader } from '../../pldm/base/pldm-header.js';
import { PLDM_TYPE } from '../../pldm/base/pldm-types.js';
import { decodeForm, encodeForm, type Form, type FormName, formText } from '../../pldm/command-registry.js';
import { decodeFruTable, encodeFruRecords, type FruFilter, filterFruRecords } from '../../pldm/fru/fru-table.js';
import { EVENT_CLASS, eventClass } from '../../pldm/platform/event-commands.js';
import { ownBytes, readPdr } from '../../pldm/platform/pdr/pdr-codec.js';
import { CodecError, type Json } from '../../stack/codec/index.js';
import { MctpError } from '../../stack/errors.js';
import { hexNumber } from '../../stack/util/text.js';
import { didYouMean } from '../suggest.js';
import type { DecodedForm, FormKind } from './layer.js';
import { bytesField, type Fields, isFields, numberField, unfit } from './named-fields.js';
import { pldmTypeField } from './pldm-names.js';

/** By tableType of GetBIOSTable: strings, attributes, values, pending values. */
const BIOS_TABLES: readonly FormName[] = ['biosStringTable', 'biosAttributeTable', 'biosValueTable', 'biosValueTable'];
/** A table whose kind nobody tells is the first of these that it can be. */
const GUESSES: readonly FormName[] = [
  'biosStringTable',
  'biosAttributeTable',
  'biosValueTable',
  'biosStringEntry',
  'biosAttributeEntry',
  'biosValueEntry',
];
const TABLE_NAMES: readonly FormName[] = [...GUESSES, 'fruTable', 'fruRecord'];
/** Event data whose class nobody tells is of the first of these that it can be: the others fit too much. */
const EVENT_GUESSES: readonly number[] = [
  EVENT_CLASS.sensorEvent,
  EVENT_CLASS.pldmMessagePollEvent,
  EVENT_CLASS.cperEvent,
  EVENT_CLASS.pldmPDRRepositoryChgEvent,
  EVENT_CLASS.effecterEvent,
  EVENT_CLASS.heartbeatTimerElapsedEvent,
];

/** `request` may say more: `eventClass`, `pldmType`, `tableType` or `table`, itself or in its fields. */
export function decodePldmForm(kind: FormKind, request: Fields, bytes: Uint8Array): DecodedForm {
  if (kind === 'header') return decodeHeaderForm(bytes);
  const hints = hintsOf(request);
  if (kind === 'pdr') {
    return decodePdrForm(bytes, bytes);
  }
  if (kind === 'event') {
    const number = hints.eventClass ?? guessEventClass(bytes);
    const form: Form = { eventClass: number };
    const fields = { eventClass: number, ...decodeForm(form, bytes) };
    return {
      fields,
      extra: { pldmType: PLDM_TYPE.platform, command: 'PlatformEventMessage' },
      text: textOf(form, bytes),
    };
  }
  const form = hints.table ?? guessTable(bytes, hints.pldmType);
  const isFru = form.startsWith('fru');
  const tableType = hints.tableType ?? tableTypeOf(form);
  const fields = { ...(tableType === undefined ? {} : { tableType }), ...decodeForm(form, bytes) };
  const extra = isFru
    ? { pldmType: PLDM_TYPE.fru, command: 'GetFRURecordTable', table: form }
    : { pldmType: PLDM_TYPE.bios, command: 'GetBIOSTable', table: form };
  return { fields, extra, text: textOf(form, bytes) };
}

/** A record as peers send it: read to the end that its dataLength gives, the rest a remark. */
export function decodeSentPdr(bytes: Uint8Array): DecodedForm {
  return decodePdrForm(bytes, ownBytes(bytes));
}

function decodePdrForm(bytes: Uint8Array, own: Uint8Array): DecodedForm {
  const fields = decodeForm('pdr', own);
  const { remarks } = readPdr(bytes);
  const extra = {
    pldmType: PLDM_TYPE.platform,
    command: 'GetPDR',
    ...(remarks.length > 0 && { remarks: [...remarks] }),
  };
  return { fields, extra, text: [...textOf('pdr', own), ...remarks.map((remark) => `surplus: ${remark}`)] };
}

export function encodePldmForm(kind: FormKind, request: Fields): Uint8Array {
  const given = request.fields ?? {};
  if (!isFields(given)) throw unfit('fields', given, 'an object');
  if (kind === 'header') return encodeHeaderForm(given);
  const hints = hintsOf(request);
  const { eventClass: _class, tableType: _type, ...fields } = given;
  if (kind === 'pdr') return encodeForm('pdr', fields as { [name: string]: Json });
  if (kind === 'event') {
    if (hints.eventClass === undefined)
      throw new MctpError('EINVAL', 'eventClass: nothing says of which class the event is');
    return encodeForm({ eventClass: hints.eventClass }, fields as { [name: string]: Json });
  }
  if (fields.filter !== undefined && fields.records === undefined) return filtered(fields);
  const form = hints.table ?? tableFormOf(fields, hints.pldmType);
  return encodeForm(form, fields as { [name: string]: Json });
}

function decodeHeaderForm(bytes: Uint8Array): DecodedForm {
  const header = decodeHeader(bytes);
  if (bytes.length > HEADER_SIZE) {
    throw new MctpError('EBADMSG', `PLDM header: ${bytes.length - HEADER_SIZE} bytes left over`);
  }
  const { pldmType, command } = header;
  const text = Object.entries(header).map(([name, value]) => `${name}: ${value}`);
  return { fields: { ...header, headerOnly: true }, extra: { pldmType, command }, text };
}

function encodeHeaderForm(fields: Fields): Uint8Array {
  const number = (name: string, most: number, absent?: number): number => numberField(fields, name, 0, most, absent);
  return encodeHeader({
    rq: number('rq', 1),
    d: number('d', 1, 0),
    instanceId: number('instanceId', 31, 0),
    hdrVer: number('hdrVer', 3, 0),
    pldmType: number('pldmType', 63),
    command: number('command', 255),
  } as PldmHeader);
}

interface Hints {
  readonly pldmType: number | undefined;
  readonly eventClass: number | undefined;
  readonly tableType: number | undefined;
  readonly table: FormName | undefined;
}

function hintsOf(request: Fields): Hints {
  const inner = isFields(request.fields) ? request.fields : {};
  const tableType = request.tableType ?? inner.tableType;
  const number = tableType === undefined ? undefined : numberField({ tableType }, 'tableType', 0, 3);
  return {
    pldmType: request.pldmType === undefined ? undefined : pldmTypeField(request.pldmType),
    eventClass: eventClassField(request.eventClass ?? inner.eventClass),
    tableType: number,
    table: tableField(request.table) ?? (number === undefined ? undefined : BIOS_TABLES[number]),
  };
}

/** By name or number. @throws MctpError EINVAL */
export function eventClassField(value: Json | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') return numberField({ eventClass: value }, 'eventClass', 0, 255);
  const names = Object.keys(EVENT_CLASS);
  const name = names.find((known) => known.toLowerCase() === value.toLowerCase());
  if (name !== undefined) return EVENT_CLASS[name as keyof typeof EVENT_CLASS];
  throw new MctpError('EINVAL', `eventClass: no class "${value}"${didYouMean(value, names)}`);
}

/** By name. @throws MctpError EINVAL */
export function tableField(value: Json | undefined): FormName | undefined {
  if (value === undefined) return undefined;
  const found = TABLE_NAMES.find((name) => name.toLowerCase() === String(value).toLowerCase());
  if (found !== undefined) return found;
  throw new MctpError('EINVAL', `table: no table "${String(value)}"${didYouMean(String(value), TABLE_NAMES)}`);
}

function tableTypeOf(form: FormName): number | undefined {
  const index = BIOS_TABLES.indexOf(form);
  return index < 0 ? undefined : index;
}

function decodes(form: Form, bytes: Uint8Array): CodecError | undefined {
  try {
    decodeForm(form, bytes);
    return undefined;
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
}

function guessEventClass(bytes: Uint8Array): number {
  // A sensor event fits nothing by chance: a whole one is one.
  const fits = (number: number): boolean => decodes({ eventClass: number }, bytes) === undefined;
  if (fits(EVENT_CLASS.sensorEvent)) return EVENT_CLASS.sensorEvent;
  // A whole list of changes says with every count how long it is; a cut CPER that looks so does not exist by chance.
  if (isChangeOfRecords(bytes) && fits(EVENT_CLASS.pldmPDRRepositoryChgEvent)) {
    return EVENT_CLASS.pldmPDRRepositoryChgEvent;
  }
  if (isCutCper(bytes)) return EVENT_CLASS.cperEvent;
  return EVENT_GUESSES.find((number) => decodes({ eventClass: number }, bytes) === undefined) ?? EVENT_GUESSES[0]!;
}

/** Formats 1 (by type) and 2 (by handle) of PDR changes, with at least one record in them. */
function isChangeOfRecords(bytes: Uint8Array): boolean {
  return (bytes[0] === 1 || bytes[0] === 2) && bytes[1]! > 0 && bytes.length > 6;
}

/** Version 1, a known format, and fewer bytes than it announces: what is left could be read as a poll event. */
function isCutCper(bytes: Uint8Array): boolean {
  return bytes.length > 4 && bytes[0] === 1 && bytes[1]! <= 1 && (bytes[2]! | (bytes[3]! << 8)) > bytes.length - 4;
}

/** The first that it can be; else the one whose complaint says most: that of a table. */
export function guessTable(bytes: Uint8Array, pldmType: number | undefined): FormName {
  if (pldmType === PLDM_TYPE.fru) return 'fruTable';
  const forms: readonly FormName[] = pldmType === PLDM_TYPE.bios ? GUESSES : [...GUESSES, 'fruTable'];
  return forms.find((form) => decodes(form, bytes) === undefined) ?? 'biosStringTable';
}

/** By the names of its fields. */
function tableFormOf(fields: Fields, pldmType: number | undefined): FormName {
  if (fields.records !== undefined || pldmType === PLDM_TYPE.fru) return 'fruTable';
  const first = Array.isArray(fields.entries) ? fields.entries[0] : undefined;
  const [entry, names] =
    fields.entries === undefined
      ? [fields, ['biosStringEntry', 'biosAttributeEntry', 'biosValueEntry'] as const]
      : [isFields(first) ? first : {}, ['biosStringTable', 'biosAttributeTable', 'biosValueTable'] as const];
  if (entry.stringHandle !== undefined) return names[0];
  return entry.attributeNameHandle === undefined ? names[2] : names[1];
}

/** What GetFRURecordByOption makes of a table. */
function filtered(fields: Fields): Uint8Array {
  if (!isFields(fields.filter)) throw unfit('filter', fields.filter, 'an object');
  const filter = fields.filter;
  const wanted = (name: keyof FruFilter, most: number): number => numberField(filter, name, 0, most, 0);
  const { records } = decodeFruTable(bytesField(fields, 'inputTable'));
  return encodeFruRecords(
    filterFruRecords(records, {
      recordSetIdentifier: wanted('recordSetIdentifier', 0xffff),
      recordType: wanted('recordType', 255),
      fieldType: wanted('fieldType', 255),
    }),
  );
}

function textOf(form: Form, bytes: Uint8Array): string[] {
  const text = formText(form, bytes);
  return text === '' ? [] : text.split('\n');
}

/** "sensorEvent" or "event class 0xf0", for people. */
export function eventClassText(number: number): string {
  return eventClass.nameOf(number) ?? `event class ${hexNumber(number)}`;
}
