/** What happens when standard output cannot be written any more. */

import type { Writable } from 'node:stream';
import { EXIT, fileProblem } from './command-error.js';

/** Says so once, where it is an error, and gives the exit code to `end`. */
export function onLostOutput(stdout: Writable, stderr: Writable, end: (exitCode: number) => void): void {
  let lost = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (lost) return;
    lost = true;
    // The reader of a pipe went away (| head): not an error, and nobody is left to tell.
    const ignored = error.code === 'EPIPE';
    if (!ignored) stderr.write(`mctpkit: standard output cannot be written: ${fileProblem(error)}\n`);
    end(ignored ? EXIT.done : EXIT.usage);
  });
  // Nobody can be told that nobody can be told.
  stderr.on('error', () => {});
}
