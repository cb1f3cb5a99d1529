/** What the checks of file transfer have in common (DSP0242). */

import { NegotiateTransferParameters } from '../../../pldm/base/base-commands.js';
import { MultipartReceive, TRANSFER_OPERATION } from '../../../pldm/base/multipart-commands.js';
import { PLDM_TYPE } from '../../../pldm/base/pldm-types.js';
import { DfClose, DfOpen } from '../../../pldm/file/file-commands.js';
import { FILE_CLASSIFICATION } from '../../../pldm/platform/pdr/entity-pdrs.js';
import { PDR_TYPE } from '../../../pldm/platform/pdr/pdr-common.js';
import { inconclusive, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { pdrMutant, recordsOf } from './platform-records.js';
import { le16, le32, OK, pldm, pldmData, pldmSuccess, speaksType, u16At, u32At } from './pldm-steps.js';

export const FILES = PLDM_TYPE.fileTransfer;
export const NO_FILE = 0xfade;
export const NO_DESCRIPTOR = 0xfade;
export const PART_BYTES = 256;
export const SECTION_BYTES = 600;
export const READ = 0;
/** Offsets in a File Descriptor PDR, header included. */
export const FILE = {
  identifier: 12,
  directory: 20,
  classification: 22,
  maximumSize: 30,
  nameLength: 35,
  name: 36,
} as const;
/** A part of MultipartReceive behind the completion code. */
const PART_AT = 9;
export const KNOWN = new Set<number>(Object.values(FILE_CLASSIFICATION));
/** Of the conforming device: the last one, and a directory. */
export const LAST_FILE = 5;
export const DIRECTORY = 1;

export const lastFile = (change: (record: Uint8Array) => void) =>
  pdrMutant(PDR_TYPE.fileDescriptor, (record) => {
    if (u16At(record, FILE.identifier) === LAST_FILE) change(record);
  });

export async function files(probe: Probe): Promise<readonly Uint8Array[]> {
  await speaksType(probe, FILES);
  const records = await recordsOf(probe, PDR_TYPE.fileDescriptor, 'file');
  return records.filter((record) => record.length >= FILE.name);
}

export const isDirectory = (record: Uint8Array): boolean =>
  record[FILE.classification] === FILE_CLASSIFICATION.directory;

/** A file that can be opened for reading; it is closed when the check is over. @throws Finding */
export async function opened(probe: Probe): Promise<number> {
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

export async function negotiate(probe: Probe): Promise<Uint8Array> {
  const body = [...le16(PART_BYTES), 1 << FILES, 0, 0, 0, 0, 0, 0, 0];
  const data = await pldmData(probe, NegotiateTransferParameters, body);
  return data.length < 3 ? inconclusive('the answer to NegotiateTransferParameters is too short') : data;
}

export const receiveBody = (operation: number, descriptor: number, handle = 0, offset = 0, length = 0): number[] => [
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
export async function firstPart(probe: Probe): Promise<FilePart> {
  await negotiate(probe);
  const descriptor = await opened(probe);
  const body = receiveBody(TRANSFER_OPERATION.firstPart, descriptor, 0, 0, SECTION_BYTES);
  return readPart(descriptor, await pldmData(probe, MultipartReceive, body));
}

export function readPart(descriptor: number, data: Uint8Array): FilePart {
  if (data.length < PART_AT) inconclusive(`an answer to MultipartReceive has ${data.length} bytes`);
  const length = u32At(data, 5);
  return {
    descriptor,
    flag: data[0]!,
    next: u32At(data, 1),
    length,
    data: data.subarray(PART_AT, PART_AT + length),
    rest: data.subarray(PART_AT + length),
  };
}

/** First parts of sections. */
export const inFirstParts = (change: (payload: Uint8Array) => Uint8Array) =>
  pldmSuccess(MultipartReceive, (payload, request) =>
    request[4] === TRANSFER_OPERATION.firstPart ? change(payload) : payload,
  );

export const described = {
  clause: 'DSP0242 §10',
  level: 'conditional',
  condition: 'when it describes files by PDRs',
} as const;
export const reading = {
  clause: 'DSP0242 §9, DfRead',
  level: 'conditional',
  condition: 'when a file can be opened for reading',
} as const;
