/** Checks of BIOS values, of what is refused, of date and time (DSP0247 §6, §7). */

import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import {
  BIOS_CODES,
  BIOS_TABLE,
  GetBIOSAttributeCurrentValueByHandle,
  GetBIOSTable,
  GetDateTime,
  SetDateTime,
} from '../../../pldm/bios/bios-commands.js';
import { ATTRIBUTE_TYPE } from '../../../pldm/bios/table-entries.js';
import type { CheckDeclaration } from '../declaration.js';
import { must } from '../finding.js';
import { kindOf } from './bios-entries.js';
import {
  attributes,
  conditional,
  entry,
  IN_PARTS,
  INTEGER_VALUE,
  inTable,
  isOnGrid,
  isTable,
  KNOWN_TYPES,
  NO_HANDLE,
  pairs,
  parts,
  TABLES,
  TEXT_VALUE,
  UNKNOWN_ATTRIBUTE,
  values,
} from './bios-steps.js';
import { codeName } from './control-steps.js';
import { announces, DATA_AT, le16, le32, OK, pldm, pldmData, pldmSuccess, refuses, u16At } from './pldm-steps.js';
import { mustBeInParts, partBody, tableMutant } from './pldm-tables.js';

export const BIOS_VALUE_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'PLDM-BIOS-016',
    ...entry,
    title: 'Every value belongs to an attribute',
    why: 'otherwise it is not known what the value belongs to',
    failure: 'the handle of a value is that of no attribute',
    mend: 'leave values of attributes out that are gone',
    mutant: () => inTable(BIOS_TABLE.value, (bytes) => bytes.set(le16(UNKNOWN_ATTRIBUTE), INTEGER_VALUE)),
    run: async (probe) => {
      const known = new Set((await attributes(probe)).map(({ handle }) => handle));
      for (const { handle } of await values(probe)) must(known.has(handle), `value ${handle} has no attribute`);
    },
  },
  {
    id: 'PLDM-BIOS-017',
    ...entry,
    title: 'A value has the type of its attribute',
    why: 'a requester reads it as something else',
    failure: 'attributeType of a value differs from that of the attribute',
    mend: 'use one type for an attribute, the bit for read-only included',
    mutant: () =>
      inTable(BIOS_TABLE.value, (bytes) => bytes.fill(ATTRIBUTE_TYPE.password, TEXT_VALUE + 2, TEXT_VALUE + 3)),
    run: async (probe) => {
      const types = new Map((await attributes(probe)).map(({ handle, type }) => [handle, type]));
      for (const { handle, type } of await values(probe)) {
        const wanted = types.get(handle);
        if (wanted !== undefined && !KNOWN_TYPES.includes(kindOf(wanted))) continue;
        must(wanted === undefined || wanted === type, `value ${handle} has type ${type}, its attribute ${wanted}`);
      }
    },
  },
  {
    id: 'PLDM-BIOS-018',
    ...entry,
    title: 'The value of an enumeration is one of its possible values',
    why: 'a value that is not possible cannot be shown',
    failure: 'an index of the current values is beyond the possible ones',
    mend: 'count the possible values from 0',
    mutant: () => inTable(BIOS_TABLE.value, (bytes) => bytes.fill(9, 4, 5)),
    run: async (probe) => {
      for (const [{ handle, indices = [] }, { enumeration }] of await pairs(probe)) {
        const wrong = indices.find((index) => index >= (enumeration?.possible.length ?? 0));
        must(wrong === undefined, `attribute ${handle} has value ${wrong} of ${enumeration?.possible.length}`);
      }
    },
  },
  {
    id: 'PLDM-BIOS-019',
    ...entry,
    title: 'The value of a text is as long as the text may be',
    why: 'it could not have been set, and cannot be put back',
    failure: 'currentString is shorter than the minimum, or longer than the maximum',
    mend: 'keep the bounds of the attribute table',
    mutant: () =>
      tableMutant(
        GetBIOSTable,
        (bytes) => {
          const longer = [...bytes.subarray(0, TEXT_VALUE + 3), ...le16(40), ...Array<number>(40).fill(0x61)];
          return Uint8Array.of(...longer, ...bytes.subarray(INTEGER_VALUE, INTEGER_VALUE + 11));
        },
        isTable(BIOS_TABLE.value),
      ),
    run: async (probe) => {
      for (const [{ handle, length }, { text }] of await pairs(probe)) {
        if (text === undefined || length === undefined) continue;
        const isRight = length >= text.min && length <= text.max;
        must(isRight, `attribute ${handle} has ${length} bytes, ${text.min} to ${text.max} are allowed`);
      }
    },
  },
  {
    id: 'PLDM-BIOS-020',
    ...entry,
    title: 'The value of a number is within its bounds, and on its steps',
    why: 'it could not have been set, and cannot be put back',
    failure: 'currentValue is out of bounds, or between two steps',
    mend: 'keep the bounds of the attribute table',
    mutant: () => inTable(BIOS_TABLE.value, (bytes) => bytes.fill(12, INTEGER_VALUE + 3, INTEGER_VALUE + 4)),
    run: async (probe) => {
      for (const [{ handle, integer: value }, { integer }] of await pairs(probe)) {
        if (integer === undefined || value === undefined || integer.step === 0n) continue;
        const { lower, upper, step } = integer;
        if (!isOnGrid(integer.value, integer)) continue;
        must(isOnGrid(value, integer), `attribute ${handle}: ${value} is not ${lower} to ${upper} in steps of ${step}`);
      }
    },
  },
  {
    id: 'PLDM-BIOS-021',
    clause: 'DSP0247 §7, GetBIOSAttributeCurrentValueByHandle',
    level: 'conditional',
    condition: 'when it supports GetBIOSAttributeCurrentValueByHandle',
    title: 'A value which is asked for alone is of that attribute, and of its type',
    why: 'a requester takes the answer for what it asked',
    failure: 'the entry has another handle, or another type than the attribute',
    mend: 'answer with the entry of the attribute which was asked for',
    mutant: () =>
      pldmSuccess(GetBIOSAttributeCurrentValueByHandle, (payload) =>
        payload.with(DATA_AT + 5, payload[DATA_AT + 5]! ^ 0x40),
      ),
    run: async (probe) => {
      await announces(probe, GetBIOSAttributeCurrentValueByHandle);
      for (const { handle, type } of await attributes(probe)) {
        const body = [...le32(0), 1, ...le16(handle)];
        const { code, data } = await pldm(probe, GetBIOSAttributeCurrentValueByHandle, body);
        if (code !== OK) continue;
        must(u16At(data, 5) === handle, `attribute ${handle} was asked for, and ${u16At(data, 5)} comes`);
        const isRight = data[7] === type || !KNOWN_TYPES.includes(kindOf(type));
        must(isRight, `the value of attribute ${handle} has type ${data[7]}, the attribute ${type}`);
      }
    },
  },
  refuses(
    {
      id: 'PLDM-BIOS-022',
      clause: 'DSP0247 §7, GetBIOSAttributeCurrentValueByHandle',
      level: 'conditional',
      condition: 'when it supports GetBIOSAttributeCurrentValueByHandle',
      title: 'It refuses an attribute which it does not have',
      why: 'the value of something else is worse than an error',
      failure: 'the value of handle 0xfade is not answered with 0x88',
      mend: 'answer INVALID_BIOS_ATTR_HANDLE',
    },
    {
      command: GetBIOSAttributeCurrentValueByHandle,
      body: [...le32(0), 1, ...le16(UNKNOWN_ATTRIBUTE)],
      codes: [BIOS_CODES.INVALID_BIOS_ATTR_HANDLE],
    },
  ),
  refuses(
    {
      id: 'PLDM-BIOS-023',
      clause: 'DSP0247 §7, GetBIOSTable',
      title: 'It refuses a table which there is not',
      why: 'another table is worse than an error',
      failure: 'GetBIOSTable of table 9 is not answered with 0x85',
      mend: 'answer INVALID_BIOS_TABLE_TYPE, or ERROR_INVALID_DATA',
    },
    {
      command: GetBIOSTable,
      body: partBody(0, 1, 9),
      codes: [BIOS_CODES.INVALID_BIOS_TABLE_TYPE, COMPLETION.ERROR_INVALID_DATA],
    },
  ),
  refuses(
    {
      id: 'PLDM-BIOS-024',
      clause: 'DSP0247 §7, GetBIOSTable',
      title: 'It refuses a transfer operation which is none',
      why: 'only first part and next part mean something',
      failure: 'a transferOperationFlag of 7 is taken for another one',
      mend: 'answer INVALID_TRANSFER_OPERATION_FLAG, or ERROR_INVALID_DATA',
    },
    {
      command: GetBIOSTable,
      body: partBody(0, 7, 0),
      codes: [BIOS_CODES.INVALID_TRANSFER_OPERATION_FLAG, COMPLETION.ERROR_INVALID_DATA],
    },
  ),
  refuses(
    {
      id: 'PLDM-BIOS-025',
      clause: 'DSP0247 §7, GetBIOSTable',
      level: 'conditional',
      condition: 'when it has BIOS tables',
      title: 'It refuses a part which it did not announce',
      why: 'a part of something else is worse than an error',
      failure: 'a next part is given for a handle that was not given',
      mend: 'answer INVALID_DATA_TRANSFER_HANDLE',
    },
    {
      command: GetBIOSTable,
      body: async (probe) => {
        await parts(probe, BIOS_TABLE.string);
        return partBody(NO_HANDLE, 0, BIOS_TABLE.string);
      },
      codes: [BIOS_CODES.INVALID_DATA_TRANSFER_HANDLE],
    },
  ),
  {
    id: 'PLDM-BIOS-026',
    clause: 'DSP0247 §7, GetBIOSTable',
    ...conditional,
    title: 'The parts of a table are marked as such',
    why: 'requesters see by it whether a part is missing',
    failure: 'transferFlag of a part is another one, or the last part has a handle for a next one',
    mend: '1 with the first part, 2 with those between, 4 with the last, 5 with the only one',
    bench: IN_PARTS,
    mutant: () =>
      pldmSuccess(GetBIOSTable, (payload) => (payload[DATA_AT + 4] === 2 ? payload.with(DATA_AT + 4, 1) : payload)),
    run: async (probe) => {
      for (const [, type] of TABLES) mustBeInParts(await parts(probe, type));
    },
  },
  {
    id: 'PLDM-BIOS-027',
    clause: 'DSP0247 §7, GetDateTime',
    level: 'conditional',
    condition: 'when it supports GetDateTime',
    title: 'Date and time are in BCD, and possible',
    why: 'a requester sets its clock by it',
    failure: 'a field is not two decimal digits, or there is no such date',
    mend: 'write every field in BCD: 45 seconds are 0x45',
    mutant: () => pldmSuccess(GetDateTime, (payload) => payload.with(DATA_AT + 4, 0x1d)),
    run: async (probe) => {
      await announces(probe, GetDateTime);
      const data = await pldmData(probe, GetDateTime);
      must(data.length === 7, `the answer has ${data.length} bytes behind the completion code, not 7`);
      const text = [...data].map(codeName).join(' ');
      const isBcd = data.every((byte) => byte % 16 <= 9 && byte >> 4 <= 9);
      must(isBcd, `a field is not BCD: ${text}`);
      const [second, minute, hour, day, month] = [...data].map((byte) => 10 * (byte >> 4) + (byte % 16)) as [
        number,
        number,
        number,
        number,
        number,
      ];
      const isDate = second <= 59 && minute <= 59 && hour <= 23 && day >= 1 && day <= 31 && month >= 1 && month <= 12;
      must(isDate, `there is no such date: ${text}`);
    },
  },
  refuses(
    {
      id: 'PLDM-BIOS-028',
      clause: 'DSP0247 §7, SetDateTime',
      level: 'conditional',
      condition: 'when it supports SetDateTime',
      title: 'It refuses a date which there is not',
      why: 'a clock with such a date runs on from nowhere',
      failure: 'SetDateTime with 31 February is not answered with ERROR_INVALID_DATA',
      mend: 'check the fields against each other before setting the clock',
    },
    { command: SetDateTime, body: [0x00, 0x00, 0x12, 0x31, 0x02, 0x26, 0x20], codes: [COMPLETION.ERROR_INVALID_DATA] },
  ),
];
