/** Files that are there whole or not at all, whoever reads them and whenever we are killed. */

import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Names of the system: /dev/stdout leads to an ordinary file where the output goes to one, and must not become one. */
const SYSTEM = /^\/(dev|proc)\//;

/** A pipe, a device, or a name of the system's: written where it is, since a file which took its name would take it away. */
export function isWrittenInPlace(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && !found.isDirectory() && (!found.isFile() || SYSTEM.test(resolve(path)));
}

/** Beside itself, then renamed; or in place. @throws of node:fs */
export function writeWholeFile(path: string, content: string | Uint8Array): void {
  if (isWrittenInPlace(path)) {
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
