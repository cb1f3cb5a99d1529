/** What destroys data is only done when somebody has typed what it is about. */

import { EXIT, printable, usageError } from '../command-error.js';
import type { Io } from '../io.js';

export interface Confirmation {
  /** "erase all data of Acme NV-3840" */
  readonly what: string;
  /** What has to be typed: the drive's serial number. */
  readonly word: string;
  /** `--yes`: typed on the command line already. */
  readonly given: string | undefined;
  readonly json: boolean;
}

/** Undefined: go on; else the exit code. @throws CommandError (usage) where nobody can be asked, or --yes has another word */
export async function typedConfirmation(
  { what, word, given, json }: Confirmation,
  io: Io,
  signal: AbortSignal,
): Promise<number | undefined> {
  const shown = printable(word);
  if (given !== undefined) {
    if (given === word) return undefined;
    throw usageError(`--yes ${given} is not this drive: to ${what}, write --yes ${shown}`);
  }
  if (json || io.ask === undefined) {
    throw usageError(`without a terminal, to ${what}, write --yes and the serial number of the drive`);
  }
  io.progress('');
  const answer = await io.ask(`to ${what}, type its serial number, ${shown}: `, signal);
  if (answer?.trim() === word) return undefined;
  io.note('nothing was done');
  return EXIT.refused;
}
