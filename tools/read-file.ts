/** Files that are there whole or not at all, whoever reads them and whenever we are killed. */

import { renameSync, statSync, writeFileSync } from 'node:fs';

/** Beside itself, then renamed; what is not an ordinary file, a pipe for instance, is written as it is. @throws of node:fs */
export function writeWholeFile(path: string, text: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) {
    writeFileSync(path, text);
    return;
  }
  const fresh = `${path}.new`;
  writeFileSync(fresh, text, { flush: true });
  renameSync(fresh, path);
}
