/** What a file host is told of each of its files, and the File Descriptor PDR that follows (DSP0248 §28, type 30). */

import { MctpError } from '../../stack/errors.js';
import type { Entity } from '../platform/entity-tree.js';
import { FILE_CLASSIFICATION } from '../platform/pdr/entity-pdrs.js';
import { encodePdr } from '../platform/pdr/pdr-codec.js';
import { PDR_TYPE } from '../platform/pdr/pdr-common.js';
import { type FileStorage, isFifo } from './file-storage.js';

/** Bits of fileCapabilities; unverified, so nothing of ours depends on those of a peer. */
export const FILE_CAPABILITY = { exclusiveRead: 0, exclusiveWrite: 1, zeroLength: 2, truncatedOnOpen: 3 } as const;

export interface HostedFile {
  /** 1..65535, unique on the host. */
  readonly identifier: number;
  readonly name: string;
  /** Identifier of the directory it is in; 0, the default, is the root. */
  readonly directory?: number;
  /** Default: otherFile, or directory without storage. */
  readonly classification?: keyof typeof FILE_CLASSIFICATION;
  /** A classification of one's own, 1..255, with its name. */
  readonly oem?: { readonly classification: number; readonly name: string };
  /** Hex of ver32, alpha first; default 1.0.0. */
  readonly version?: string;
  /** None: a directory. A storage with `consume` makes it a FIFO. */
  readonly storage?: FileStorage;
  /** Bytes it can have; default: what the storage has now. */
  readonly maximumSize?: number;
  /** Descriptors open on it at once, 1..255; default 4. */
  readonly maximumDescriptors?: number;
  /** May be opened exclusively; default true for both. */
  readonly exclusiveRead?: boolean;
  readonly exclusiveWrite?: boolean;
  /** May be emptied when it is closed. Default false; needs a storage that truncates. */
  readonly zeroLength?: boolean;
  /** Longest a FIFO may go without being polled, in ms, for DfGetFileAttribute; default: not said. */
  readonly maximumPollInterval?: number;
  /** False: it cannot be opened now. */
  readonly ready?: () => boolean;
  readonly entity?: Entity;
}

/** Entity types of DSP0249. */
const DEVICE_FILE = 9;
const DEVICE_FILE_DIRECTORY = 10;
const DEFAULT_DESCRIPTORS = 4;
const LARGEST = 0xffff_ffff;

export function maximumSizeOf({ maximumSize, storage }: HostedFile): number {
  return Math.min(LARGEST, maximumSize ?? storage?.size ?? 0);
}

export function maximumDescriptorsOf({ storage, maximumDescriptors = DEFAULT_DESCRIPTORS }: HostedFile): number {
  // Two readers of one FIFO would take the bytes from each other.
  return storage === undefined ? 0 : isFifo(storage) ? 1 : maximumDescriptors;
}

export function mayBeEmptied({ zeroLength = false, storage }: HostedFile): boolean {
  return zeroLength && storage?.truncate !== undefined;
}

function capabilitiesOf(file: HostedFile): number {
  if (file.storage === undefined) return 0;
  const { exclusiveRead, exclusiveWrite, zeroLength } = FILE_CAPABILITY;
  const bit = (set: boolean, number: number) => (set ? 1 << number : 0);
  const writable = file.storage.write !== undefined;
  return (
    bit(file.exclusiveRead !== false, exclusiveRead) |
    bit(writable && file.exclusiveWrite !== false, exclusiveWrite) |
    bit(mayBeEmptied(file), zeroLength)
  );
}

/** @throws MctpError EINVAL naming what is wrong */
export function filePdr(file: HostedFile, recordHandle: number, pldmTerminusHandle = 1): Uint8Array {
  const { identifier, name, directory = 0, storage, oem } = file;
  const classification = file.classification ?? (storage === undefined ? 'directory' : 'otherFile');
  if (identifier === 0) throw new MctpError('EINVAL', `file ${name}: identifier 0 is the root directory`);
  if ((classification === 'directory') !== (storage === undefined)) {
    throw new MctpError('EINVAL', `file ${name}: a directory has no storage, and everything else has one`);
  }
  return encodePdr(PDR_TYPE.fileDescriptor, {
    recordHandle,
    pldmTerminusHandle,
    fileIdentifier: identifier,
    entityType: storage === undefined ? DEVICE_FILE_DIRECTORY : DEVICE_FILE,
    entityInstanceNumber: identifier,
    containerId: 0,
    ...file.entity,
    superiorDirectoryFileIdentifier: directory,
    fileClassification: FILE_CLASSIFICATION[classification],
    oemFileClassification: oem?.classification ?? 0,
    fileCapabilities: capabilitiesOf(file),
    fileVersion: file.version ?? '00f0f0f1',
    fileMaximumSize: maximumSizeOf(file),
    fileMaximumFileDescriptorCount: maximumDescriptorsOf(file),
    fileName: name,
    ...(oem === undefined ? {} : { oemFileClassificationName: oem.name }),
  });
}
