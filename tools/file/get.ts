/** `mctpkit file ADDRESS get FILE [LOCAL]` */

import { crc32 } from '../../pldm/base/crc.js';
import type { FileEntry } from '../../pldm/file/file-tree.js';
import { EXIT, printable, refusal, usageError } from '../command-error.js';
import type { Io } from '../io.js';
import type { FileDocument } from '../schema/firmware-documents.js';
import { localPath, PartialFile } from './local-file.js';
import { rateText, transferProgress } from './progress.js';
import { explained, type Files, fileNamed } from './with-files.js';

export interface GetRequest {
  readonly wanted: string;
  readonly local: string | undefined;
  readonly offset: number | undefined;
  readonly length: number | undefined;
  readonly resume: boolean;
  readonly json: boolean;
}

export async function getFile(files: Files, request: GetRequest, io: Io): Promise<number> {
  const entry = fileNamed(files, request.wanted);
  if (request.local === '-') {
    await toStandardOutput(files, entry, request, io);
    return EXIT.done;
  }
  const place = await localPath(request.local, entry.name);
  if (request.resume && entry.isFifo)
    throw usageError(`${printable(entry.path)} is a FIFO: it has no place to resume at`);
  const target = await PartialFile.open(place, request.resume);
  const start = files.now();
  const resumedAt = request.resume ? target.size : 0;
  let crc = 0;
  try {
    const offset = (request.offset ?? 0) + resumedAt;
    const length = request.length === undefined ? undefined : Math.max(0, request.length - resumedAt);
    for await (const part of parts(files, entry, offset, length, io)) {
      await target.write(part);
      crc = crc32(part, 0, part.length, crc);
    }
    // What LOCAL has would be replaced by nothing.
    if (target.size === 0 && offset > 0) throw refusal(`${printable(entry.path)} has no bytes from ${offset} on`);
  } catch (error) {
    await target.leave();
    io.progress('');
    const { partPath } = target;
    if (target.size > 0 && partPath !== undefined)
      io.note(`${partPath} has the first ${target.size} bytes: --resume goes on behind them`);
    throw explained(error, printable(entry.path));
  }
  await target.finish();
  io.progress('');
  const ms = files.now() - start;
  const bytes = target.size - resumedAt;
  if (request.json) {
    const { identifier, path: remote } = entry;
    const json: FileDocument = {
      target: files.name,
      identifier,
      path: remote,
      local: place.path,
      bytes,
      resumedAt,
      crc32: crc,
      ms,
    };
    io.print(JSON.stringify(json, null, 2));
  } else {
    const time = `${(ms / 1000).toFixed(1)} s, ${rateText(bytes, ms)}`;
    const behind = resumedAt > 0 ? ` behind the ${resumedAt} that were there` : '';
    io.print(`${printable(entry.path)}: ${bytes} bytes${behind} to ${printable(place.path)} in ${time}`);
  }
  return EXIT.done;
}

async function toStandardOutput(files: Files, entry: FileEntry, request: GetRequest, io: Io): Promise<void> {
  try {
    for await (const part of parts(files, entry, request.offset ?? 0, request.length, io)) {
      io.progress('');
      io.stdout.write(part);
      await io.drained();
    }
  } catch (error) {
    throw explained(error, printable(entry.path));
  }
}

function parts(files: Files, entry: FileEntry, offset: number, length: number | undefined, io: Io) {
  const all = length ?? Math.max(0, entry.maximumSize - offset);
  return files.client.get(entry, {
    offset,
    signal: files.signal,
    onProgress: transferProgress(io, printable(entry.path), all, files.now),
    ...(length === undefined ? {} : { length }),
  });
}
