/** Files that are there whole or not at all, whoever reads them and whenever we are killed. */

import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/** Beside itself, then renamed; what is not an ordinary file, a pipe for instance, is written as it is. @throws of node:fs */
export function writeWholeFile(path: string, content: string | Uint8Array): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) {
    writeFileSync(path, content);
    return;
  }
  const fresh = `${path}.new`;
  try {
    // A new file: what has the name is left from a run that was killed, or leads elsewhere.
    rmSync(fresh, { force: true });
    writeFileSync(fresh, content, { flush: true, flag: 'wx' });
    renameSync(fresh, path);
  } catch (error) {
    // Messages name the file that was wanted.
    throw Object.assign(error as NodeJS.ErrnoException, { path });
  }
}
