/** The EIDs devices had, from one run to the next: a small JSON file, written whole or not at all. */

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type BusOwnerState, busOwnerState } from '../../stack/bus-owner/index.js';
import { MctpError } from '../../stack/errors.js';

/** Nothing remembered when there is no such file yet. @throws MctpError EUSAGE when it is there and cannot be used */
export function readStateFile(file: string): BusOwnerState {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { eids: {} };
    throw unusable(file, cause);
  }
  try {
    return busOwnerState(JSON.parse(text));
  } catch (cause) {
    throw unusable(file, cause);
  }
}

/** @throws MctpError EUSAGE when it cannot be written */
export function writeStateFile(file: string, state: BusOwnerState): void {
  const fresh = `${file}.new`;
  try {
    writeFileSync(fresh, `${JSON.stringify(state, null, 2)}\n`);
    renameSync(fresh, file);
  } catch (cause) {
    throw unusable(file, cause);
  }
}

function unusable(file: string, cause: unknown): MctpError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new MctpError('EUSAGE', `state file ${file}: ${why}`, { cause });
}
