import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import { FRU_CODES, FRU_RECORD_TYPE, GetFRURecordByOption, GetFRURecordTable } from '../../../pldm/fru/fru-commands.js';
import { FRU_ENCODING } from '../../../pldm/fru/fru-table.js';
import type { CheckDeclaration } from '../declaration.js';
import { must, notApplicable } from '../finding.js';
import { codeName } from './control-steps.js';
import {
  byOption,
  FRU,
  firstRecord,
  GENERAL_FIELDS,
  IN_PARTS,
  inTable,
  isText,
  lastRecordAt,
  MANUFACTURE_DATE,
  NO_HANDLE,
  otherTable,
  parts,
  RECORD_HEADER,
  table,
  VENDOR_IANA,
  whole,
} from './fru-steps.js';
import { announces, CODE_AT, DATA_AT, OK, pldm, pldmData, pldmSuccess, refuses, u16At } from './pldm-steps.js';
import { mustBeInParts, mustBePadded, mustEndInCrc, partBody, tableByte } from './pldm-tables.js';

export const FRU_RECORD_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'PLDM-FRU-008',
    ...inTable,
    title: 'The table ends in its CRC-32',
    why: 'requesters drop what is damaged',
    failure: 'the last four bytes are not the CRC-32 of records and pad',
    mend: 'CRC-32 over records and pad, little-endian, once, at the end',
    mutant: () => tableByte(GetFRURecordTable, DATA_AT + 5 + RECORD_HEADER + 3),
    run: async (probe) => mustEndInCrc((await table(probe)).bytes),
  },
  {
    id: 'PLDM-FRU-009',
    ...inTable,
    title: 'The table is padded with zeros to a multiple of four bytes',
    why: 'requesters find the checksum by it',
    failure: 'the length is not a multiple of 4, or the pad is not 0',
    mend: 'write 0 to 3 zero bytes behind the last record',
    mutant: () => otherTable((bytes) => (bytes.at(-1) === 0 ? bytes.with(-1 + bytes.length, 0xff) : bytes)),
    run: async (probe) => {
      const { bytes, end } = await whole(probe);
      mustBePadded(bytes, end);
    },
  },
  {
    id: 'PLDM-FRU-010',
    ...inTable,
    title: 'The records fill the table',
    why: 'a requester which reads over the end reads something else',
    failure: 'a record or a field runs over the end of the table',
    mend: 'count the fields of a record, and the bytes of a field',
    mutant: () => firstRecord(3, 0xc8),
    run: async (probe) => {
      const { isCutOff, end } = await table(probe);
      must(!isCutOff, `the record at byte ${end} runs over the end of the table`);
    },
  },
  {
    id: 'PLDM-FRU-011',
    clause: inTable.clause,
    level: 'recommended',
    title: 'Its records are general ones, or its own',
    why: 'requesters cannot read a record of a reserved type',
    failure: 'recordType is neither 1 nor 0xfe',
    mend: 'use 0xfe for what is your own',
    mutant: () => firstRecord(2, 0x33),
    run: async (probe) => {
      for (const { type } of (await whole(probe)).records) {
        const isKnown = type === FRU_RECORD_TYPE.general || type === FRU_RECORD_TYPE.oem;
        must(isKnown, `a record has type ${codeName(type)}`);
      }
    },
  },
  {
    id: 'PLDM-FRU-012',
    ...inTable,
    title: 'The encoding of a record is one that the standard has',
    why: 'otherwise requesters cannot read the strings',
    failure: 'encodingType is above 5',
    mend: 'use 1 for ASCII, 2 for UTF-8',
    mutant: () => firstRecord(4, 9),
    run: async (probe) => {
      for (const { encoding, set } of (await whole(probe)).records) {
        must(encoding <= FRU_ENCODING.utf16be, `a record of set ${set} has encoding ${encoding}`);
      }
    },
  },
  {
    id: 'PLDM-FRU-013',
    ...inTable,
    title: 'Record sets are numbered from 1 on',
    why: '0 stands for all of them in queries',
    failure: 'recordSetIdentifier is 0',
    mend: 'give every set an identifier from 1 to 0xffff',
    mutant: () => firstRecord(0, 0),
    run: async (probe) => {
      const { records } = await whole(probe);
      const isRight = records.every(({ set }) => set !== 0);
      must(isRight, 'a record has record set identifier 0');
    },
  },
  {
    id: 'PLDM-FRU-014',
    clause: 'DSP0257 general record fields',
    level: 'recommended',
    title: 'The fields of general records are fields that the standard has',
    why: 'other fields have no defined meaning',
    failure: 'a general record has a field of type 0, or above 15',
    mend: 'put what is your own into an OEM record',
    mutant: () => firstRecord(RECORD_HEADER, 0x70),
    run: async (probe) => {
      for (const { type, fields } of (await whole(probe)).records) {
        if (type !== FRU_RECORD_TYPE.general) continue;
        const stranger = fields.find((field) => field.type < 1 || field.type > GENERAL_FIELDS);
        must(stranger === undefined, `a general record has a field of type ${stranger?.type}`);
      }
    },
  },
  {
    id: 'PLDM-FRU-015',
    clause: 'DSP0257 general record fields',
    level: 'mandatory',
    title: 'Binary fields have their length',
    why: 'requesters read 13 bytes of a date, and 4 of a vendor',
    failure: 'Manufacture Date has not 13 bytes, or Vendor IANA not 4',
    mend: 'write a timestamp104, or a number of four bytes',
    mutant: () => firstRecord(RECORD_HEADER, VENDOR_IANA),
    run: async (probe) => {
      for (const { type, fields } of (await whole(probe)).records) {
        if (type !== FRU_RECORD_TYPE.general) continue;
        for (const field of fields) {
          const wanted = field.type === VENDOR_IANA ? 4 : field.type === MANUFACTURE_DATE ? 13 : field.value.length;
          must(field.value.length === wanted, `field ${field.type} has ${field.value.length} bytes, not ${wanted}`);
        }
      }
    },
  },
  {
    id: 'PLDM-FRU-016',
    ...inTable,
    title: 'Strings are in the encoding of their record',
    why: 'a requester shows them as something else',
    failure: 'a string has bytes which its encoding does not have',
    mend: 'write ASCII as bytes below 0x80, UTF-8 as such, UTF-16 in pairs of bytes',
    mutant: () => firstRecord(RECORD_HEADER + 2, 0xff),
    run: async (probe) => {
      for (const { type, encoding, fields } of (await whole(probe)).records) {
        if (type !== FRU_RECORD_TYPE.general) continue;
        for (const { type: field, value } of fields) {
          if (field === VENDOR_IANA || field === MANUFACTURE_DATE) continue;
          must(isText(value, encoding), `field ${field} is not text of encoding ${encoding}`);
        }
      }
    },
  },
  {
    id: 'PLDM-FRU-017',
    clause: inTable.clause,
    level: 'recommended',
    title: 'Every record has fields',
    why: 'a record without fields says nothing',
    failure: 'numberOfFruFields is 0',
    mend: 'leave the record out',
    mutant: () =>
      otherTable((bytes) => {
        const last = lastRecordAt(bytes);
        return Uint8Array.of(...bytes.subarray(0, last + 3), 0, bytes[last + 4]!);
      }),
    run: async (probe) => {
      for (const { set, fieldCount } of (await whole(probe)).records) {
        must(fieldCount > 0, `a record of set ${set} has no fields`);
      }
    },
  },
  {
    id: 'PLDM-FRU-018',
    clause: 'DSP0257 §11, GetFRURecordTable',
    level: 'mandatory',
    title: 'The parts of the table are marked as such',
    why: 'requesters see by it whether a part is missing',
    failure: 'transferFlag of a part is another one, or the last part has a handle for a next one',
    mend: '1 with the first part, 2 with those between, 4 with the last, 5 with the only one',
    bench: IN_PARTS,
    mutant: () =>
      pldmSuccess(GetFRURecordTable, (payload) =>
        payload[DATA_AT + 4] === 2 ? payload.with(DATA_AT + 4, 1) : payload,
      ),
    run: async (probe) => mustBeInParts(await parts(probe)),
  },
  refuses(
    {
      id: 'PLDM-FRU-019',
      clause: 'DSP0257 §11, GetFRURecordTable',
      title: 'It refuses a part which it did not announce',
      why: 'a part of something else is worse than an error',
      failure: 'a next part is given for a handle that was not given',
      mend: 'answer INVALID_DATA_TRANSFER_HANDLE',
    },
    { command: GetFRURecordTable, body: partBody(NO_HANDLE, 0), codes: [FRU_CODES.INVALID_DATA_TRANSFER_HANDLE] },
  ),
  refuses(
    {
      id: 'PLDM-FRU-020',
      clause: 'DSP0257 §11, GetFRURecordTable',
      title: 'It refuses a transfer operation which is none',
      why: 'only first part and next part mean something',
      failure: 'a transferOperationFlag of 7 is taken for another one',
      mend: 'answer INVALID_TRANSFER_OPERATION_FLAG, or ERROR_INVALID_DATA',
    },
    {
      command: GetFRURecordTable,
      body: partBody(0, 7),
      codes: [FRU_CODES.INVALID_TRANSFER_OPERATION_FLAG, COMPLETION.ERROR_INVALID_DATA],
    },
  ),
  {
    id: 'PLDM-FRU-021',
    clause: 'DSP0257 §11, GetFRURecordByOption',
    level: 'conditional',
    condition: 'when it supports GetFRURecordByOption',
    title: 'A query for one record set gives that set',
    why: 'a requester takes the answer for what it asked',
    failure: 'the records of another set come, or none',
    mend: 'compare the record set identifier, where it is not 0',
    mutant: () =>
      pldmSuccess(GetFRURecordByOption, (payload) => payload.with(DATA_AT + 5, payload[DATA_AT + 5]! ^ 0x20)),
    run: async (probe) => {
      await announces(probe, GetFRURecordByOption);
      const set = (await whole(probe)).records[0]?.set;
      if (set === undefined || set === 0) return notApplicable('the table has no record set');
      const data = await pldmData(probe, GetFRURecordByOption, byOption(set));
      const found = u16At(data, 5);
      must(data.length >= 5 + RECORD_HEADER && found === set, `record set ${set} was asked for, and ${found} comes`);
    },
  },
  {
    id: 'PLDM-FRU-022',
    clause: 'DSP0257 §11, GetFRURecordByOption',
    level: 'conditional',
    condition: 'when it supports GetFRURecordByOption',
    title: 'A query for a record set which is not there is refused, or gives nothing',
    why: 'a requester takes the answer for what it asked',
    failure: 'records come for a set that the table does not have',
    mend: 'answer FRU_DATA_STRUCTURE_TABLE_UNAVAILABLE, or without records',
    mutant: () => ({
      name: 'gives a record that was not asked for',
      answer: (answer, { payload }) =>
        payload[1] === FRU && payload[2] === GetFRURecordByOption.code && answer.payload[CODE_AT] !== OK
          ? {
              ...answer,
              payload: Uint8Array.of(...answer.payload.subarray(0, CODE_AT), 0, 0, 0, 0, 0, 5, 1, 0, 1, 1, 1, 1, 1, 65),
            }
          : answer,
    }),
    run: async (probe) => {
      await announces(probe, GetFRURecordByOption);
      const { code, data } = await pldm(probe, GetFRURecordByOption, byOption(0xfade));
      const isRight = code !== OK || data.length < 5 + RECORD_HEADER;
      must(isRight, `${data.length} bytes come for record set 0xfade`);
    },
  },
];
