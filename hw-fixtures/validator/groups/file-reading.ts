/** Checks of reading files in parts (DSP0242 §9). */

import { NegotiateTransferParameters } from '../../../pldm/base/base-commands.js';
import { crc32 } from '../../../pldm/base/crc.js';
import { MULTIPART_FLAG, MultipartReceive, TRANSFER_OPERATION } from '../../../pldm/base/multipart-commands.js';
import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import type { CheckDeclaration } from '../declaration.js';
import { inconclusive, must, notApplicable } from '../finding.js';
import { codeName } from './control-steps.js';
import {
  FILES,
  files,
  firstPart,
  inFirstParts,
  NO_DESCRIPTOR,
  negotiate,
  PART_BYTES,
  reading,
  readPart,
  receiveBody,
  SECTION_BYTES,
} from './file-steps.js';
import { bitsOf, CODE_AT, DATA_AT, OK, pldmCode, pldmData, pldmSuccess, pldmSuccessByte, u32At } from './pldm-steps.js';

export const FILE_READING_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'PLDM-FILE-014',
    ...reading,
    title: 'Files move in parts',
    why: 'nothing can be read otherwise',
    failure: 'bit 7 of responderProtocolSupport is 0',
    mend: 'set the bit of type 7 in the answer to NegotiateTransferParameters',
    mutant: () => pldmSuccessByte(NegotiateTransferParameters, 2, (byte) => byte & 0x7f),
    run: async (probe) => {
      await files(probe);
      const types = bitsOf((await negotiate(probe)).subarray(2));
      must(types.includes(FILES), 'type 7 does not take part in transfers in parts');
    },
  },
  {
    id: 'PLDM-FILE-015',
    ...reading,
    title: 'A part is not larger than was negotiated',
    why: 'the client has room for so many bytes only',
    failure: 'dataLengthBytes is above the smaller of both part sizes',
    mend: 'cut the section into parts of the negotiated size',
    mutant: () => inFirstParts((payload) => payload.with(DATA_AT + 6, 0x7f)),
    run: async (probe) => {
      const { length } = await firstPart(probe);
      must(length <= PART_BYTES, `${PART_BYTES} bytes were negotiated, and a part has ${length}`);
    },
  },
  {
    id: 'PLDM-FILE-016',
    ...reading,
    title: 'A part ends in the CRC-32 of the section so far',
    why: 'clients drop what is damaged',
    failure: 'dataIntegrityChecksum is missing, or is not that of the data',
    mend: 'CRC-32 from the first byte of the section to the end of the part',
    mutant: () => inFirstParts((payload) => payload.with(payload.length - 1, payload.at(-1)! ^ 1)),
    run: async (probe) => {
      const { data, length, rest } = await firstPart(probe);
      if (data.length !== length || length > PART_BYTES) inconclusive('the part has another length than it says');
      const crc = crc32(data);
      must(
        rest.length === 4 && u32At(rest, 0) === crc,
        `${rest.length} bytes come behind the data, and not its CRC-32`,
      );
    },
  },
  {
    id: 'PLDM-FILE-017',
    ...reading,
    title: 'The first part is marked as such',
    why: 'clients see by it whether a part is missing',
    failure: 'transferFlag of the first part is neither Start nor StartAndEnd',
    mend: '1 with the first of several parts, 5 with the only one',
    mutant: () => inFirstParts((payload) => payload.with(DATA_AT, MULTIPART_FLAG.middle)),
    run: async (probe) => {
      const { flag } = await firstPart(probe);
      must(flag === MULTIPART_FLAG.start || flag === MULTIPART_FLAG.startAndEnd, `transferFlag is ${flag}`);
    },
  },
  {
    id: 'PLDM-FILE-018',
    ...reading,
    title: 'The end of a transfer is acknowledged',
    why: 'a client closes the file when it is',
    failure: 'the answer to a transfer operation "complete" is not flag 8 without data',
    mend: 'answer transferFlag 8, length 0, no checksum',
    mutant: () =>
      pldmSuccess(MultipartReceive, (payload, request) =>
        request[4] === TRANSFER_OPERATION.complete ? payload.with(DATA_AT, MULTIPART_FLAG.end) : payload,
      ),
    run: async (probe) => {
      const { descriptor, next } = await firstPart(probe);
      const body = receiveBody(TRANSFER_OPERATION.complete, descriptor, next);
      const { flag, length, rest } = readPart(descriptor, await pldmData(probe, MultipartReceive, body));
      const isRight = flag === MULTIPART_FLAG.acknowledgeCompletion && length === 0 && rest.length === 0;
      must(isRight, `transferFlag ${flag}, ${length} bytes, ${rest.length} behind them`);
    },
  },
  {
    id: 'PLDM-FILE-019',
    ...reading,
    title: 'It refuses to read what is not open',
    why: 'a file that another requester opened must not be read',
    failure: 'MultipartReceive of a descriptor that was not given is not answered with 0x21',
    mend: 'answer ERROR_INVALID_TRANSFER_CONTEXT',
    mutant: () => ({
      name: 'reads what is not open',
      answer: (answer, { payload }) =>
        payload[1] === 0 && payload[2] === MultipartReceive.code && answer.payload[CODE_AT] === 0x21
          ? { ...answer, payload: answer.payload.with(CODE_AT, COMPLETION.ERROR) }
          : answer,
    }),
    run: async (probe) => {
      await files(probe);
      await negotiate(probe);
      const body = receiveBody(TRANSFER_OPERATION.firstPart, NO_DESCRIPTOR, 0, 0, SECTION_BYTES);
      const code = await pldmCode(probe, MultipartReceive, body);
      const isRight = code === COMPLETION.ERROR_INVALID_TRANSFER_CONTEXT;
      must(
        isRight,
        `MultipartReceive of descriptor ${NO_DESCRIPTOR} is answered with ${codeName(code)}, not with 0x21`,
      );
    },
  },
  {
    id: 'PLDM-FILE-020',
    ...reading,
    title: 'It refuses a part which it did not announce',
    why: 'a part of something else is worse than an error',
    failure: 'a next part is given for a handle that was not given',
    mend: 'answer ERROR_INVALID_DATA_TRANSFER_HANDLE',
    mutant: () => ({
      name: 'gives parts for any handle',
      answer: (answer, { payload }) =>
        payload[1] === 0 && payload[2] === MultipartReceive.code && answer.payload[CODE_AT] === 0x22
          ? { ...answer, payload: Uint8Array.of(...answer.payload.subarray(0, CODE_AT), OK, 4, 0, 0, 0, 0, 0, 0, 0, 0) }
          : answer,
    }),
    run: async (probe) => {
      const { descriptor, next } = await firstPart(probe);
      if (next === 0) notApplicable('the section comes in one part');
      const body = receiveBody(TRANSFER_OPERATION.nextPart, descriptor, 0xdeadbeef);
      const code = await pldmCode(probe, MultipartReceive, body);
      must(code !== OK, 'a part comes for a handle that was not given');
    },
  },
];
