/** The terminal, or what stands in for it, as verbs see it. */

import { type Colours, coloursFor } from './format/colours.js';

export interface Io {
  /** Results. */
  print(text: string): void;
  /** Remarks that are not a result. */
  note(text: string): void;
  /** Lines on the terminal that the next ones replace; '' takes them away. Nothing when stderr is not a terminal. */
  progress(text: string): void;
  /** Room for `progress`; undefined: stderr is not a terminal, or none that can take lines back. */
  progressRoom(): { readonly columns: number; readonly rows: number } | undefined;
  readonly colours: Colours;
  /** Results go to a terminal, which can be drawn on. */
  readonly isTerminal: boolean;
  readonly stdin: NodeJS.ReadStream;
  /** Resolves when more may be printed: for output of any length. */
  drained(): Promise<void>;
}

/** Columns and rows of a terminal that does not say. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/** The streams of this process. */
export function processIo(): Io {
  const { stdout, stderr, stdin, env } = process;
  // The reader of a pipe went away (| head): not an error, and nobody is left to tell.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
  const lively = stderr.isTTY === true && env.TERM !== 'dumb';
  const room = () => ({ columns: stderr.columns || DEFAULT_COLUMNS, rows: stderr.rows || DEFAULT_ROWS });
  let shown: readonly string[] = [];
  const clear = (): void => {
    if (shown.length === 0) return;
    // Made narrower since, the terminal has broken lines that were one.
    const { columns } = room();
    const rows = shown.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0);
    stderr.write(`\r${rows > 1 ? `\u001b[${rows - 1}A` : ''}\u001b[J`);
    shown = [];
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
      const { columns, rows } = room();
      shown = text
        .split('\n')
        .slice(0, rows - 1)
        .map((line) => line.slice(0, columns - 1));
      stderr.write(shown.join('\n'));
    },
    isTerminal: stdout.isTTY === true && env.TERM !== 'dumb',
    progressRoom: () => (lively ? room() : undefined),
    colours: coloursFor(stdout.isTTY === true, env),
    stdin,
    drained: () =>
      stdout.writableNeedDrain ? new Promise((resolve) => stdout.once('drain', resolve)) : Promise.resolve(),
  };
}
