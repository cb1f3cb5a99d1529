/** Folders with those above them. */

import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Others may take a folder away in which we make one: then it is made anew. */
const TRIES = 3;

/**
 * The folder is there afterwards, with this mode if it was made; those above it with 755, or with `mode` where that is less.
 * Returns those which were made, the uppermost first.
 * Not with `recursive`: where a file system says that a parent which is there is missing, as /proc does, that never ends.
 * @throws of node:fs
 */
export function makeFolder(path: string, mode = 0o755): string[] {
  const isFolder = (): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const made: string[] = [];
  for (let left = TRIES; !isFolder(); left--) {
    const parent = dirname(path);
    if (parent !== path && statSync(parent, { throwIfNoEntry: false }) === undefined) {
      made.push(...makeFolder(parent, mode));
    }
    try {
      mkdirSync(path, { mode });
      made.push(path);
    } catch (cause) {
      // Another may have made it.
      if (isFolder()) break;
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT' || left === 1) throw cause;
    }
  }
  return [...new Set(made)];
}
