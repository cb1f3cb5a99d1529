/** Files of this machine which somebody named: read whole, or one sentence says why not. */

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { MctpError } from '../stack/errors.js';

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EEXIST: 'a file has this name',
  EISDIR: 'it is a directory',
  ELOOP: 'its symbolic links lead round in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENXIO: 'it is a socket, or a device which is not there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
};

/** Why the file system said no, in words. */
export function fileProblem(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return PROBLEMS[code ?? ''] ?? message ?? String(cause);
}

/** There is nothing of that name. */
export function isMissing(cause: unknown): boolean {
  const { code } = cause as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** An error of the operating system about a file, as a sentence; undefined for every other error. */
export function fileError(error: unknown): string | undefined {
  const { code, path, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (syscall === undefined || PROBLEMS[code ?? ''] === undefined) return undefined;
  return `${path ?? 'a file'}: ${fileProblem(error)}`;
}

/** How the sentence begins: default "PATH cannot be read". */
type Beginning = string | undefined;

/** @throws MctpError EUSAGE, by rejection */
export async function readOwnFile(path: string, beginning?: Beginning): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause, beginning);
  });
}

/** A text of UTF-8. @throws MctpError EUSAGE */
export function readOwnText(path: string, beginning?: Beginning): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw unreadable(path, cause, beginning);
  }
}

/** Undefined: there is no such file yet. @throws MctpError EUSAGE when it is there and cannot be read */
export function readOwnTextIfThere(path: string, beginning?: Beginning): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw unreadable(path, cause, beginning);
  }
}

function unreadable(path: string, cause: unknown, beginning = `${path} cannot be read`): MctpError {
  return new MctpError('EUSAGE', `${beginning}: ${fileProblem(cause)}`, { cause });
}
