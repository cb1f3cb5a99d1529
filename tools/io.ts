/** The terminal, or what stands in for it, as verbs see it. */

import { type Colours, coloursFor } from './format/colours.js';

export interface Io {
  /** Results. */
  print(text: string): void;
  /** Remarks that are no result. */
  note(text: string): void;
  /** A line on the terminal that the next one replaces; '' takes it away. Nothing when stderr is no terminal. */
  progress(text: string): void;
  readonly colours: Colours;
  /** Results go to a terminal, which can be drawn on. */
  readonly isTerminal: boolean;
  readonly stdin: NodeJS.ReadStream;
  /** Resolves when more may be printed: for output of any length. */
  drained(): Promise<void>;
}

const CLEAR_LINE = '\r\u001b[K';

/** The streams of this process. */
export function processIo(): Io {
  const { stdout, stderr, stdin, env } = process;
  // The reader of a pipe went away (| head): not an error, and nobody is left to tell.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
  const lively = stderr.isTTY === true && env.TERM !== 'dumb';
  let shown = false;
  const clear = (): void => {
    if (shown) stderr.write(CLEAR_LINE);
    shown = false;
  };
  return {
    print: (text) => {
      clear();
      stdout.write(`${text}\n`);
    },
    note: (text) => {
      clear();
      stderr.write(`${text}\n`);
    },
    progress: (text) => {
      if (!lively) return;
      clear();
      if (text === '') return;
      stderr.write(text.slice(0, (stderr.columns || 80) - 1));
      shown = true;
    },
    isTerminal: stdout.isTTY === true && env.TERM !== 'dumb',
    colours: coloursFor(stdout.isTTY === true, env),
    stdin,
    drained: () =>
      stdout.writableNeedDrain ? new Promise((resolve) => stdout.once('drain', resolve)) : Promise.resolve(),
  };
}
