/** Yes or no, from who sits at the terminal. */

import { createInterface } from 'node:readline';
import { usageError } from '../errors.js';
import type { Io } from '../io.js';

/** Without `io` nobody can be asked. False for anything but yes, the end of the input included. @throws CommandError (usage) where nobody can be asked */
export async function confirmed(question: string, io: Io | undefined, signal: AbortSignal): Promise<boolean> {
  if (io?.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw usageError('an update is only begun with --yes where nobody can be asked; --dry-run shows what it would do');
  }
  io.progress('');
  const asking = createInterface({ input: io.stdin, output: process.stderr });
  let answered = false;
  try {
    return await new Promise<boolean>((resolve) => {
      asking.question(question, (answer) => {
        answered = true;
        resolve(/^y(es)?$/i.test(answer.trim()));
      });
      // Ctrl-C is a key like any other while readline has the terminal.
      asking.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
      signal.addEventListener('abort', () => resolve(false), { once: true });
      asking.once('close', () => resolve(false));
    });
  } finally {
    asking.close();
    // Enter ended its line; nothing else does.
    if (!answered) process.stderr.write('\n');
  }
}
