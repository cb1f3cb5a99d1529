/** Packages and images on disk: read where they are, never whole. */

import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { readOwnText } from '../../bindings/read-own-file.js';
import { type ByteSource, chunks, type ScanOptions } from '../../pldm/firmware/package/package-source.js';
import { type FirmwarePackage, readPackage } from '../../pldm/firmware/package/read-package.js';
import { MctpError } from '../../stack/errors.js';
import { refusal } from '../command-error.js';
import { localError } from '../file/local-file.js';
import { jsonOnce, writtenIn } from '../given-once.js';

export interface OpenFile {
  readonly path: string;
  readonly source: ByteSource;
  close(): Promise<void>;
}

/** @throws CommandError (usage) when it cannot be opened */
export async function openFile(path: string): Promise<OpenFile> {
  let handle: FileHandle;
  let size: number;
  try {
    handle = await open(path, 'r');
    const stat = await handle.stat();
    size = stat.size;
    if (!stat.isFile()) {
      await handle.close();
      throw new Error(stat.isDirectory() ? 'it is a directory' : 'it is a pipe or a device, and must be a file');
    }
  } catch (cause) {
    throw localError(path, cause);
  }
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const buffer = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const { bytesRead } = await handle.read(buffer, at, length - at, offset + at);
      if (bytesRead === 0) throw new MctpError('EIO', `${path} ended at byte ${offset + at}: it has been changed`);
      at += bytesRead;
    }
    return buffer;
  };
  return { path, source: { size, read }, close: () => handle.close() };
}

/** A package whose header is good. @throws CommandError with the path and the reason */
export async function openPackage(path: string): Promise<OpenFile & { readonly pkg: FirmwarePackage }> {
  const file = await openFile(path);
  try {
    return { ...file, pkg: await readPackage(file.source) };
  } catch (error) {
    await file.close();
    throw MctpError.is(error) ? refusal(`${path}: ${error.message}`, error) : error;
  }
}

export async function sha256(source: ByteSource, options: ScanOptions = {}): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks(source, options)) hash.update(chunk);
  return hash.digest('hex');
}

/** @throws CommandError (usage) */
export async function readJson(path: string): Promise<unknown> {
  return jsonOnce(readOwnText(path, path), writtenIn(path));
}
