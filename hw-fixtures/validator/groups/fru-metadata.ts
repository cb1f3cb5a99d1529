/** Checks of the metadata of FRU data against the table (DSP0257 §11). */

import { GetFRURecordTableMetadata } from '../../../pldm/fru/fru-commands.js';
import type { CheckDeclaration } from '../declaration.js';
import { must } from '../finding.js';
import { answersWithSuccess } from './answers-with-success.js';
import { CRC_BYTES, METADATA_BYTES, meta, metadata, table, whole } from './fru-steps.js';
import { DATA_AT, pldmSuccess, pldmSuccessByte, u16At, u32At } from './pldm-steps.js';

export const FRU_METADATA_CHECKS: readonly CheckDeclaration[] = [
  answersWithSuccess({
    id: 'PLDM-FRU-001',
    clause: meta.clause,
    command: GetFRURecordTableMetadata,
    why: 'requesters see by it whether they have read the table already',
    mend: 'support the command wherever there is FRU data',
  }),
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
];
