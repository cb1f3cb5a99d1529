/** Checks of records in parts, and of what GetPDR refuses (DSP0248 §26.2). */

import { crc8 } from '../../../pldm/base/crc.js';
import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import { PDR_TYPE } from '../../../pldm/platform/pdr/pdr-common.js';
import { GET_PDR_CODES, GetPDR, GetPDRRepositorySignature } from '../../../pldm/platform/pdr-commands.js';
import { PLATFORM_TRANSFER_FLAG } from '../../../pldm/platform/platform-enums.js';
import type { CheckDeclaration } from '../declaration.js';
import { inconclusive, must, notApplicable } from '../finding.js';
import { codeName } from './control-steps.js';
import { pdrRequest, readPart, repository } from './platform-records.js';
import {
  firstHandle,
  info,
  inOnePart,
  inParts,
  NO_HANDLE,
  PLATFORM,
  SMALL_PART,
  smallParts,
  withLast,
} from './platform-repository-steps.js';
import { DATA_AT, pldmData, pldmSuccessByte, refuses, speaksType, u16At, u32At } from './pldm-steps.js';

export const PLATFORM_TRANSFER_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'PLDM-PLAT-013',
    clause: 'DSP0248 §26.2',
    level: 'mandatory',
    title: 'responseCount is the number of bytes which come',
    why: 'requesters tell the record from the checksum behind it by this number',
    failure: 'the answer has fewer bytes than responseCount, or more than a checksum behind them',
    mend: 'count the bytes of recordData',
    mutant: () => inOnePart((payload) => Uint8Array.of(...payload, 0, 0)),
    run: async (probe) => {
      for (const { first, asked } of (await repository(probe)).records) {
        const { count, record, rest } = first;
        must(record.length === count, `record ${asked}: responseCount is ${count}, and ${record.length} bytes come`);
        must(rest.length <= 1, `record ${asked}: ${rest.length} bytes come behind recordData`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-014',
    clause: 'DSP0248 §26.2',
    level: 'mandatory',
    title: 'A part has not more bytes than requestCount',
    why: 'the requester has room for so many only',
    failure: 'more bytes come than were asked for',
    mend: 'cut the record after requestCount bytes, and give the rest as next parts',
    mutant: () => inParts((payload) => payload.with(DATA_AT + 9, SMALL_PART + 1)),
    run: async (probe) => {
      for (const { count } of await smallParts(probe)) {
        must(count <= SMALL_PART, `${SMALL_PART} bytes were asked for, and responseCount is ${count}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-015',
    clause: 'DSP0248 §26.2',
    level: 'mandatory',
    title: 'Parts are marked Start, Middle and End',
    why: 'requesters see by it whether a part is missing',
    failure: 'transferFlag of a part is another one',
    mend: '0 with the first, 1 with those between, 4 with the last: the numbers of type 2, not those of type 0',
    mutant: () => inParts((payload) => (payload[DATA_AT + 8] === 1 ? payload.with(DATA_AT + 8, 2) : payload)),
    run: async (probe) => {
      const flags = (await smallParts(probe)).map(({ flag }) => flag);
      const { start, middle, end } = PLATFORM_TRANSFER_FLAG;
      const wanted = flags.map((_, index) => (index === 0 ? start : index === flags.length - 1 ? end : middle));
      must(String(flags) === String(wanted), `the parts have transferFlag ${flags.join(' ')}, not ${wanted.join(' ')}`);
    },
  },
  {
    id: 'PLDM-PLAT-016',
    clause: 'DSP0248 §26.2',
    level: 'mandatory',
    title: 'The last of several parts has the CRC-8 of the record',
    why: 'requesters drop what is damaged',
    failure: 'transferCrc is missing, or is not that of the whole record',
    mend: 'CRC-8 with polynomial 0x07 over all parts, header included',
    mutant: () => inParts((payload) => (u32At(payload, DATA_AT + 4) === 0 ? withLast(payload) : payload)),
    run: async (probe) => {
      const parts = await smallParts(probe);
      const last = parts.at(-1)!;
      if (parts.some(({ count, record }) => count !== record.length || count > SMALL_PART)) {
        inconclusive('the parts have another length than they say');
      }
      const crc = crc8(Uint8Array.from(parts.flatMap(({ record }) => [...record])));
      must(last.rest.length === 1, `${last.rest.length} bytes come behind the last part`);
      must(last.rest[0] === crc, `transferCrc is ${codeName(last.rest[0])}, and should be ${codeName(crc)}`);
    },
  },
  {
    id: 'PLDM-PLAT-017',
    clause: 'DSP0248 §26.2',
    level: 'mandatory',
    title: 'A record in one part has no checksum',
    why: 'requesters refuse an answer of another length',
    failure: 'a byte comes behind recordData of a single part',
    mend: 'send transferCrc with transferFlag End only',
    mutant: () => inOnePart((payload) => Uint8Array.of(...payload, 0)),
    run: async (probe) => {
      for (const { first, asked } of (await repository(probe)).records) {
        if (first.flag !== PLATFORM_TRANSFER_FLAG.startAndEnd) continue;
        must(first.rest.length !== 1, `record ${asked} comes in one part, and a byte behind it`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-018',
    clause: 'DSP0248 §26.2',
    level: 'mandatory',
    title: 'A record in one part is marked so, and has no next part',
    why: 'a requester asks for a next part which is not there',
    failure: 'transferFlag is StartAndEnd and there is a handle for a next part, or the other way round',
    mend: 'transferFlag 5 with nextDataTransferHandle 0',
    mutant: () =>
      inOnePart((payload, record) => {
        if (record[5] === PDR_TYPE.entityAuxiliaryNames) payload[DATA_AT + 4] = 1;
        return payload;
      }),
    run: async (probe) => {
      for (const { first, asked } of (await repository(probe)).records) {
        const isWhole = first.flag === PLATFORM_TRANSFER_FLAG.startAndEnd;
        const isRight = isWhole === (first.nextPart === 0);
        must(isRight, `record ${asked}: transferFlag ${first.flag} with handle ${first.nextPart} for the next part`);
      }
    },
  },
  refuses(
    {
      id: 'PLDM-PLAT-019',
      clause: 'DSP0248 §26.2',
      title: 'It refuses a record handle which it does not have',
      why: 'a requester reads the repository again when a record has gone',
      failure: 'GetPDR of a handle that is not there is not answered with 0x82',
      mend: 'answer INVALID_RECORD_HANDLE',
    },
    { command: GetPDR, body: pdrRequest({ handle: NO_HANDLE }), codes: [GET_PDR_CODES.INVALID_RECORD_HANDLE] },
  ),
  refuses(
    {
      id: 'PLDM-PLAT-020',
      clause: 'DSP0248 §26.2',
      title: 'It refuses a transfer operation which is none',
      why: 'only first part and next part mean something',
      failure: 'GetPDR with a transferOperationFlag of 7 is not answered with 0x81',
      mend: 'answer INVALID_TRANSFER_OPERATION_FLAG, or ERROR_INVALID_DATA',
    },
    {
      command: GetPDR,
      body: async (probe) => pdrRequest({ handle: await firstHandle(probe), operation: 7 }),
      codes: [GET_PDR_CODES.INVALID_TRANSFER_OPERATION_FLAG, COMPLETION.ERROR_INVALID_DATA],
    },
  ),
  refuses(
    {
      id: 'PLDM-PLAT-021',
      clause: 'DSP0248 §26.2',
      title: 'It refuses a part which it did not announce',
      why: 'a part of something else is worse than an error',
      failure: 'GetPDR of a data transfer handle that was not given is not answered with 0x80',
      mend: 'answer INVALID_DATA_TRANSFER_HANDLE',
    },
    {
      command: GetPDR,
      body: async (probe) => pdrRequest({ handle: await firstHandle(probe), part: NO_HANDLE }),
      codes: [GET_PDR_CODES.INVALID_DATA_TRANSFER_HANDLE],
    },
  ),
  refuses(
    {
      id: 'PLDM-PLAT-022',
      clause: 'DSP0248 §26.2',
      title: 'It refuses the next part of a record with another change number',
      why: 'parts of an old and of a new record do not fit together',
      failure: 'a next part with a wrong recordChangeNumber is not answered with 0x83',
      mend: 'compare recordChangeNumber with that of the record, and answer INVALID_RECORD_CHANGE_NUMBER',
    },
    {
      command: GetPDR,
      body: async (probe) => {
        const { records } = await repository(probe);
        const found = records.find(({ bytes }) => bytes.length > 2 * SMALL_PART);
        if (found === undefined) return notApplicable('no record is long enough to come in parts');
        const handle = u32At(found.bytes, 0);
        const first = readPart(await pldmData(probe, GetPDR, pdrRequest({ handle, count: SMALL_PART })));
        const change = u16At(found.bytes, 6) ^ 0x5a5a;
        return pdrRequest({ handle, part: first.nextPart, count: SMALL_PART, change });
      },
      codes: [GET_PDR_CODES.INVALID_RECORD_CHANGE_NUMBER],
    },
  ),
  {
    id: 'PLDM-PLAT-023',
    clause: 'DSP0248 §26, GetPDRRepositorySignature',
    level: 'conditional',
    condition: 'when it supports GetPDRRepositorySignature',
    title: 'The signature stays while the repository stays',
    why: 'requesters read everything again when it changes',
    failure: 'the signature changes, and the records do not',
    mend: 'change the signature with the records only',
    mutant: () => {
      let count = 0;
      return pldmSuccessByte(GetPDRRepositorySignature, 0, (byte) => byte ^ (count++ & 0xff));
    },
    run: async (probe) => {
      await speaksType(probe, PLATFORM);
      const before = await info(probe);
      const first = await pldmData(probe, GetPDRRepositorySignature);
      const second = await pldmData(probe, GetPDRRepositorySignature);
      const isSame = String(before.subarray(1, 27)) === String((await info(probe)).subarray(1, 27));
      if (!isSame) inconclusive('the repository was changed in between');
      must(String(first) === String(second), 'the signature is another one the second time');
    },
  },
];
