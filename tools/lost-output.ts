/** What happens when standard output cannot be written any more. */

import type { Writable } from 'node:stream';
import { fileProblem } from '../bindings/read-own-file.js';
import { EXIT } from './command-error.js';

export interface LostOutput {
  /** From now on the process goes on without standard output, which may come back: a disk is full only for a while. */
  goOn(): void;
}

/** Says so once, where it is an error, and gives the exit code to `end`. */
export function onLostOutput(stdout: Writable, stderr: Writable, end: (exitCode: number) => void): LostOutput {
  let lost = false;
  let goesOn = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (lost) return;
    lost = true;
    // The reader of a pipe went away (| head): not an error, and nobody is left to tell.
    const ignored = error.code === 'EPIPE';
    if (goesOn) {
      const why = ignored ? 'nobody reads it any more' : fileProblem(error);
      stderr.write(`mctpkit: standard output cannot be written: ${why}; the work goes on without it\n`);
      return;
    }
    if (!ignored) stderr.write(`mctpkit: standard output cannot be written: ${fileProblem(error)}\n`);
    end(ignored ? EXIT.done : EXIT.usage);
  });
  // Nobody can be told that nobody can be told.
  stderr.on('error', () => {});
  return {
    goOn: () => {
      goesOn = true;
    },
  };
}
