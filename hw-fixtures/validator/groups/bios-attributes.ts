import { BIOS_TABLE, GetBIOSTable } from '../../../pldm/bios/bios-commands.js';
import type { CheckDeclaration } from '../declaration.js';
import { must } from '../finding.js';
import { kindOf } from './bios-entries.js';
import {
  attributes,
  bytesOf,
  endOf,
  entry,
  FIRST_ATTRIBUTE,
  INTEGER,
  INTEGER_BYTES,
  inTable,
  isOnGrid,
  isTable,
  KNOWN_TYPES,
  strings,
  stringsEnd,
  TABLES,
  TEXT,
  tooLong,
} from './bios-steps.js';
import { codeName } from './control-steps.js';
import { le16 } from './pldm-steps.js';
import { mustBePadded, mustEndInCrc, tableByte, tableMutant } from './pldm-tables.js';

export const BIOS_ATTRIBUTE_CHECKS: readonly CheckDeclaration[] = [
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
    why: 'requesters cannot read an attribute of another type, nor what follows it',
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
];
