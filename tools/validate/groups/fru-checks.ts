/** Checks of FRU data: metadata against the table, checksums, fields (DSP0257). */

import type { Behaviour } from '../../../hw-fixtures/index.js';
import { withTrailer } from '../../../pldm/base/table-trailer.js';
import {
  FRU_CODES,
  FRU_RECORD_TYPE,
  GetFRURecordByOption,
  GetFRURecordTable,
  GetFRURecordTableMetadata,
} from '../../../pldm/fru/fru-commands.js';
import { FRU_ENCODING } from '../../../pldm/fru/fru-table.js';
import type { BenchDevice, CheckDeclaration } from '../declaration.js';
import { inconclusive, must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { codeName } from './control-steps.js';
import {
  announces,
  CODE_AT,
  DATA_AT,
  le16,
  le32,
  OK,
  pldm,
  pldmData,
  pldmMandatory,
  pldmSuccess,
  pldmSuccessByte,
  refuses,
  speaksType,
  u16At,
  u32At,
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

const FRU = 4;
const METADATA_BYTES = 18;
const RECORD_HEADER = 5;
const CRC_BYTES = 4;
const GENERAL_FIELDS = 15;
const VENDOR_IANA = 15;
const MANUFACTURE_DATE = 6;
const NO_HANDLE = 0xdeadbeef;

export const FRU_TOML = `[devices.dut.pldm]
tid = 3

[[devices.dut.pldm.fru]]
set = 1
manufacturer = "Acme Networks"
model = "NX-200"
partNumber = "NX200-QSFP"
serialNumber = "N7A1C5E100002"
vendorIana = 412

[[devices.dut.pldm.fru]]
set = 2
model = "Module"
serialNumber = "M0001"`;
/** Its table comes in parts. */
const IN_PARTS: BenchDevice = { toml: FRU_TOML.replace('tid = 3', 'tid = 3\npartSize = 32') };

interface FruRecordBytes {
  readonly set: number;
  readonly type: number;
  readonly encoding: number;
  readonly fieldCount: number;
  readonly fields: readonly { readonly type: number; readonly value: Uint8Array }[];
}

interface FruTableBytes {
  readonly bytes: Uint8Array;
  readonly records: readonly FruRecordBytes[];
  /** Where the last whole record ends. */
  readonly end: number;
  /** A record runs over the end. */
  readonly isCutOff: boolean;
}

function parts(probe: Probe): Promise<readonly TablePart[]> {
  return probe.facts.once('FRU parts', async () => {
    await speaksType(probe, FRU);
    const unavailable = [FRU_CODES.FRU_DATA_STRUCTURE_TABLE_UNAVAILABLE];
    return tableParts(probe, GetFRURecordTable, (handle, operation) => partBody(handle, operation), unavailable);
  });
}

async function table(probe: Probe): Promise<FruTableBytes> {
  return readTable(joined(await parts(probe)));
}

/** The same, when all of it is records. @throws Finding inconclusive */
async function whole(probe: Probe): Promise<FruTableBytes> {
  const read = await table(probe);
  return read.isCutOff ? inconclusive('a record runs over the end of the table') : read;
}

function readTable(bytes: Uint8Array): FruTableBytes {
  const limit = bytes.length - CRC_BYTES;
  const records: FruRecordBytes[] = [];
  let at = 0;
  // What is left behind the last record is pad, 3 bytes at most.
  while (limit - at > 3) {
    if (at + RECORD_HEADER > limit) return { bytes, records, end: at, isCutOff: true };
    const fieldCount = bytes[at + 3]!;
    const fields: FruRecordBytes['fields'][number][] = [];
    let field = at + RECORD_HEADER;
    for (let index = 0; index < fieldCount; index++) {
      const length = bytes[field + 1] ?? Number.POSITIVE_INFINITY;
      if (field + 2 + length > limit) return { bytes, records, end: at, isCutOff: true };
      fields.push({ type: bytes[field]!, value: bytes.subarray(field + 2, field + 2 + length) });
      field += 2 + length;
    }
    records.push({ set: u16At(bytes, at), type: bytes[at + 2]!, encoding: bytes[at + 4]!, fieldCount, fields });
    at = field;
  }
  return { bytes, records, end: at, isCutOff: false };
}

async function metadata(probe: Probe): Promise<Uint8Array> {
  await speaksType(probe, FRU);
  const data = await pldmData(probe, GetFRURecordTableMetadata);
  return data.length < METADATA_BYTES ? inconclusive(`the metadata have ${data.length} bytes`) : data;
}

const byOption = (set: number): number[] => [0, 0, 0, 0, ...le16(0), ...le16(set), 0, 0, 1];
const meta = { clause: 'DSP0257 §11, GetFRURecordTableMetadata', level: 'mandatory' } as const;
const inTable = { clause: 'DSP0257 §7', level: 'mandatory' } as const;

/** A mutant with another table; its metadata have the length and the checksum of that table, once it has been read. */
const otherTable = (change: (entries: Uint8Array) => Uint8Array): Behaviour => {
  let made: Uint8Array | undefined;
  const table = tableMutant(GetFRURecordTable, (entries) => {
    made = withTrailer(change(entries));
    return made.subarray(0, -CRC_BYTES);
  });
  const described = pldmSuccess(GetFRURecordTableMetadata, (payload) => {
    if (made === undefined) return payload;
    payload.set(le32(made.length - CRC_BYTES), DATA_AT + 6);
    payload.set(made.subarray(-CRC_BYTES), DATA_AT + 14);
    return payload;
  });
  return {
    name: 'has another FRU table',
    answer: (answer, request, device) => {
      const changed = table.answer!(answer, request, device);
      return changed === undefined ? undefined : described.answer!(changed, request, device);
    },
  };
};
const firstRecord = (at: number, value: number) => otherTable((bytes) => bytes.with(at, value));

export const FRU_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'PLDM-FRU-001',
    ...meta,
    title: 'It answers GetFRURecordTableMetadata with success',
    why: 'requesters see by it whether they have read the table already',
    failure: 'the command is not answered, or refused',
    mend: 'support the command wherever there is FRU data',
    mutant: () => pldmSuccess(GetFRURecordTableMetadata, (payload) => payload.slice(0, DATA_AT).with(CODE_AT, 0x01)),
    run: async (probe) => {
      await speaksType(probe, FRU);
      const { code } = await pldmMandatory(probe, GetFRURecordTableMetadata);
      must(code === OK, `GetFRURecordTableMetadata is answered with completion code ${codeName(code)}`);
    },
  },
  {
    id: 'PLDM-FRU-002',
    ...meta,
    title: 'The metadata have their 18 bytes',
    why: 'requesters refuse an answer of another length',
    failure: 'bytes are missing or too many',
    mend: 'send versions, sizes, counts and checksum',
    mutant: () => pldmSuccess(GetFRURecordTableMetadata, (payload) => Uint8Array.of(...payload, 0)),
    run: async (probe) => {
      const { length } = await metadata(probe);
      must(length === METADATA_BYTES, `${length} bytes come behind the completion code`);
    },
  },
  {
    id: 'PLDM-FRU-003',
    ...meta,
    title: 'The version of its FRU data is one that there is',
    why: 'another version has another layout',
    failure: 'fruDataMajorVersion is neither 1 nor 2',
    mend: 'write 1 and 0 for DSP0257 1.0',
    mutant: () => pldmSuccessByte(GetFRURecordTableMetadata, 0, () => 9),
    run: async (probe) => {
      const [major] = await metadata(probe);
      must(major === 1 || major === 2, `fruDataMajorVersion is ${major}`);
    },
  },
  {
    id: 'PLDM-FRU-004',
    ...meta,
    title: 'The length of the table is that in the metadata',
    why: 'requesters make room by it',
    failure: 'fruTableLength is neither the bytes of the records nor those of the whole table',
    mend: 'give the length of the records, without pad and checksum',
    mutant: () =>
      pldmSuccess(GetFRURecordTableMetadata, (payload) => payload.with(DATA_AT + 6, 1).with(DATA_AT + 7, 0)),
    run: async (probe) => {
      const { end, bytes } = await whole(probe);
      const length = u32At(await metadata(probe), 6);
      const padded = bytes.length - CRC_BYTES;
      const isRight = [end, padded, bytes.length].includes(length);
      must(isRight, `fruTableLength is ${length}, and the records have ${end} bytes, the table ${bytes.length}`);
    },
  },
  {
    id: 'PLDM-FRU-005',
    ...meta,
    title: 'The number of record sets is that of the table',
    why: 'requesters see by it whether something is missing',
    failure: 'totalRecordSetIdentifiers differs from the sets in the table',
    mend: 'count the different record set identifiers',
    mutant: () => pldmSuccessByte(GetFRURecordTableMetadata, 10, (byte) => byte + 1),
    run: async (probe) => {
      const count = u16At(await metadata(probe), 10);
      const { size } = new Set((await whole(probe)).records.map(({ set }) => set));
      must(count === size, `totalRecordSetIdentifiers is ${count}, and the table has ${size}`);
    },
  },
  {
    id: 'PLDM-FRU-006',
    ...meta,
    title: 'The number of records is that of the table',
    why: 'requesters see by it whether something is missing',
    failure: 'totalTableRecords differs from the records in the table',
    mend: 'count the records',
    mutant: () => pldmSuccessByte(GetFRURecordTableMetadata, 12, (byte) => byte + 1),
    run: async (probe) => {
      const count = u16At(await metadata(probe), 12);
      const { length } = (await whole(probe)).records;
      must(count === length, `totalTableRecords is ${count}, and the table has ${length}`);
    },
  },
  {
    id: 'PLDM-FRU-007',
    clause: meta.clause,
    level: 'recommended',
    title: 'The checksum in the metadata is that of the table',
    why: 'requesters do not read a table again which they have',
    failure: 'crc32 of the metadata differs from the last four bytes of the table',
    mend: 'CRC-32 over records and pad, in both places',
    mutant: () => pldmSuccessByte(GetFRURecordTableMetadata, -1, (byte) => byte ^ 1),
    run: async (probe) => {
      const has = u32At(await metadata(probe), 14);
      const { bytes } = await table(probe);
      const ends = u32At(bytes, bytes.length - CRC_BYTES);
      must(has === ends, `the metadata say 0x${has.toString(16)}, and the table ends in 0x${ends.toString(16)}`);
    },
  },
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
    why: 'nobody can read a record of a reserved type',
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
    why: 'nobody can read the strings otherwise',
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
    why: 'nobody knows what another field means',
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
      failure: 'a next part is given for a handle that nobody has',
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
    { command: GetFRURecordTable, body: partBody(0, 7), codes: [FRU_CODES.INVALID_TRANSFER_OPERATION_FLAG, 0x02] },
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

function lastRecordAt(bytes: Uint8Array): number {
  let last = 0;
  for (let at = 0; bytes.length - at > 3; ) {
    last = at;
    let field = at + RECORD_HEADER;
    for (let index = 0; index < bytes[at + 3]!; index++) field += 2 + bytes[field + 1]!;
    at = field;
  }
  return last;
}

function isText(value: Uint8Array, encoding: number): boolean {
  switch (encoding) {
    case FRU_ENCODING.ascii:
      return value.every((byte) => byte < 0x80);
    case FRU_ENCODING.utf8:
      try {
        new TextDecoder('utf-8', { fatal: true }).decode(value);
        return true;
      } catch {
        return false;
      }
    case FRU_ENCODING.utf16:
    case FRU_ENCODING.utf16le:
    case FRU_ENCODING.utf16be:
      return value.length % 2 === 0;
    default:
      return true;
  }
}
