/** The terminal on three streams, each of which may be a terminal or not. */

import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { onAbort } from '../stack/util/abort.js';
import { coloursFor } from './format/colours.js';
import { harmless } from './format/harmless.js';
import type { Io, Size, Terminal } from './io.js';

/** As of node:tty, as far as they are terminals. */
type Input = Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

export interface Streams {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ctrl-C was pressed where it is a key like any other. */
  interrupt(): void;
  /** End the verb as soon as nobody can read standard output any more. Not there where that is not to be known. */
  endUnread?(): void;
  /** Go on when standard output cannot be written any more. */
  goOnUnread?(): void;
  /** Call this when the process ends, however it does; returns how to take that back. */
  atExit(callback: () => void): () => void;
}

/** Columns and rows of a terminal that does not say. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
/** Characters of lines without an end which wait for a reader; what is more is left out, and counted. */
const MOST_WAITING = 16 * 1024 * 1024;
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';

export function streamIo(streams: Streams): Io {
  const { stdout, stderr, env } = streams;
  const lively = stderr.isTTY === true && env.TERM !== 'dumb';
  const isTerminal = stdout.isTTY === true && env.TERM !== 'dumb';
  let shown: readonly string[] = [];
  const clear = (): void => {
    if (shown.length === 0) return;
    // Made narrower since, the terminal has broken lines that were one.
    const { columns } = sizeOf(stderr);
    const rows = shown.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0);
    stderr.write(`\r${rows > 1 ? `\u001b[${rows - 1}A` : ''}\u001b[J`);
    shown = [];
  };
  let endless = false;
  let leftOut = 0;
  const write = (stream: Output, text: string): void => {
    if (endless && stream.writableLength > MOST_WAITING) {
      leftOut++;
      return;
    }
    if (leftOut > 0 && stderr.writableLength <= MOST_WAITING) {
      stderr.write(`mctpkit: ${leftOut} lines were left out: they were read too slowly\n`);
      leftOut = 0;
    }
    clear();
    stream.write(`${harmless(text)}\n`);
  };
  return {
    print: (text) => write(stdout, text),
    note: (text) => write(stderr, text),
    progress: (text) => {
      if (!lively) return;
      clear();
      if (text === '') return;
      const { columns, rows } = sizeOf(stderr);
      shown = harmless(text)
        .split('\n')
        .slice(0, rows - 1)
        .map((line) => line.slice(0, columns - 1));
      stderr.write(shown.join('\n'));
    },
    isTerminal,
    progressRoom: () => (lively ? sizeOf(stderr) : undefined),
    colours: coloursFor(stdout.isTTY === true, env),
    get stdin() {
      return streams.stdin;
    },
    stdout,
    endUnread: () => {
      endless = true;
      streams.endUnread?.();
    },
    goOnUnread: () => {
      endless = true;
      streams.goOnUnread?.();
    },
    drained: () =>
      stdout.writableNeedDrain ? new Promise((resolve) => stdout.once('drain', resolve)) : Promise.resolve(),
    get ask(): Io['ask'] {
      return streams.stdin.isTTY === true && stderr.isTTY === true
        ? (question, signal) => ask(streams, question, signal)
        : undefined;
    },
    get terminal() {
      return isTerminal ? terminalOf(streams) : undefined;
    },
  };
}

/** A terminal that does not know its size says 0. */
function sizeOf({ columns, rows }: Output): Size {
  return { columns: columns || DEFAULT_COLUMNS, rows: rows || DEFAULT_ROWS };
}

async function ask(
  { stdin, stderr, interrupt }: Streams,
  question: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const asking = createInterface({ input: stdin, output: stderr });
  let answered = false;
  let stopListening: (() => void) | undefined;
  try {
    return await new Promise<string | undefined>((resolve) => {
      asking.question(question, (answer) => {
        answered = true;
        resolve(answer);
      });
      // Ctrl-C is a key like any other while readline has the terminal.
      asking.once('SIGINT', interrupt);
      stopListening = onAbort(signal, () => resolve(undefined));
      asking.once('close', () => resolve(undefined));
    });
  } finally {
    stopListening?.();
    asking.close();
    // Enter ended its line; nothing else does.
    if (!answered) stderr.write('\n');
  }
}

export function terminalOf({ stdin, stdout, atExit }: Omit<Streams, 'stderr' | 'env' | 'interrupt'>): Terminal {
  return {
    canHearKeys: stdin.isTTY === true,
    size: () => sizeOf(stdout),
    write: (text) => void stdout.write(text),
    take: ({ resized, keys }) => {
      const onKeys = (chunk: Buffer | string): void => keys?.(String(chunk));
      if (keys !== undefined) {
        stdin.setRawMode?.(true);
        stdin.resume();
        stdin.on('data', onKeys);
      }
      let given = false;
      const giveBack = (): void => {
        if (given) return;
        given = true;
        stdout.write(LEAVE);
        if (keys !== undefined) {
          stdin.setRawMode?.(false);
          stdin.off('data', onKeys);
          stdin.pause();
        }
        stdout.off('resize', resized);
        forget();
      };
      stdout.on('resize', resized);
      // However we end, the shell wants its terminal and its cursor back.
      const forget = atExit(giveBack);
      stdout.write(ENTER);
      return giveBack;
    },
  };
}
