/** Files made beside others until they are whole: new ones, which no link that somebody prepared leads elsewhere. */

import { constants } from 'node:fs';
import { type FileHandle, link, open, rename, rm } from 'node:fs/promises';
import { isWrittenInPlace } from './read-file.js';

const { O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW } = constants;

/** What has the name goes away first: it is left from a run that was killed. @throws of node:fs */
export async function openFresh(path: string): Promise<FileHandle> {
  await rm(path, { force: true });
  return open(path, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0));
}

/** What is written where it is; undefined: an ordinary file, or nothing yet. @throws of node:fs */
export async function openInPlace(path: string): Promise<FileHandle | undefined> {
  return isWrittenInPlace(path) ? open(path, O_WRONLY) : undefined;
}

/** What it has stays, and more comes behind it. @throws of node:fs, ELOOP for a symbolic link */
export async function openToAppend(path: string): Promise<FileHandle> {
  return open(path, O_WRONLY | O_CREAT | O_APPEND | (O_NOFOLLOW ?? 0));
}

/** Give it its name, which nothing may have yet. @throws of node:fs, EEXIST */
export async function moveIntoFree(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    // Not every file system knows hard links.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await (await open(to, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0))).close();
    await rename(from, to);
    return;
  }
  await rm(from);
}
