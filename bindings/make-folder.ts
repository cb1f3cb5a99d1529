/** Folders with those above them. */

import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The folder is there afterwards, with this mode if it was made; those above it with 755, or with `mode` where that is less.
 * Not with `recursive`: where a file system says that a parent which is there is missing, as /proc does, that never ends.
 * @throws of node:fs
 */
export function makeFolder(path: string, mode = 0o755): void {
  const isFolder = (): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isFolder()) return;
  const parent = dirname(path);
  if (parent !== path && statSync(parent, { throwIfNoEntry: false }) === undefined) makeFolder(parent, mode);
  try {
    mkdirSync(path, { mode });
  } catch (cause) {
    // Another may have made it.
    if (!isFolder()) throw cause;
  }
}
