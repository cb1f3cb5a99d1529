/** Checks of the PDR repository: its information against its records, the chain, headers (DSP0248 §26). */

import { PDR_HEADER_SIZE, PDR_TYPE } from '../../../pldm/platform/pdr/pdr-common.js';
import { GetPDRRepositoryInfo } from '../../../pldm/platform/pdr-commands.js';
import type { CheckDeclaration } from '../declaration.js';
import { inconclusive, must } from '../finding.js';
import { answersWithSuccess } from './answers-with-success.js';
import { codeName } from './control-steps.js';
import { recordName, repository } from './platform-records.js';
import { INFO_BYTES, info, inOnePart, KNOWN_TYPES, PLATFORM, sound } from './platform-repository-steps.js';
import { DATA_AT, le32, pldmData, pldmSuccess, pldmSuccessByte, speaksType, u16At, u32At } from './pldm-steps.js';

export const PLATFORM_REPOSITORY_CHECKS: readonly CheckDeclaration[] = [
  answersWithSuccess({
    id: 'PLDM-PLAT-001',
    clause: 'DSP0248 §26, GetPDRRepositoryInfo',
    command: GetPDRRepositoryInfo,
    why: 'requesters begin with it, and see by it whether anything has changed',
    mend: 'support the command wherever there are PDRs',
    absent: 'the device has no PDR repository',
  }),
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
    why: 'requesters cannot read a record of another type',
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
];
