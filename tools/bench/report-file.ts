/** The report of a measurement in a file, written again and again while it goes on. */

import { renameSync, statSync, writeFileSync } from 'node:fs';
import { usageError } from '../errors.js';
import type { BenchReport } from './report.js';

/** At every moment the file holds a whole report: this one, or the one before. @throws CommandError (usage) */
export function writeReport(path: string, report: BenchReport): void {
  const text = `${JSON.stringify(report, null, 2)}\n`;
  try {
    if (isSpecial(path)) {
      writeFileSync(path, text);
      return;
    }
    const fresh = `${path}.new`;
    writeFileSync(fresh, text);
    renameSync(fresh, path);
  } catch (cause) {
    throw usageError(`${path} cannot be written: ${(cause as Error).message}`, cause);
  }
}

/** A pipe or a terminal is written to, not replaced. */
function isSpecial(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && !found.isFile();
}
