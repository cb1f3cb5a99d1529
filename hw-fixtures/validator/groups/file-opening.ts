/** Checks of files as they are described, opened and closed (DSP0242 §9, §10). */

import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import {
  DfClose,
  DfGetFileAttribute,
  DfHeartbeat,
  DfOpen,
  DfProperties,
  FILE_CODES,
} from '../../../pldm/file/file-commands.js';
import type { CheckDeclaration } from '../declaration.js';
import { must, notApplicable } from '../finding.js';
import { codeName } from './control-steps.js';
import {
  DIRECTORY,
  described,
  FILE,
  FILES,
  files,
  isDirectory,
  KNOWN,
  LAST_FILE,
  lastFile,
  NO_DESCRIPTOR,
  NO_FILE,
  opened,
  READ,
} from './file-steps.js';
import { recordName } from './platform-records.js';
import {
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
  refuses,
  speaksType,
  u16At,
  u32At,
} from './pldm-steps.js';

export const FILE_OPENING_CHECKS: readonly CheckDeclaration[] = [
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
      why: 'the descriptor of another requester would be closed',
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
    {
      command: DfProperties,
      body: le32(1 << 30),
      codes: [FILE_CODES.INVALID_DF_ATTRIBUTE, COMPLETION.ERROR_INVALID_DATA],
    },
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
];
