/** `mctpkit file ADDRESS put LOCAL FILE` */

import { crc32 } from '../../pldm/base/crc.js';
import { FILE_CODES } from '../../pldm/file/file-commands.js';
import type { FileEntry } from '../../pldm/file/file-tree.js';
import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import { CommandError, EXIT, printable, refusal, usageError } from '../command-error.js';
import type { Io } from '../io.js';
import type { FileDocument } from '../schema/firmware-documents.js';
import { readLocal } from './local-file.js';
import { rateText, transferProgress } from './progress.js';
import { explained, type Files, fileNamed } from './with-files.js';

export interface PutRequest {
  readonly wanted: string;
  readonly local: string;
  readonly offset: number | undefined;
  readonly keep: boolean;
  /** Read it back, and compare. */
  readonly verify: boolean;
  readonly json: boolean;
}

export async function putFile(files: Files, request: PutRequest, io: Io): Promise<number> {
  const entry = fileNamed(files, request.wanted);
  const name = printable(entry.path);
  if (request.verify && entry.isFifo) throw usageError(`${name} is a FIFO: what is written there cannot be read back`);
  const data = await readLocal(request.local, io.stdin);
  const { offset = 0 } = request;
  const start = files.now();
  try {
    await files.client.put(entry, data, {
      offset,
      empty: offset === 0 && !request.keep,
      signal: files.signal,
      onProgress: transferProgress(io, name, data.length, files.now),
    });
  } catch (error) {
    throw advised(error, name);
  }
  io.progress('');
  const ms = files.now() - start;
  if (request.verify) await readBack(files, entry, data, offset, io);
  if (request.json) {
    const { identifier, path } = entry;
    const crc = crc32(data);
    const json: FileDocument = {
      target: files.name,
      identifier,
      path,
      local: request.local,
      bytes: data.length,
      offset,
      crc32: crc,
      ms,
      verified: request.verify,
    };
    io.print(JSON.stringify(json, null, 2));
  } else {
    const time = `${(ms / 1000).toFixed(1)} s, ${rateText(data.length, ms)}`;
    io.print(
      `${request.local}: ${data.length} bytes to ${name} in ${time}${request.verify ? ', read back the same' : ''}`,
    );
  }
  return EXIT.done;
}

/** @throws CommandError with the first byte that is not as it was written */
async function readBack(files: Files, entry: FileEntry, data: Uint8Array, offset: number, io: Io): Promise<void> {
  const name = printable(entry.path);
  let at = 0;
  try {
    if (data.length > 0) {
      const onProgress = transferProgress(io, `${name}, reading it back`, data.length, files.now);
      const options = { offset, length: data.length, signal: files.signal, onProgress };
      for await (const part of files.client.get(entry, options)) {
        const wrong = part.findIndex((byte, index) => byte !== data[at + index]);
        if (wrong >= 0)
          throw refusal(`${name} is not as it was written: byte ${offset + at + wrong} reads back otherwise`);
        at += part.length;
      }
    }
  } catch (error) {
    throw error instanceof CommandError ? error : explained(error, `${name}, reading it back`);
  } finally {
    io.progress('');
  }
  if (at !== data.length) throw refusal(`${name} is not as it was written: ${at} of ${data.length} bytes read back`);
}

function advised(error: unknown, name: string): unknown {
  if (MctpError.is(error, 'ENOTSUP'))
    return refusal(`${name}: ${error.message}; --keep writes over it as it is`, error);
  if (error instanceof CompletionCodeError && error.completionCode === FILE_CODES.INVALID_DF_ATTRIBUTE) {
    return refusal(`${name}: the device does not open it for writing (INVALID_DF_ATTRIBUTE)`, error);
  }
  return explained(error, name);
}
