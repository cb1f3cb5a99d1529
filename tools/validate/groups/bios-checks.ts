/** Checks of BIOS control: tables, handles across them, values, date and time (DSP0247). */

import type { Behaviour } from '../../../hw-fixtures/index.js';
import {
  BIOS_CODES,
  BIOS_TABLE,
  GetBIOSAttributeCurrentValueByHandle,
  GetBIOSTable,
  GetDateTime,
  SetDateTime,
} from '../../../pldm/bios/bios-commands.js';
import { ATTRIBUTE_TYPE } from '../../../pldm/bios/table-entries.js';
import type { BenchDevice, CheckDeclaration } from '../declaration.js';
import { inconclusive, must } from '../finding.js';
import type { Probe } from '../probe.js';
import {
  type BiosAttribute,
  type BiosString,
  type BiosValue,
  type Entries,
  kindOf,
  readAttributes,
  readStrings,
  readValues,
} from './bios-entries.js';
import { codeName } from './control-steps.js';
import {
  announces,
  DATA_AT,
  le16,
  le32,
  OK,
  pldm,
  pldmData,
  pldmSuccess,
  refuses,
  speaksType,
  u16At,
} from './pldm-steps.js';
import {
  joined,
  mustBeInParts,
  mustBePadded,
  mustEndInCrc,
  partBody,
  type TablePart,
  tableByte,
  tableMutant,
  tableParts,
} from './pldm-tables.js';

const BIOS = 3;
const NO_HANDLE = 0xdeadbeef;
const UNKNOWN_ATTRIBUTE = 0xfade;
const KNOWN_TYPES: readonly number[] = [0, 1, 2, 3, 4, 5, 6];

export const BIOS_TOML = `[devices.dut.pldm]
tid = 3
clock = true

[[devices.dut.pldm.bios]]
name = "FanMode"
possible = ["Auto", "Quiet", "Full"]
value = "Quiet"

[[devices.dut.pldm.bios]]
name = "Hostname"
value = "node-1"
min = 1
max = 32

[[devices.dut.pldm.bios]]
name = "BootRetries"
value = 4
min = 2
max = 10
step = 2`;
/** Its tables come in parts. */
const IN_PARTS: BenchDevice = { toml: BIOS_TOML.replace('tid = 3', 'tid = 3\npartSize = 32') };

function parts(probe: Probe, type: number): Promise<readonly TablePart[]> {
  return probe.facts.once(`BIOS table ${type}`, async () => {
    await speaksType(probe, BIOS);
    const body = (handle: number, operation: number): number[] => partBody(handle, operation, type);
    return tableParts(probe, GetBIOSTable, body, [BIOS_CODES.BIOS_TABLE_UNAVAILABLE]);
  });
}

const bytesOf = async (probe: Probe, type: number): Promise<Uint8Array> => joined(await parts(probe, type));

function sound<T>({ isCutOff, entries }: Entries<T>): readonly T[] {
  return isCutOff ? inconclusive('an entry runs over the end of a table') : entries;
}

const strings = async (probe: Probe): Promise<readonly BiosString[]> =>
  sound(readStrings(await bytesOf(probe, BIOS_TABLE.string)));
const attributes = async (probe: Probe): Promise<readonly BiosAttribute[]> =>
  sound(readAttributes(await bytesOf(probe, BIOS_TABLE.attribute)));
const values = async (probe: Probe): Promise<readonly BiosValue[]> =>
  sound(readValues(await bytesOf(probe, BIOS_TABLE.value)));

/** Every value with its attribute. @throws Finding */
async function pairs(probe: Probe): Promise<readonly (readonly [BiosValue, BiosAttribute])[]> {
  const byHandle = new Map((await attributes(probe)).map((attribute) => [attribute.handle, attribute]));
  return (await values(probe)).flatMap((value) => {
    const attribute = byHandle.get(value.handle);
    return attribute === undefined || attribute.type !== value.type ? [] : [[value, attribute] as const];
  });
}

const isTable =
  (type: number) =>
  (request: Uint8Array): boolean =>
    request[8] === type;
