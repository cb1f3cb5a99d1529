/** The fields of a PLDM request as words: `sensorId=1`, or bare values in the order of the standard. Pure. */

import type { AnyPldmCommand } from '../../pldm/base/pldm-command.js';
import type { DocRow } from '../../stack/codec/index.js';
import { usageError } from '../command-error.js';
import { example, readFields } from '../control/command-words.js';
import { givenTwice } from '../given-once.js';
import { didYouMean } from '../suggest.js';

/** What a field is when nobody says: the first part of a transfer, everything, nothing re-armed. */
const DEFAULTS: Readonly<Record<string, string>> = {
  dataTransferHandle: '0',
  transferOperationFlag: 'getFirstPart',
  transferFlag: 'startAndEnd',
  rearmEventState: 'false',
  sensorRearm: '0',
  requestCount: '1024',
  recordChangeNumber: '0',
  recordHandle: '0',
  fruTableHandle: '0',
  recordSetIdentifier: '0',
  recordType: '0',
  fieldType: '0',
  eventIdToAcknowledge: '0',
  setNumericReading: 'false',
  reading: '""',
  findHandle: '0',
  findOperationFlag: 'findFirst',
  pdrType: '0',
  parameterFormatNumber: '0',
  wildcards: '0',
  findParameters: '""',
  transportProtocolType: 'mctp',
};
/** Follow from others, have but one value, or are asked of the device. */
const IMPLIED = /^(formatVersion|reserved|composite\w+Count|length|sensorDataSize|effecterDataSize|dataLengthBytes)$/;

/**
 * Words as `name=value` for all fields of the request. `known` are values from elsewhere, taken where nothing is said.
 * @throws CommandError (usage)
 */
export function requestFields(
  command: AnyPldmCommand,
  words: readonly string[],
  known: Readonly<Record<string, string>> = {},
): unknown {
  const rows = command.request.docs();
  const fields = rows.filter(({ name }) => !name.includes('['));
  const given = new Map<string, string>();
  const bare: string[] = [];
  for (const word of words) {
    const [, name, value] = /^([a-z]\w*)=(.*)$/is.exec(word) ?? [];
    if (name === undefined) bare.push(word);
    else {
      const field = fieldNamed(command, name, fields).name;
      if (given.has(field)) throw givenTwice(field);
      given.set(field, value!);
    }
  }
  const implied = { ...DEFAULTS, ...known };
  const open = fields.filter(({ name }) => !given.has(name) && !(name in implied) && !IMPLIED.test(name));
  // What has a default comes last: `GetFRURecordByOption 1` is of record set 1.
  const optional = fields.filter(
    ({ name }) => !given.has(name) && name in implied && !IMPLIED.test(name) && !/^(data)?transfer/i.test(name),
  );
  for (const { name } of [...open, ...optional]) if (bare.length > 0) given.set(name, bare.shift()!);
  if (bare.length > 0) {
    throw usageError(`${command.name}: "${bare[0]}" is one value too many${takes(fields)}`);
  }
  for (const { name } of fields) if (!given.has(name) && name in implied) given.set(name, implied[name]!);
  const missing = open.find(({ name, type }) => !given.has(name) && !/conditional|optional/.test(type));
  if (missing !== undefined) throw usageError(`${command.name} needs ${missing.name}: write ${example(missing)}`);
  const all = [...given].map(([name, value]) => `${name}=${valueText(value, name, rows)}`);
  return readFields(command, all);
}

function fieldNamed(command: AnyPldmCommand, name: string, fields: readonly DocRow[]): DocRow {
  const found = fields.find((row) => row.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  const names = fields.map((row) => row.name);
  throw usageError(`${command.name} has no field "${name}"${didYouMean(name, names)}${takes(fields)}`);
}

function takes(fields: readonly DocRow[]): string {
  return fields.length === 0 ? ': it takes none' : `: it takes ${fields.map(({ name }) => name).join(', ')}`;
}

/** As JSON, or a text that is none: bytes stay text even when they look like a number. */
function valueText(value: string, name: string, rows: readonly DocRow[]): string {
  const row = rows.find((one) => one.name === name);
  const parts = rows.filter((one) => one.name.startsWith(`${name}[].`));
  if (parts.length > 0 && !/^\s*\[/.test(value)) return listText(value, name, parts);
  return row === undefined ? value : plainText(value, row);
}

function plainText(value: string, { type, note }: DocRow): string {
  if (/bytes|bitfield|ver32|uuid|timestamp|hex/.test(type)) {
    return value.startsWith('"') ? value : JSON.stringify(value.replace(/^0x/i, '').replace(/[\s:,]/g, ''));
  }
  // `write,exclusive`: the names of bits, or their number.
  if (type.includes('bits') && /^[a-z]/i.test(value)) {
    return JSON.stringify(value.split(',').map((name) => knownName(name.trim(), note)));
  }
  return type.includes('enum') ? knownName(value, note) : value;
}

/** As the standard writes it, whatever the case. */
function knownName(value: string, note: string): string {
  const names = [...note.matchAll(/\d+ (\w+)/g)].map((match) => match[1]!);
  return names.find((known) => known.toLowerCase() === value.toLowerCase()) ?? value;
}

/** `requestSet:2,noChange:0`: items by commas, their fields by colons. */
function listText(value: string, list: string, parts: readonly DocRow[]): string {
  const items = value.split(',').map((item) => {
    const values = item.split(':');
    if (values.length !== parts.length) {
      const form = parts.map(({ name }) => name.slice(list.length + 3)).join(':');
      throw usageError(`${list}: "${item}" is wrong: write ${form}, and commas between several`);
    }
    return Object.fromEntries(
      parts.map((row, index) => {
        const text = plainText(values[index]!.trim(), row);
        return [row.name.slice(list.length + 3), /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : text];
      }),
    );
  });
  return JSON.stringify(items);
}
