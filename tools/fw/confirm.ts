/** Yes or no, from the person at the terminal. */

import { usageError } from '../command-error.js';
import type { Io } from '../io.js';

/** Without `io` nobody can be asked. False for anything but yes, the end of the input included. @throws CommandError (usage) where nobody can be asked */
export async function confirmed(question: string, io: Io | undefined, signal: AbortSignal): Promise<boolean> {
  if (io?.ask === undefined) {
    throw usageError('without a terminal an update is only begun with --yes; --dry-run shows what it would do');
  }
  io.progress('');
  const answer = await io.ask(question, signal);
  return /^y(es)?$/i.test((answer ?? '').trim());
}