/** Bytes of a table are others, and its checksum is that of what comes. */
const inTable = (type: number, change: (entries: Uint8Array) => void): Behaviour =>
  tableMutant(
    GetBIOSTable,
    (entries) => {
      change(entries);
      return entries;
    },
    isTable(type),
  );

const TABLES = [
  ['string', BIOS_TABLE.string],
  ['attribute', BIOS_TABLE.attribute],
  ['attribute value', BIOS_TABLE.value],
] as const;
const endOf = [readStrings, readAttributes, readValues] as const;
const conditional = { level: 'conditional', condition: 'when it has BIOS tables' } as const;
const entry = { clause: 'DSP0247 §6', ...conditional };

/** Offsets in the attribute table of the conforming device. */
const FIRST_ATTRIBUTE = 0;
const ENUMERATION_BYTES = 5 + 1 + 2 * 3 + 1 + 1;
const TEXT = FIRST_ATTRIBUTE + ENUMERATION_BYTES;
const TEXT_BYTES = 5 + 7 + 'node-1'.length;
const INTEGER = TEXT + TEXT_BYTES;
const INTEGER_BYTES = 5 + 28;
/** Offsets in its value table. */
const TEXT_VALUE = 5;
const INTEGER_VALUE = TEXT_VALUE + 5 + 'node-1'.length;

/** The string table of the conforming device: where its last entry begins, and ends. */
function stringsEnd(bytes: Uint8Array): { readonly last: number; readonly end: number } {
  const { entries, end } = readStrings(Uint8Array.of(...bytes, 0, 0, 0, 0));
  return { last: end - 4 - (entries.at(-1)?.length ?? 0), end };
}

/** An entry of each table says that it is longer than the table. */
const tooLong: readonly ((bytes: Uint8Array) => void)[] = [
  (bytes) => bytes.set(le16(500), stringsEnd(bytes).last + 2),
  (bytes) => bytes.fill(200, FIRST_ATTRIBUTE + 5, FIRST_ATTRIBUTE + 6),
  (bytes) => bytes.fill(200, 3, 4),
];

