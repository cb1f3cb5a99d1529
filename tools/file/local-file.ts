/** Files of this machine: read whole, or written beside their place until they are complete. */

import { type FileHandle, lstat, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileProblem, readOwnFile } from '../../bindings/read-own-file.js';
import { refusal, usageError } from '../command-error.js';
import { harmless } from '../format/harmless.js';
import { moveIntoFree, openFresh, openInPlace, openToAppend } from '../fresh-file.js';

/** What a file of this machine failed with. */
export function localError(path: string, cause: unknown): Error {
  return usageError(`${path}: ${fileProblem(cause)}`, cause);
}

/** @throws CommandError */
export async function readLocal(path: string, stdin: Readable): Promise<Uint8Array> {
  if (path !== '-') return readOwnFile(path, path);
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks);
}

/** Where a file goes. */
export interface Place {
  readonly path: string;
  /** The device named it, not the user: nothing that is there may be lost. */
  readonly isDevices: boolean;
}

/**
 * Where to put what the device calls `name`: a name from outside leads nowhere else, hides nothing, and is not taken for an
 * option of another command. @throws CommandError
 */
export async function localPath(given: string | undefined, name: string): Promise<Place> {
  const named = (): string => {
    const safe = harmlessFileName(name);
    if (safe === '') throw refusal('the device gives the file no usable name: name one');
    return safe;
  };
  if (given === undefined) return devices(named());
  const isFolder = await stat(given).then(
    (found) => found.isDirectory(),
    () => given.endsWith('/'),
  );
  return isFolder ? devices(join(given, named())) : { path: given, isDevices: false };
}

/** A name from outside, as that of a file here: it leads nowhere else. '': nothing of it can be used. */
export function harmlessFileName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  const safe = basename(harmless(name).replace(/[\u0000-\u001f\\:]/g, '_'));
  return safe === '.' || safe === '..' ? '' : safe.replace(/^[.-]/, '_');
}

/** @throws CommandError when there is something of that name */
async function devices(path: string): Promise<Place> {
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw existing(path);
  return { path, isDevices: true };
}

function existing(path: string): Error {
  return usageError(`${path} is there already, and the device named it: write that name behind FILE to replace it`);
}

/** A file that appears, or takes the place of another, only when it is complete. */
export class PartialFile {
  /** Bytes in it. */
  size: number;
  readonly #handle: FileHandle;

  /** `partPath`: undefined where it is written in its place. */
  private constructor(
    readonly place: Place,
    readonly partPath: string | undefined,
    handle: FileHandle,
    size: number,
  ) {
    this.#handle = handle;
    this.size = size;
  }

  /** With `resume` what it has from an earlier time stays. @throws CommandError */
  static async open(place: Place, resume: boolean): Promise<PartialFile> {
    const partPath = `${place.path}.part`;
    try {
      const inPlace = await openInPlace(place.path);
      if (inPlace !== undefined) return new PartialFile(place, undefined, inPlace, 0);
      const handle = await (resume ? openToAppend(partPath) : openFresh(partPath));
      return new PartialFile(place, partPath, handle, resume ? (await handle.stat()).size : 0);
    } catch (cause) {
      throw localError(partPath, cause);
    }
  }

  /** @throws CommandError */
  async write(data: Uint8Array): Promise<void> {
    try {
      await this.#handle.writeFile(data);
      this.size += data.length;
    } catch (cause) {
      throw localError(this.partPath ?? this.place.path, cause);
    }
  }

  /** It is complete. @throws CommandError */
  async finish(): Promise<void> {
    const { path, isDevices } = this.place;
    try {
      if (this.partPath === undefined) return await this.#handle.close();
      await this.#handle.sync();
      await this.#handle.close();
      if (isDevices) await moveIntoFree(this.partPath, path);
      else await rename(this.partPath, path);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw existing(path);
      throw localError(path, cause);
    }
  }

  /** It is not: what there is stays for `--resume`; nothing does not. */
  async leave(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    if (this.size === 0 && this.partPath !== undefined) await rm(this.partPath, { force: true }).catch(() => undefined);
  }
}
