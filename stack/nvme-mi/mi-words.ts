/** What follows from the numbers of NVMe-MI, in words: temperatures, warnings, flags. Shown beside them, never encoded. */

import { decode, encode, type Json, le, type Members, type Struct, toJson } from '../codec/index.js';
import { eventText } from './drive-event-names.js';
import { changeFlags, controllerStatus, subsystemStatus } from './mi-structures.js';

export type JsonFields = { [name: string]: Json };

/** Bits of the critical warning of a SMART log, from bit 0. */
export const WARNING_NAMES = ['st', 'taut', 'rd', 'ro', 'vmbf', 'pmre'] as const;
export type WarningName = (typeof WARNING_NAMES)[number];

/** For people. */
export const WARNING_TEXTS: Readonly<Record<WarningName, string>> = {
  st: 'spare space low',
  taut: 'temperature beyond its threshold',
  rd: 'reliability degraded',
  ro: 'read only',
  vmbf: 'volatile memory backup failed',
  pmre: 'persistent memory region read only',
};

export function warningNames(criticalWarning: number): WarningName[] {
  return WARNING_NAMES.filter((_name, bit) => ((criticalWarning >> bit) & 1) === 1);
}

type NoTemperature = 'noDataOrOlderThan5s' | 'sensorFailure' | 'reserved';

/** The composite temperature of a health status poll: degrees Celsius, -60 and 127 meaning "or beyond". */
export function pollTemperature(value: number): number | NoTemperature {
  if (value <= 0x7f) return value;
  if (value === 0x80) return 'noDataOrOlderThan5s';
  if (value === 0x81) return 'sensorFailure';
  return value < 0xc4 ? 'reserved' : value - 256;
}

/** As logs count, to whole degrees. */
function celsius(kelvin: number): number {
  return kelvin - 273;
}

export const SMBUS_FREQUENCY_NAMES: Readonly<Record<number, string>> = { 1: '100 kHz', 2: '400 kHz', 3: '1 MHz' };
const PORT_TYPE_NAMES: Readonly<Record<number, string>> = { 0: 'inactive', 1: 'pcie', 2: 'twoWire' };

/** Words beside the numbers of one structure. */
export function withWords(name: string, json: Json): Json {
  if (name === 'controllerHealth') return (json as JsonFields[]).map(controllerWords);
  const fields = json as JsonFields;
  const number = (field: string) => fields[field] as number;
  switch (name) {
    case 'portInformation':
      return {
        ...fields,
        portTypeName: PORT_TYPE_NAMES[number('portType')] ?? 'reserved',
        ...(number('portType') === 1 ? { maximumPayloadBytes: 128 << (number('maximumPayloadSize') & 7) } : {}),
      };
    case 'subsystemHealth':
      return {
        ...fields,
        status: flagsOf(subsystemStatus, number('nvmSubsystemStatus'), 1),
        warnings: warningNames(~number('smartWarnings')),
        temperatureC: pollTemperature(number('compositeTemperature')),
        flags: flagsOf(changeFlags, number('compositeControllerStatus'), 2),
      };
    case 'smartLog':
      return {
        ...fields,
        warnings: warningNames(number('criticalWarning')),
        temperatureC: celsius(number('compositeTemperature')),
      };
    case 'aeOccurrenceList':
      return { ...fields, occurrences: (fields.occurrences as JsonFields[]).map(eventWords) };
    case 'aeSupportedList':
    case 'aeEnableList':
      return { ...fields, entries: (fields.entries as JsonFields[]).map(eventWords) };
    default:
      return json;
  }
}

function eventWords(entry: JsonFields): JsonFields {
  return { ...entry, eventName: eventText(entry.id as number) };
}

function controllerWords(entry: JsonFields): JsonFields {
  return {
    ...entry,
    status: flagsOf(controllerStatus, entry.controllerStatus as number, 2),
    temperatureC: celsius(entry.compositeTemperature as number),
  };
}

/** The bits of a number by their names. */
export function flagsOf<M extends Members>(codec: Struct<M>, value: number, size: 1 | 2): Json {
  const bytes = encode(le.u16, value).subarray(0, size);
  return toJson(codec, decode(codec, bytes) as never);
}