export const BIOS_CHECKS: readonly CheckDeclaration[] = [
  ...TABLES.map(
    ([name, type], index): CheckDeclaration => ({
      id: `PLDM-BIOS-00${1 + index}`,
      ...entry,
      title: `The ${name} table ends in its CRC-32`,
      why: 'requesters drop what is damaged',
      failure: 'the last four bytes are not the CRC-32 of entries and pad',
      mend: 'CRC-32 over entries and pad, little-endian, once, at the end',
      mutant: () => tableByte(GetBIOSTable, -1, isTable(type)),
      run: async (probe) => mustEndInCrc(await bytesOf(probe, type)),
    }),
  ),
  ...TABLES.map(
    ([name, type], index): CheckDeclaration => ({
      id: `PLDM-BIOS-00${4 + index}`,
      ...entry,
      title: `The entries fill the ${name} table, with zeros to a multiple of four bytes`,
      why: 'a requester which reads over the end reads something else',
      failure: 'an entry runs over the end, or the pad is not 0',
      mend: 'count the bytes of each entry, and write 0 to 3 zero bytes behind the last',
      mutant: () => inTable(type, tooLong[index]!),
      run: async (probe) => {
        const { end, isCutOff, bytes } = endOf[index]!(await bytesOf(probe, type));
        must(!isCutOff, `the entry at byte ${end} runs over the end of the table`);
        mustBePadded(bytes, end);
      },
    }),
  ),
  {
    id: 'PLDM-BIOS-007',
    ...entry,
    title: 'Every string has a handle of its own, and at least one byte',
    why: 'names and values are found by the handle',
    failure: 'two strings have the same handle, or a string is empty',
    mend: 'number the strings, and leave empty ones out',
    mutant: () =>
      tableMutant(
        GetBIOSTable,
        (bytes) => Uint8Array.of(...bytes.subarray(0, stringsEnd(bytes).end), ...le16(0), ...le16(1), 0x78),
        isTable(BIOS_TABLE.string),
      ),
    run: async (probe) => {
      const all = await strings(probe);
      const { size } = new Set(all.map(({ handle }) => handle));
      must(size === all.length, `${all.length} strings have ${size} handles`);
      const empty = all.find(({ length }) => length === 0);
      must(empty === undefined, `string ${empty?.handle} is empty`);
    },
  },
  {
    id: 'PLDM-BIOS-008',
    ...entry,
    title: 'Every attribute has a handle of its own',
    why: 'values are found by the handle',
    failure: 'two attributes have the same handle',
    mend: 'number the attributes',
    mutant: () =>
      tableMutant(
        GetBIOSTable,
        (bytes) => {
          const end = INTEGER + INTEGER_BYTES;
          return Uint8Array.of(...bytes.subarray(0, end), ...bytes.subarray(INTEGER, end));
        },
        isTable(BIOS_TABLE.attribute),
      ),
    run: async (probe) => {
      const all = await attributes(probe);
      const { size } = new Set(all.map(({ handle }) => handle));
      must(size === all.length, `${all.length} attributes have ${size} handles`);
    },
  },
  {
    id: 'PLDM-BIOS-009',
    ...entry,
    title: 'The names of attributes are in the string table',
    why: 'an attribute without a name cannot be shown',
    failure: 'attributeNameHandle is the handle of no string',
    mend: 'put the name into the string table',
    mutant: () => inTable(BIOS_TABLE.attribute, (bytes) => bytes.set(le16(0x7a7a), INTEGER + 3)),
    run: async (probe) => {
      const known = new Set((await strings(probe)).map(({ handle }) => handle));
      for (const { handle, name } of await attributes(probe)) {
        must(known.has(name), `attribute ${handle} has name ${name}, which is not in the string table`);
      }
    },
  },
  {
    id: 'PLDM-BIOS-010',
    ...entry,
    title: 'The possible values of enumerations are in the string table',
    why: 'a value without a text cannot be chosen',
    failure: 'a handle of possibleValuesStringHandles is that of no string',
    mend: 'put the values into the string table',
    mutant: () => inTable(BIOS_TABLE.attribute, (bytes) => bytes.set(le16(0x7a7a), FIRST_ATTRIBUTE + 6)),
    run: async (probe) => {
      const known = new Set((await strings(probe)).map(({ handle }) => handle));
      for (const { handle, enumeration } of await attributes(probe)) {
        const missing = enumeration?.possible.find((one) => !known.has(one));
        must(missing === undefined, `attribute ${handle} has value ${missing}, which is not in the string table`);
      }
    },
  },
  {
    id: 'PLDM-BIOS-011',
    ...entry,
    title: 'The default of an enumeration is one of its possible values',
    why: 'a reset to the default sets nothing that there is',
    failure: 'an index of the default values is beyond the possible ones',
    mend: 'count the possible values from 0',
    mutant: () => inTable(BIOS_TABLE.attribute, (bytes) => bytes.fill(9, TEXT - 1, TEXT)),
    run: async (probe) => {
      for (const { handle, enumeration } of await attributes(probe)) {
        const wrong = enumeration?.defaults.find((index) => index >= enumeration.possible.length);
        must(wrong === undefined, `attribute ${handle} has default ${wrong} of ${enumeration?.possible.length} values`);
      }
    },
  },
  {
    id: 'PLDM-BIOS-012',
    ...entry,
    title: 'The types of attributes are types that the standard has',
    why: 'nobody can read an attribute of another type, and what follows it',
    failure: 'attributeType is none of 0 to 6, with or without the bit for read-only',
    mend: 'use the types of DSP0247',
    mutant: () => inTable(BIOS_TABLE.attribute, (bytes) => bytes.fill(0x3c, INTEGER + 2, INTEGER + 3)),
    run: async (probe) => {
      for (const { handle, type } of await attributes(probe)) {
        must(KNOWN_TYPES.includes(kindOf(type)), `attribute ${handle} has type ${codeName(type)}`);
      }
    },
  },
  {
    id: 'PLDM-BIOS-013',
    ...entry,
    title: 'The default of a text is as long as the text may be',
    why: 'a reset to the default is refused',
    failure: 'the minimum length is above the maximum, or the default is shorter or longer',
    mend: 'minimumStringLength <= defaultStringLength <= maximumStringLength, in bytes',
    mutant: () =>
      tableMutant(
        GetBIOSTable,
        (bytes) =>
          Uint8Array.of(
            ...bytes.subarray(0, TEXT + 10),
            ...le16(40),
            ...Array<number>(40).fill(0x61),
            ...bytes.subarray(INTEGER, INTEGER + INTEGER_BYTES),
          ),
        isTable(BIOS_TABLE.attribute),
      ),
    run: async (probe) => {
      for (const { handle, text } of await attributes(probe)) {
        if (text === undefined) continue;
        const isRight = text.min <= text.length && text.length <= text.max;
        must(isRight, `attribute ${handle}: a default of ${text.length} bytes, ${text.min} to ${text.max} allowed`);
      }
    },
  },
  {
    id: 'PLDM-BIOS-014',
    ...entry,
    title: 'The default of a number is within its bounds, and on its steps',
    why: 'a reset to the default is refused',
    failure: 'the bounds are the wrong way round, or the default is outside, or between two steps',
    mend: 'lowerBound <= defaultValue <= upperBound, and a whole number of scalarIncrement above lowerBound',
    mutant: () => inTable(BIOS_TABLE.attribute, (bytes) => bytes.fill(5, INTEGER + 25, INTEGER + 26)),
    run: async (probe) => {
      for (const { handle, integer } of await attributes(probe)) {
        if (integer === undefined) continue;
        const { value, lower, upper, step } = integer;
        must(isOnGrid(value, integer), `attribute ${handle}: ${value} is not ${lower} to ${upper} in steps of ${step}`);
      }
    },
  },
  {
    id: 'PLDM-BIOS-015',
    ...entry,
    title: 'The increment of a number fits its bounds',
    why: 'a requester offers the steps between the bounds',
    failure: 'scalarIncrement is 0 though the bounds differ, or not 0 though they are the same',
    mend: 'write 0 where there is one value only',
    mutant: () => inTable(BIOS_TABLE.attribute, (bytes) => bytes.fill(0, INTEGER + 21, INTEGER + 25)),
    run: async (probe) => {
      for (const { handle, integer } of await attributes(probe)) {
        if (integer === undefined) continue;
        const isRight = (integer.step === 0n) === (integer.lower === integer.upper);
        must(isRight, `attribute ${handle}: steps of ${integer.step} from ${integer.lower} to ${integer.upper}`);
      }
    },
  },
  {
    id: 'PLDM-BIOS-016',
    ...entry,
    title: 'Every value belongs to an attribute',
    why: 'nobody knows what the value is of otherwise',
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
    why: 'nobody could have set it, and nobody can put it back',
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
    why: 'nobody could have set it, and nobody can put it back',
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
    { command: GetBIOSTable, body: partBody(0, 1, 9), codes: [BIOS_CODES.INVALID_BIOS_TABLE_TYPE, 0x02] },
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
    { command: GetBIOSTable, body: partBody(0, 7, 0), codes: [BIOS_CODES.INVALID_TRANSFER_OPERATION_FLAG, 0x02] },
  ),
  refuses(
    {
      id: 'PLDM-BIOS-025',
      clause: 'DSP0247 §7, GetBIOSTable',
      level: 'conditional',
      condition: 'when it has BIOS tables',
      title: 'It refuses a part which it did not announce',
      why: 'a part of something else is worse than an error',
      failure: 'a next part is given for a handle that nobody has',
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
    { command: SetDateTime, body: [0x00, 0x00, 0x12, 0x31, 0x02, 0x26, 0x20], codes: [0x02] },
  ),
];

function isOnGrid(
  value: bigint,
  { lower, upper, step }: { readonly lower: bigint; readonly upper: bigint; readonly step: bigint },
): boolean {
  return value >= lower && value <= upper && (step === 0n || (value - lower) % step === 0n);
}
