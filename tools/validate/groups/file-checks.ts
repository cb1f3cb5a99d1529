/** Checks of file transfer: descriptors of files, opening and closing, reading in parts (DSP0242). */

import { NegotiateTransferParameters } from '../../../pldm/base/base-commands.js';
import { crc32 } from '../../../pldm/base/crc.js';
import { MULTIPART_FLAG, MultipartReceive, TRANSFER_OPERATION } from '../../../pldm/base/multipart-commands.js';
import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import { PLDM_TYPE } from '../../../pldm/base/pldm-types.js';
import {
  DfClose,
  DfGetFileAttribute,
  DfHeartbeat,
  DfOpen,
  DfProperties,
  FILE_CODES,
} from '../../../pldm/file/file-commands.js';
import { FILE_CLASSIFICATION } from '../../../pldm/platform/pdr/entity-pdrs.js';
import { PDR_TYPE } from '../../../pldm/platform/pdr/pdr-common.js';
import type { CheckDeclaration } from '../declaration.js';
import { inconclusive, must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { codeName } from './control-steps.js';
import { pdrMutant, recordName, recordsOf } from './platform-records.js';
import {
  bitsOf,
  CODE_AT,
  DATA_AT,
  le16,
  le32,
  OK,
  pldm,
  pldmCode,
  pldmData,
  pldmMandatory,
  pldmSuccess,
  pldmSuccessByte,
  refuses,
  speaksType,
  u16At,
  u32At,
} from './pldm-steps.js';

const FILES = PLDM_TYPE.fileTransfer;
const NO_FILE = 0xfade;
const NO_DESCRIPTOR = 0xfade;
const PART_BYTES = 256;
const SECTION_BYTES = 600;
const READ = 0;
/** Offsets in a File Descriptor PDR, header included. */
const FILE = { identifier: 12, directory: 20, classification: 22, maximumSize: 30, nameLength: 35, name: 36 } as const;
/** A part of MultipartReceive behind the completion code. */
const PART_AT = 9;
const KNOWN = new Set<number>(Object.values(FILE_CLASSIFICATION));
/** Of the conforming device: the last one, and a directory. */
const LAST_FILE = 5;
const DIRECTORY = 1;

const lastFile = (change: (record: Uint8Array) => void) =>
  pdrMutant(PDR_TYPE.fileDescriptor, (record) => {
    if (u16At(record, FILE.identifier) === LAST_FILE) change(record);
  });

async function files(probe: Probe): Promise<readonly Uint8Array[]> {
  await speaksType(probe, FILES);
  const records = await recordsOf(probe, PDR_TYPE.fileDescriptor, 'file');
  return records.filter((record) => record.length >= FILE.name);
}

const isDirectory = (record: Uint8Array): boolean => record[FILE.classification] === FILE_CLASSIFICATION.directory;

/** A file that can be opened for reading; it is closed when the check is over. @throws Finding */
async function opened(probe: Probe): Promise<number> {
  for (const record of await files(probe)) {
    if (isDirectory(record)) continue;
    const { code, data } = await pldm(probe, DfOpen, [...record.subarray(FILE.identifier, 14), ...le16(READ)]);
    if (code !== OK || data.length < 2) continue;
    const descriptor = u16At(data, 0);
    probe.restore(async () => {
      await pldm(probe, DfClose, [...le16(descriptor), ...le16(0)]);
    });
    return descriptor;
  }
  return notApplicable('no file can be opened for reading');
}

async function negotiate(probe: Probe): Promise<Uint8Array> {
  const body = [...le16(PART_BYTES), 1 << FILES, 0, 0, 0, 0, 0, 0, 0];
  const data = await pldmData(probe, NegotiateTransferParameters, body);
  return data.length < 3 ? inconclusive('the answer to NegotiateTransferParameters is too short') : data;
}

const receiveBody = (operation: number, descriptor: number, handle = 0, offset = 0, length = 0): number[] => [
  ...[FILES, operation, ...le32(descriptor), ...le32(handle)],
  ...[...le32(offset), ...le32(length)],
];

interface FilePart {
  readonly descriptor: number;
  readonly flag: number;
  readonly next: number;
  /** dataLengthBytes */
  readonly length: number;
  readonly data: Uint8Array;
  readonly rest: Uint8Array;
}

/** The first part of a file's first bytes. @throws Finding */
async function firstPart(probe: Probe): Promise<FilePart> {
  await negotiate(probe);
  const descriptor = await opened(probe);
  const body = receiveBody(TRANSFER_OPERATION.firstPart, descriptor, 0, 0, SECTION_BYTES);
  return readPart(descriptor, await pldmData(probe, MultipartReceive, body));
}

function readPart(descriptor: number, data: Uint8Array): FilePart {
  if (data.length < PART_AT) inconclusive(`an answer to MultipartReceive has ${data.length} bytes`);
  const length = u32At(data, 5);
  return {
    ...{ descriptor, flag: data[0]!, next: u32At(data, 1), length },
    data: data.subarray(PART_AT, PART_AT + length),
    rest: data.subarray(PART_AT + length),
  };
}

/** First parts of sections. */
const inFirstParts = (change: (payload: Uint8Array) => Uint8Array) =>
  pldmSuccess(MultipartReceive, (payload, request) =>
    request[4] === TRANSFER_OPERATION.firstPart ? change(payload) : payload,
  );

const described = {
  clause: 'DSP0242 §10',
  level: 'conditional',
  condition: 'when it describes files by PDRs',
} as const;
const reading = {
  clause: 'DSP0242 §9, DfRead',
  level: 'conditional',
  condition: 'when a file can be opened for reading',
} as const;

export const FILE_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'PLDM-FILE-001',
    ...described,
    title: 'Every file has an identifier of its own',
    why: 'files are opened by it',
    failure: 'two File Descriptor PDRs have the same fileIdentifier',
    mend: 'number files and directories together',
    mutant: () => lastFile((record) => record.fill(4, FILE.identifier, FILE.identifier + 1)),
    run: async (probe) => {
      const ids = (await files(probe)).map((record) => u16At(record, FILE.identifier));
      must(new Set(ids).size === ids.length, `a file identifier is there twice: ${ids.join(', ')}`);
    },
  },
  {
    id: 'PLDM-FILE-002',
    ...described,
    title: 'The name of a file fits its record, and ends in NUL',
    why: 'a client which reads over the end reads something else',
    failure: 'fileNameLength is more than the bytes behind it, or the last one is not NUL',
    mend: 'count the terminator',
    mutant: () =>
      lastFile((record) =>
        record.fill(0x78, FILE.nameLength + record[FILE.nameLength]!, FILE.name + record[FILE.nameLength]!),
      ),
    run: async (probe) => {
      for (const record of await files(probe)) {
        const length = record[FILE.nameLength]!;
        const isRight = FILE.name + length <= record.length && record[FILE.nameLength + length] === 0;
        must(isRight, `${recordName(record)}: a name of ${length} bytes in ${record.length - FILE.name}`);
      }
    },
  },
  {
    id: 'PLDM-FILE-003',
    ...described,
    title: 'Files are in directories which are there',
    why: 'a client which shows them as a tree loses the file',
    failure: 'superiorDirectoryFileIdentifier is neither 0 nor that of a directory',
    mend: 'describe the directory, or write 0 for the root',
    mutant: () => lastFile((record) => record.set(le16(0x0777), FILE.directory)),
    run: async (probe) => {
      const all = await files(probe);
      const directories = all.filter(isDirectory).map((record) => u16At(record, FILE.identifier));
      for (const record of all) {
        const directory = u16At(record, FILE.directory);
        const isThere = directory === 0 || directories.includes(directory);
        must(isThere, `${recordName(record)} is in directory ${directory}, which is not there`);
      }
    },
  },
  {
    id: 'PLDM-FILE-004',
    ...described,
    title: 'The classification of a file is one that the standard has',
    why: 'a client looks for logs and dumps by it',
    failure: 'fileClassification is neither 0 to 9 nor 0xfd to 0xff',
    mend: 'use 0 for what is your own',
    mutant: () => lastFile((record) => record.fill(0x55, FILE.classification, FILE.classification + 1)),
    run: async (probe) => {
      for (const record of await files(probe)) {
        const value = record[FILE.classification]!;
        must(KNOWN.has(value), `${recordName(record)} has classification ${codeName(value)}`);
      }
    },
  },
  {
    id: 'PLDM-FILE-005',
    ...described,
    title: 'The files which it describes are there',
    why: 'a client opens what it sees',
    failure: 'DfOpen of a described file is answered with INVALID_FILE_IDENTIFIER',
    mend: 'remove the PDR with the file',
    mutant: () => ({
      name: 'does not know its last file',
      answer: (answer, { payload }) =>
        payload[1] === FILES && payload[2] === DfOpen.code && payload[3] === LAST_FILE
          ? {
              ...answer,
              payload: Uint8Array.of(...answer.payload.subarray(0, CODE_AT), FILE_CODES.INVALID_FILE_IDENTIFIER),
            }
          : answer,
    }),
    run: async (probe) => {
      for (const record of await files(probe)) {
        const id = record.subarray(FILE.identifier, 14);
        const { code, data } = await pldmMandatory(probe, DfOpen, [...id, ...le16(READ)]);
        const isThere = code !== FILE_CODES.INVALID_FILE_IDENTIFIER;
        if (code === OK) await pldm(probe, DfClose, [...data.subarray(0, 2), ...le16(0)]);
        must(isThere, `file ${u16At(id, 0)} is described, and refused with ${codeName(code)}`);
      }
    },
  },
  refuses(
    {
      id: 'PLDM-FILE-006',
      clause: 'DSP0242 §9, DfOpen',
      title: 'It refuses to open a file which it does not have',
      why: 'another file is worse than an error',
      failure: 'DfOpen of identifier 0xfade is not answered with 0x86',
      mend: 'answer INVALID_FILE_IDENTIFIER',
    },
    { command: DfOpen, body: [...le16(NO_FILE), ...le16(READ)], codes: [FILE_CODES.INVALID_FILE_IDENTIFIER] },
  ),
  refuses(
    {
      id: 'PLDM-FILE-007',
      clause: 'DSP0242 §9, DfOpen',
      level: 'conditional',
      condition: 'when it describes a directory',
      title: 'It refuses to open a directory',
      why: 'a directory has no bytes',
      failure: 'DfOpen of a directory is not answered with 0x87',
      mend: 'answer DFOPEN_DIR_NOT_ALLOWED',
    },
    {
      command: DfOpen,
      body: async (probe) => {
        const directory = (await files(probe)).find(isDirectory);
        if (directory === undefined) return notApplicable('the device describes no directory');
        return [...directory.subarray(FILE.identifier, 14), ...le16(READ)];
      },
      codes: [FILE_CODES.DFOPEN_DIR_NOT_ALLOWED],
      mutates: (body) => body[0] === DIRECTORY,
    },
  ),
  refuses(
    {
      id: 'PLDM-FILE-008',
      clause: 'DSP0242 §9, DfClose',
      title: 'It refuses to close what is not open',
      why: 'the descriptor of somebody else would be closed',
      failure: 'DfClose of descriptor 0xfade is not answered with 0x80',
      mend: 'answer INVALID_FILE_DESCRIPTOR',
    },
    { command: DfClose, body: [...le16(NO_DESCRIPTOR), ...le16(0)], codes: [FILE_CODES.INVALID_FILE_DESCRIPTOR] },
  ),
  {
    id: 'PLDM-FILE-009',
    clause: 'DSP0242 §9, DfClose',
    level: 'conditional',
    condition: 'when a file can be opened for reading',
    title: 'What is closed is closed',
    why: 'descriptors run out otherwise',
    failure: 'DfClose is refused, or the descriptor can be closed once more',
    mend: 'forget a descriptor with DfClose',
    mutant: () => pldmSuccess(DfClose, (payload) => Uint8Array.of(...payload.subarray(0, CODE_AT), COMPLETION.ERROR)),
    run: async (probe) => {
      const descriptor = await opened(probe);
      const code = await pldmCode(probe, DfClose, [...le16(descriptor), ...le16(0)]);
      must(code === OK, `DfClose is answered with completion code ${codeName(code)}`);
      const again = await pldmCode(probe, DfClose, [...le16(descriptor), ...le16(0)]);
      must(again !== OK, 'a descriptor that was closed is closed once more');
    },
  },
  refuses(
    {
      id: 'PLDM-FILE-010',
      clause: 'DSP0242 §9, DfHeartbeat',
      level: 'conditional',
      condition: 'when it supports DfHeartbeat',
      title: 'It refuses the heartbeat of what is not open',
      why: 'a client must notice that its descriptor has expired',
      failure: 'DfHeartbeat of descriptor 0xfade is not answered with 0x80',
      mend: 'answer INVALID_FILE_DESCRIPTOR',
    },
    {
      command: DfHeartbeat,
      body: [...le16(NO_DESCRIPTOR), ...le32(10_000)],
      codes: [FILE_CODES.INVALID_FILE_DESCRIPTOR],
    },
  ),
  refuses(
    {
      id: 'PLDM-FILE-011',
      clause: 'DSP0242 §9, DfProperties',
      level: 'conditional',
      condition: 'when it supports DfProperties',
      title: 'It refuses a property which it does not know',
      why: 'the value of something else is worse than an error',
      failure: 'DfProperties of bit 30 is not answered with 0x81',
      mend: 'answer INVALID_DF_ATTRIBUTE',
    },
    { command: DfProperties, body: le32(1 << 30), codes: [FILE_CODES.INVALID_DF_ATTRIBUTE, 0x02] },
  ),
  {
    id: 'PLDM-FILE-012',
    clause: 'DSP0242 §9, DfProperties',
    level: 'conditional',
    condition: 'when it supports DfProperties',
    title: 'At least one file can be open',
    why: 'nothing can be read otherwise',
    failure: 'MaxFileDescriptors is 0',
    mend: 'say how many descriptors there are',
    mutant: () => pldmSuccess(DfProperties, (payload) => payload.fill(0, DATA_AT)),
    run: async (probe) => {
      await speaksType(probe, FILES);
      const most = u32At(await pldmData(probe, DfProperties, le32(2)), 0);
      must(most >= 1, 'MaxFileDescriptors is 0');
    },
  },
  refuses(
    {
      id: 'PLDM-FILE-013',
      clause: 'DSP0242 §9, DfGetFileAttribute',
      level: 'conditional',
      condition: 'when it supports DfGetFileAttribute',
      title: 'It refuses the attributes of a file which it does not have',
      why: 'the value of something else is worse than an error',
      failure: 'DfGetFileAttribute of identifier 0xfade is not answered with 0x86',
      mend: 'answer INVALID_FILE_IDENTIFIER',
    },
    {
      command: DfGetFileAttribute,
      body: [...le16(NO_FILE), ...le32(1)],
      codes: [FILE_CODES.INVALID_FILE_IDENTIFIER],
    },
  ),
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
    why: 'the file of somebody else is not for us',
    failure: 'MultipartReceive of a descriptor that nobody has is not answered with 0x21',
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
    failure: 'a next part is given for a handle that nobody has',
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
      must(code !== OK, 'a part comes for a handle that nobody has');
    },
  },
];
