/** Files of this machine: read whole, or written beside their place until they are complete. */

import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileProblem, refusal, usageError } from '../command-error.js';

/** What a file of this machine failed with. */
export function localError(path: string, cause: unknown): Error {
  return usageError(`${path}: ${fileProblem(cause)}`, cause);
}

/** @throws CommandError */
export async function readLocal(path: string, stdin: Readable): Promise<Uint8Array> {
  if (path !== '-') return readFile(path).catch((cause: unknown) => Promise.reject(localError(path, cause)));
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks);
}

/** Where to put what the device calls `name`: a name from outside leads nowhere else. @throws CommandError */
export async function localPath(given: string | undefined, name: string): Promise<string> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  const safe = basename(name.replace(/[\u0000-\u001f\u007f\\:]/g, '_'));
  const named = (): string => {
    if (safe === '' || safe === '.' || safe === '..')
      throw refusal('the device gives the file no usable name: name one');
    return safe;
  };
  if (given === undefined) return named();
  const isFolder = await stat(given).then(
    (found) => found.isDirectory(),
    () => given.endsWith('/'),
  );
  return isFolder ? join(given, named()) : given;
}

/** A file that appears, or takes the place of another, only when it is complete. */
export class PartialFile {
  /** Bytes in it. */
  size: number;
  readonly #handle: FileHandle;

  private constructor(
    readonly path: string,
    readonly partPath: string,
    handle: FileHandle,
    size: number,
  ) {
    this.#handle = handle;
    this.size = size;
  }

  /** With `resume` what it has from an earlier time stays. @throws CommandError */
  static async open(path: string, resume: boolean): Promise<PartialFile> {
    const partPath = `${path}.part`;
    try {
      const handle = await open(partPath, resume ? 'a' : 'w');
      return new PartialFile(path, partPath, handle, resume ? (await handle.stat()).size : 0);
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
      throw localError(this.partPath, cause);
    }
  }

  /** It is complete. @throws CommandError */
  async finish(): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.partPath, this.path);
    } catch (cause) {
      throw localError(this.path, cause);
    }
  }

  /** It is not: what there is stays for `--resume`; nothing does not. */
  async leave(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    if (this.size === 0) await rm(this.partPath, { force: true }).catch(() => undefined);
  }
}
