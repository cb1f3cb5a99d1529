/** May a file be written? Known before the work for it, which takes long; nothing is made, and what is there stays as it is. */

import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileProblem } from '../bindings/read-own-file.js';
import { usageError } from './command-error.js';
import { isWrittenInPlace } from './read-file.js';

/** A file, a pipe or a device which is written where it is. @throws CommandError (usage) */
export function checkWritable(file: string): void {
  orUnwritable(file, () => {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isDirectory()) throw problem('EISDIR');
    if (found === undefined) mayMakeIn(dirname(file));
    else accessSync(file, constants.W_OK);
  });
}

/** A file which appears, or takes the place of another, when it is whole (`writeWholeFile`). @throws CommandError (usage) */
export function checkReplaceable(file: string): void {
  checkWritable(file);
  orUnwritable(file, () => {
    if (!isWrittenInPlace(file)) mayMakeIn(dirname(file));
  });
}

/** A folder for files, which may have to be made, with those above it. @throws CommandError (usage) */
export function checkFolder(folder: string): void {
  orUnwritable(folder, () => {
    const found = statSync(folder, { throwIfNoEntry: false });
    if (found?.isDirectory() === false) throw problem('EEXIST');
    let there = folder;
    while (statSync(there, { throwIfNoEntry: false }) === undefined) there = dirname(there);
    mayMakeIn(there);
  });
}

/** The work of writing, whose errors name what was wanted. @throws CommandError (usage) */
export function orUnwritable<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw usageError(`${path} cannot be written: ${fileProblem(cause)}`, cause);
  }
}

function mayMakeIn(folder: string): void {
  if (statSync(folder).isDirectory()) accessSync(folder, constants.W_OK);
  else throw problem('ENOTDIR');
}

function problem(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}
