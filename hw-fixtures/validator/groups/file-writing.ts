/** Checks of writing files, of owning them alone, and of descriptors which expire (DSP0242 §9). */

import { crc32 } from '../../../pldm/base/crc.js';
import {
  MULTIPART_FLAG,
  MultipartReceive,
  MultipartSend,
  TRANSFER_OPERATION,
} from '../../../pldm/base/multipart-commands.js';
import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import { DfClose, DfHeartbeat, DfOpen, FILE_CODES } from '../../../pldm/file/file-commands.js';
import type { CheckDeclaration } from '../declaration.js';
import { inconclusive, must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { codeName } from './control-steps.js';
import { FILE, FILES, files, isDirectory, negotiate, opened, READ, readPart, receiveBody } from './file-steps.js';
import { failed } from './platform-reading-steps.js';
import {
  announces,
  DATA_AT,
  le16,
  le32,
  OK,
  pldm,
  pldmCode,
  pldmData,
  pldmSuccess,
  refuses,
  u16At,
  u32At,
} from './pldm-steps.js';

const WRITE = 1;
const EXCLUSIVE = 2;
/** Of no meaning. */
const RESERVED = 0x8000;
/** So much of a file is written, and put back. */
const PIECE = 16;
/** Asked for; a host may grant more. */
const BEAT_MS = 1000;
/** A host that grants more is not waited for. */
const LONGEST_BEAT_MS = 60_000;

async function aFile(probe: Probe): Promise<readonly number[]> {
  const file = (await files(probe)).find((record) => !isDirectory(record));
  if (file === undefined) return notApplicable('the device describes no file');
  return [...file.subarray(FILE.identifier, 14)];
}

const close = (probe: Probe, descriptor: number) => pldm(probe, DfClose, [...le16(descriptor), ...le16(0)]);

/** The first bytes of a file, which is opened for it. @throws Finding */
async function beginOf(probe: Probe, file: readonly number[]): Promise<Uint8Array> {
  const { code, data } = await pldm(probe, DfOpen, [...file, ...le16(READ)]);
  if (code !== OK) return notApplicable(`the file cannot be opened for reading: ${codeName(code)}`);
  const descriptor = u16At(data, 0);
  const body = receiveBody(TRANSFER_OPERATION.firstPart, descriptor, 0, 0, PIECE);
  const { data: piece, length } = readPart(descriptor, await pldmData(probe, MultipartReceive, body));
  await close(probe, descriptor);
  if (length !== piece.length || length > PIECE) return inconclusive('a part has another length than it says');
  return piece.slice();
}

/** The completion code, or that of DfOpen. @throws Finding */
async function write(probe: Probe, file: readonly number[], piece: Uint8Array): Promise<number | undefined> {
  const { code, data } = await pldm(probe, DfOpen, [...file, ...le16(WRITE)]);
  if (code !== OK) return code;
  const descriptor = u16At(data, 0);
  const body = [
    ...[FILES, MULTIPART_FLAG.startAndEnd, ...le32(descriptor), ...le32(0), ...le32(0)],
    ...[...le32(0), ...le32(piece.length), ...le32(piece.length), ...piece, ...le32(crc32(piece))],
  ];
  const sent = await pldm(probe, MultipartSend, body);
  await close(probe, descriptor);
  return sent.code;
}

/** One that can be opened for writing, and has something in it. @throws Finding */
async function writable(probe: Probe): Promise<readonly number[]> {
  for (const record of await files(probe)) {
    if (isDirectory(record)) continue;
    const file = [...record.subarray(FILE.identifier, 14)];
    const { code, data } = await pldm(probe, DfOpen, [...file, ...le16(WRITE)]);
    if (code !== OK) continue;
    await close(probe, u16At(data, 0));
    return file;
  }
  return notApplicable('no file can be opened for writing');
}

export const FILE_WRITING_CHECKS: readonly CheckDeclaration[] = [
  refuses(
    {
      id: 'PLDM-FILE-021',
      clause: 'DSP0242 §9, DfOpen',
      level: 'conditional',
      condition: 'when it describes a file',
      title: 'It refuses attributes of opening which are reserved',
      why: 'a client of a later version must be told that it was not understood',
      failure: 'DfOpen with bit 15 of dfOpenAttributes is not answered with INVALID_DF_ATTRIBUTE',
      mend: 'answer 0x81 when a reserved bit is set',
    },
    {
      command: DfOpen,
      body: async (probe) => [...(await aFile(probe)), ...le16(RESERVED)],
      codes: [FILE_CODES.INVALID_DF_ATTRIBUTE, COMPLETION.ERROR_INVALID_DATA],
      mutates: (body) => body[3] === RESERVED >> 8,
    },
  ),
  {
    id: 'PLDM-FILE-022',
    clause: 'DSP0242 §9, DfWrite',
    level: 'conditional',
    condition: 'when a file can be opened for writing',
    needs: 'write',
    title: 'What is written to a file is read back',
    why: 'a setting that is taken and lost is worse than an error',
    failure: 'MultipartSend is refused, or the bytes of the file are others afterwards',
    mend: 'keep what MultipartSend brings, at its offset',
    mutant: () => pldmSuccess(MultipartSend, failed),
    run: async (probe) => {
      await announces(probe, MultipartSend);
      const file = await writable(probe);
      await negotiate(probe);
      const before = await beginOf(probe, file);
      if (before.length === 0) return notApplicable('the file is empty');
      probe.restore(async () => {
        await write(probe, file, before);
      });
      const wanted = before.map((byte) => byte ^ 0x01);
      const code = await write(probe, file, wanted);
      must(code === OK, `${wanted.length} bytes are answered with completion code ${codeName(code)}`);
      must(String(await beginOf(probe, file)) === String(wanted), 'other bytes are read back than were written');
    },
  },
  {
    id: 'PLDM-FILE-023',
    clause: 'DSP0242 §9, DfOpen',
    level: 'conditional',
    condition: 'when a file can be opened for one client alone',
    title: 'A file which is open for one client alone is not opened again',
    why: 'what it reads or writes must not change under it',
    failure: 'DfOpen of a file that is open exclusively is answered with success',
    mend: 'answer FILE_OPEN',
    mutant: () => {
      let isExclusive = false;
      return {
        name: 'opens a file twice',
        answer: (answer, { payload: request }) => {
          if (request[1] !== FILES || request[2] !== DfOpen.code) return answer;
          const asks = (request[5]! & EXCLUSIVE) !== 0;
          const code = answer.payload[3];
          const opens = isExclusive && !asks && code === FILE_CODES.FILE_OPEN;
          if (code === OK) isExclusive = asks;
          return opens
            ? { ...answer, payload: Uint8Array.of(...answer.payload.subarray(0, 3), OK, 0x77, 0x77) }
            : answer;
        },
      };
    },
    run: async (probe) => {
      const file = await aFile(probe);
      const { code, data } = await pldm(probe, DfOpen, [...file, ...le16(EXCLUSIVE)]);
      if (code !== OK) return notApplicable(`it cannot be opened for one client alone: ${codeName(code)}`);
      probe.restore(async () => {
        await close(probe, u16At(data, 0));
      });
      const again = await pldm(probe, DfOpen, [...file, ...le16(READ)]);
      if (again.code === OK) {
        probe.restore(async () => {
          await close(probe, u16At(again.data, 0));
        });
      }
      must(again.code !== OK, 'it is opened once more while it is open for one client alone');
    },
  },
  {
    id: 'PLDM-FILE-024',
    clause: 'DSP0242 §9, DfHeartbeat',
    level: 'conditional',
    condition: 'when it supports DfHeartbeat, and grants an interval of a minute at most',
    title: 'A descriptor whose heartbeat stays away is closed',
    why: 'the descriptors of clients that are gone would run out',
    failure: 'twice the granted interval later the descriptor can still be closed',
    mend: 'close a descriptor when nothing came for the interval',
    budgetMs: 3 * LONGEST_BEAT_MS,
    mutant: () => ({
      name: 'keeps descriptors of clients which are gone',
      answer: (answer, { payload: request }) =>
        request[1] === FILES && request[2] === DfHeartbeat.code && answer.payload[3] === OK
          ? { ...answer, payload: answer.payload.fill(0, DATA_AT).with(DATA_AT, 1) }
          : answer,
    }),
    run: async (probe) => {
      await announces(probe, DfHeartbeat);
      const descriptor = await opened(probe);
      const granted = u32At(await pldmData(probe, DfHeartbeat, [...le16(descriptor), ...le32(BEAT_MS)]), 0);
      if (granted === 0 || granted > LONGEST_BEAT_MS) return notApplicable(`it grants an interval of ${granted} ms`);
      await probe.wait(2 * granted);
      const code = await pldmCode(probe, DfClose, [...le16(descriptor), ...le16(0)]);
      must(code !== OK, `${granted} ms were granted, and ${2 * granted} ms later the descriptor is open`);
    },
  },
];
