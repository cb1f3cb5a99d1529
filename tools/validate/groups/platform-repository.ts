/** Checks of the PDR repository: its information against its records, the chain of handles, parts (DSP0248 §26). */

import { crc8 } from '../../../pldm/base/crc.js';
import { PDR_HEADER_SIZE, PDR_TYPE } from '../../../pldm/platform/pdr/pdr-common.js';
import {
  GET_PDR_CODES,
  GetPDR,
  GetPDRRepositoryInfo,
  GetPDRRepositorySignature,
} from '../../../pldm/platform/pdr-commands.js';
import { PLATFORM_TRANSFER_FLAG } from '../../../pldm/platform/platform-enums.js';
import type { CheckDeclaration } from '../declaration.js';
import { inconclusive, must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { codeName } from './control-steps.js';
import { type PdrPart, pdrRequest, RECORD_AT, readPart, recordName, repository } from './platform-records.js';
import {
  CODE_AT,
  DATA_AT,
  isUnsupported,
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

const INFO_BYTES = 40;
const PLATFORM = 2;
/** Smaller than every record with more than its header. */
const SMALL_PART = 12;
const NO_HANDLE = 0xdeadbeef;
const KNOWN_TYPES = new Set<number>(Object.values(PDR_TYPE));

/** GetPDR answers whose flag says one part. */
const inOnePart = (change: (payload: Uint8Array, record: Uint8Array) => Uint8Array) =>
  pldmSuccess(GetPDR, (payload) =>
    payload[DATA_AT + 8] === PLATFORM_TRANSFER_FLAG.startAndEnd
      ? change(payload, payload.subarray(DATA_AT + RECORD_AT))
      : payload,
  );
/** GetPDR answers to requests for a few bytes. */
const inParts = (change: (payload: Uint8Array) => Uint8Array) =>
  pldmSuccess(GetPDR, (payload, request) => (u16At(request, 12) === SMALL_PART ? change(payload) : payload));

async function info(probe: Probe): Promise<Uint8Array> {
  await speaksType(probe, PLATFORM);
  const data = await pldmData(probe, GetPDRRepositoryInfo);
  return data.length < INFO_BYTES ? inconclusive(`the answer has ${data.length} bytes`) : data;
}

/** 0, which stands for the first record. @throws Finding not applicable, when there is none */
async function firstHandle(probe: Probe): Promise<number> {
  const { records } = await repository(probe);
  return records.length === 0 ? notApplicable('the repository is empty') : 0;
}

/** The parts of the first record that is longer than two small ones. */
async function smallParts(probe: Probe): Promise<readonly PdrPart[]> {
  const { records } = await repository(probe);
  const found = records.find(({ bytes }) => bytes.length > 2 * SMALL_PART);
  if (found === undefined) return notApplicable('no record is long enough to come in parts');
  const parts: PdrPart[] = [];
  for (let part = 0; parts.length < 64; ) {
    const change = u16At(found.bytes, 6);
    const body = pdrRequest({ handle: u32At(found.bytes, 0), part, count: SMALL_PART, change });
    const { code, data } = await pldm(probe, GetPDR, body);
    if (code !== OK) inconclusive(`part ${parts.length} is answered with ${codeName(code)}`);
    const read = readPart(data);
    parts.push(read);
    part = read.nextPart;
    if (part === 0) return parts;
  }
  return inconclusive('a record has no last part');
}

export const PLATFORM_REPOSITORY_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'PLDM-PLAT-001',
    clause: 'DSP0248 §26, GetPDRRepositoryInfo',
    level: 'mandatory',
    title: 'It answers GetPDRRepositoryInfo with success',
    why: 'requesters begin with it, and see by it whether anything has changed',
    failure: 'the command is not answered, or refused',
    mend: 'support the command wherever there are PDRs',
    mutant: () => pldmSuccess(GetPDRRepositoryInfo, (payload) => payload.slice(0, DATA_AT).with(CODE_AT, 0x01)),
    run: async (probe) => {
      await speaksType(probe, PLATFORM);
      const { code } = await pldmMandatory(probe, GetPDRRepositoryInfo);
      if (isUnsupported(code)) notApplicable('the device has no PDR repository');
      must(code === OK, `GetPDRRepositoryInfo is answered with completion code ${codeName(code)}`);
    },
  },
  {
    id: 'PLDM-PLAT-002',
    clause: 'DSP0248 §26, GetPDRRepositoryInfo',
    level: 'mandatory',
    title: 'The answer to GetPDRRepositoryInfo has its 40 bytes',
    why: 'requesters refuse an answer of another length',
    failure: 'bytes are missing or too many',
    mend: 'send state, two times of 13 bytes, three numbers of 4 and the time-out of 1',
    mutant: () => pldmSuccess(GetPDRRepositoryInfo, (payload) => Uint8Array.of(...payload, 0)),
    run: async (probe) => {
      await speaksType(probe, PLATFORM);
      const data = await pldmData(probe, GetPDRRepositoryInfo);
      must(data.length === INFO_BYTES, `${data.length} bytes come behind the completion code`);
    },
  },
  {
    id: 'PLDM-PLAT-003',
    clause: 'DSP0248 §26, GetPDRRepositoryInfo',
    level: 'mandatory',
    title: 'The state of its repository is one that the standard has',
    why: 'a requester waits while the repository is updated, and gives a failed one up',
    failure: 'repositoryState is not 0, 1 or 2',
    mend: 'say available, updateInProgress or failed',
    mutant: () => pldmSuccessByte(GetPDRRepositoryInfo, 0, () => 7),
    run: async (probe) => {
      const [state] = await info(probe);
      must(state! <= 2, `repositoryState is ${state}`);
    },
  },
  {
    id: 'PLDM-PLAT-004',
    clause: 'DSP0248 §26, GetPDRRepositoryInfo',
    level: 'mandatory',
    title: 'The number of records is that of the records which come',
    why: 'a requester reads the repository again when something is missing',
    failure: 'recordCount differs from the records that GetPDR gives',
    mend: 'count the records that GetPDR gives',
    mutant: () => pldmSuccessByte(GetPDRRepositoryInfo, 27, (byte) => byte + 1),
    run: async (probe) => {
      const count = u32At(await info(probe), 27);
      const { length } = await sound(probe);
      must(count === length, `recordCount is ${count}, and ${length} records come`);
    },
  },
  {
    id: 'PLDM-PLAT-005',
    clause: 'DSP0248 §26, GetPDRRepositoryInfo',
    level: 'recommended',
    title: 'The size of the repository is that of its records',
    why: 'a requester makes room by it',
    failure: 'repositorySize differs from the bytes of all records',
    mend: 'add up the lengths of the records, headers included',
    mutant: () => pldmSuccessByte(GetPDRRepositoryInfo, 31, (byte) => byte ^ 1),
    run: async (probe) => {
      const size = u32At(await info(probe), 31);
      const sum = (await sound(probe)).reduce((total, { bytes }) => total + bytes.length, 0);
      must(size === sum, `repositorySize is ${size}, and the records have ${sum} bytes`);
    },
  },
  {
    id: 'PLDM-PLAT-006',
    clause: 'DSP0248 §26, GetPDRRepositoryInfo',
    level: 'mandatory',
    title: 'No record is larger than the largest',
    why: 'a requester makes a buffer of this size for a record',
    failure: 'a record has more bytes than largestRecordSize',
    mend: 'give the length of the largest record, header included',
    mutant: () => pldmSuccess(GetPDRRepositoryInfo, (payload) => payload.with(DATA_AT + 35, 11).with(DATA_AT + 36, 0)),
    run: async (probe) => {
      const largest = u32At(await info(probe), 35);
      for (const { bytes } of await sound(probe)) {
        must(bytes.length <= largest, `largestRecordSize is ${largest}, and ${recordName(bytes)} has ${bytes.length}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-007',
    clause: 'DSP0248 §26.2',
    level: 'mandatory',
    title: 'The chain of records has an end',
    why: 'a requester follows it until handle 0',
    failure: 'nextRecordHandle leads back to a record that was there before',
    mend: 'say 0 with the last record',
    mutant: () =>
      inOnePart((payload) => {
        if (u32At(payload, DATA_AT) === 0) payload.set(le32(2), DATA_AT);
        return payload;
      }),
    run: async (probe) => {
      const { loopAt } = await repository(probe);
      must(loopAt === undefined, `the chain leads back to record ${loopAt}`);
    },
  },
  {
    id: 'PLDM-PLAT-008',
    clause: 'DSP0248 §26.2',
    level: 'mandatory',
    title: 'The chain leads to records which are there',
    why: 'a requester cannot go on from a record that is missing',
    failure: 'GetPDR of a handle from nextRecordHandle is refused',
    mend: 'give the handle of the next record, and answer it',
    mutant: () =>
      inOnePart((payload) => {
        if (u32At(payload, DATA_AT) === 0) payload.set(le32(0x7777), DATA_AT);
        return payload;
      }),
    run: async (probe) => {
      const { missing, records } = await repository(probe);
      if (missing === undefined) return;
      if (records.length === 0) inconclusive(`the first record is refused with ${codeName(missing.code)}`);
      must(false, `record ${missing.handle} is announced, and refused with ${codeName(missing.code)}`);
    },
  },
  {
    id: 'PLDM-PLAT-009',
    clause: 'DSP0248 §26.2',
    level: 'mandatory',
    title: 'A record has the handle by which it is asked for',
    why: 'other records and events name it by this handle',
    failure: 'recordHandle in the header is another one, or 0',
    mend: 'give every record its own handle, from 1 on',
    mutant: () =>
      inOnePart((payload, record) => {
        if (record[5] === PDR_TYPE.entityAuxiliaryNames) record[1] = 0x55;
        return payload;
      }),
    run: async (probe) => {
      for (const { asked, bytes } of (await repository(probe)).records) {
        const handle = u32At(bytes, 0);
        must(handle !== 0, `the handle of ${asked === 0 ? 'the first record' : `record ${asked}`} is 0`);
        must(asked === 0 || handle === asked, `record ${asked} says that its handle is ${handle}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-010',
    clause: 'DSP0248 §28',
    level: 'mandatory',
    title: 'The header version of a record is 1',
    why: 'another version has another layout',
    failure: 'pdrHeaderVersion is not 1',
    mend: 'write 1',
    mutant: () =>
      inOnePart((payload, record) => {
        if (record[5] === PDR_TYPE.stateSensor) record[4] = 2;
        return payload;
      }),
    run: async (probe) => {
      for (const { bytes } of (await repository(probe)).records) {
        must(bytes[4] === 1, `${recordName(bytes)} has header version ${bytes[4]}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-011',
    clause: 'DSP0248 §28',
    level: 'mandatory',
    title: 'The length of a record is that in its header',
    why: 'requesters find the end of the fields by it',
    failure: 'dataLength differs from the bytes behind the header',
    mend: 'count the bytes behind the ten of the header',
    mutant: () =>
      inOnePart((payload, record) => {
        if (record[5] === PDR_TYPE.entityAuxiliaryNames) record[8]! += 1;
        return payload;
      }),
    run: async (probe) => {
      for (const { bytes } of (await repository(probe)).records) {
        const [says, has] = [u16At(bytes, 8), bytes.length - PDR_HEADER_SIZE];
        must(says === has, `${recordName(bytes)} says ${says} bytes, and has ${has}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-012',
    clause: 'DSP0248 §28',
    level: 'recommended',
    title: 'The types of its records are types that the standard has',
    why: 'nobody can read a record of another type',
    failure: 'a PDR has a type that DSP0248 reserves',
    mend: 'use type 126 or 127 for what is your own',
    mutant: () =>
      inOnePart((payload, record) => {
        if (record[5] === PDR_TYPE.entityAuxiliaryNames) record[5] = 99;
        return payload;
      }),
    run: async (probe) => {
      for (const { bytes } of (await repository(probe)).records) {
        must(KNOWN_TYPES.has(bytes[5]!), `${recordName(bytes)} has type ${bytes[5]}`);
      }
    },
  },
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
      codes: [GET_PDR_CODES.INVALID_TRANSFER_OPERATION_FLAG, 0x02],
    },
  ),
  refuses(
    {
      id: 'PLDM-PLAT-021',
      clause: 'DSP0248 §26.2',
      title: 'It refuses a part which it did not announce',
      why: 'a part of something else is worse than an error',
      failure: 'GetPDR of a data transfer handle that nobody has is not answered with 0x80',
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

/** All records, when the chain is as it should be. */
async function sound(probe: Probe) {
  const { records, loopAt, missing } = await repository(probe);
  if (loopAt !== undefined || missing !== undefined) inconclusive('the chain of records is broken');
  return records;
}

function withLast(payload: Uint8Array): Uint8Array {
  return payload.with(payload.length - 1, payload.at(-1)! ^ 0x10);
}
