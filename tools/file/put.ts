/** `mctpkit file ADDRESS put LOCAL FILE` */

import { crc32, FILE_CODES } from '../../pldm/index.js';
import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import { EXIT, printable, refusal } from '../errors.js';
import type { Io } from '../io.js';
import { readLocal } from './local-file.js';
import { rateText, transferProgress } from './progress.js';
import { explained, type Files, fileNamed } from './with-files.js';

export interface PutRequest {
  readonly wanted: string;
  readonly local: string;
  readonly offset: number | undefined;
  readonly keep: boolean;
  readonly json: boolean;
}

export async function putFile(files: Files, request: PutRequest, io: Io): Promise<number> {
  const entry = fileNamed(files, request.wanted);
  const data = await readLocal(request.local, io.stdin);
  const { offset = 0 } = request;
  const name = printable(entry.path);
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
  if (request.json) {
    const { identifier, path } = entry;
    const crc = crc32(data);
    const json = {
      target: files.name,
      identifier,
      path,
      local: request.local,
      bytes: data.length,
      offset,
      crc32: crc,
      ms,
    };
    io.print(JSON.stringify(json, null, 2));
  } else {
    io.print(
      `${request.local}: ${data.length} bytes to ${name} in ${(ms / 1000).toFixed(1)} s, ${rateText(data.length, ms)}`,
    );
  }
  return EXIT.done;
}

function advised(error: unknown, name: string): unknown {
  if (MctpError.is(error, 'ENOTSUP'))
    return refusal(`${name}: ${error.message}; --keep writes over it as it is`, error);
  if (error instanceof CompletionCodeError && error.completionCode === FILE_CODES.INVALID_DF_ATTRIBUTE) {
    return refusal(`${name}: the device does not open it for writing (INVALID_DF_ATTRIBUTE)`, error);
  }
  return explained(error, name);
}
