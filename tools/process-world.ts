/** The world of this process: its streams, its clock, its environment and its signals. */

import { createInterface } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { systemClock } from '../bindings/system-clock.js';
import { coloursFor } from './format/colours.js';
import type { Io } from './io.js';
import { sizeOf, terminalOf } from './process-terminal.js';
import type { World } from './world.js';

/** The longest a timer can take. */
const LONGEST_MS = 0x7fffffff;

/** `entry`: the file that is this command. */
export function processWorld(entry: string, signal: AbortSignal): World {
  return {
    io: processIo(),
    clock: systemClock,
    time: () => performance.timeOrigin + performance.now(),
    env: process.env,
    signal,
    machine: {
      node: process.version,
      platform: process.platform,
      arch: process.arch,
      command: [process.execPath, entry],
      memory: () => process.memoryUsage().rss,
    },
  };
}

function processIo(): Io {
  const { stdout, stderr, stdin, env } = process;
  // The reader of a pipe went away (| head): not an error, and nobody is left to tell.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
  const lively = stderr.isTTY === true && env.TERM !== 'dumb';
  let shown: readonly string[] = [];
  const clear = (): void => {
    if (shown.length === 0) return;
    // Made narrower since, the terminal has broken lines that were one.
    const { columns } = sizeOf(stderr);
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
      const { columns, rows } = sizeOf(stderr);
      shown = text
        .split('\n')
        .slice(0, rows - 1)
        .map((line) => line.slice(0, columns - 1));
      stderr.write(shown.join('\n'));
    },
    isTerminal: stdout.isTTY === true && env.TERM !== 'dumb',
    progressRoom: () => (lively ? sizeOf(stderr) : undefined),
    colours: coloursFor(stdout.isTTY === true, env),
    // Made when it is first used: it costs time, and most verbs do not read.
    get stdin() {
      return process.stdin;
    },
    stdout,
    drained: () =>
      stdout.writableNeedDrain ? new Promise((resolve) => stdout.once('drain', resolve)) : Promise.resolve(),
    get ask() {
      return stdin.isTTY === true && stderr.isTTY === true ? askOn(stdin, stderr) : undefined;
    },
    get terminal() {
      return stdout.isTTY === true ? terminalOf(stdin, stdout) : undefined;
    },
  };
}

function askOn(input: ReadStream, output: WriteStream): NonNullable<Io['ask']> {
  return async (question, signal) => {
    const asking = createInterface({ input, output });
    let answered = false;
    try {
      return await new Promise<string | undefined>((resolve) => {
        asking.question(question, (answer) => {
          answered = true;
          resolve(answer);
        });
        // Ctrl-C is a key like any other while readline has the terminal.
        asking.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
        signal.addEventListener('abort', () => resolve(undefined), { once: true });
        asking.once('close', () => resolve(undefined));
      });
    } finally {
      asking.close();
      // Enter ended its line; nothing else does.
      if (!answered) output.write('\n');
    }
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The first Ctrl-C lets the verb put things in order, the second one does not. While it listens, the process lives. */
export class Interrupt {
  readonly #abort = new AbortController();
  readonly #alive = setInterval(() => {}, LONGEST_MS);
  readonly #onSignal = (name: NodeJS.Signals): void => {
    if (this.#abort.signal.aborted) this.#die(name);
    this.#name = name;
    this.#abort.abort();
  };
  #name: NodeJS.Signals = 'SIGINT';

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  stop(): void {
    clearInterval(this.#alive);
    for (const name of SIGNALS) process.off(name, this.#onSignal);
  }

  /** End as the signal would have ended us, so that a shell script stops too. */
  die(): void {
    this.#die(this.#name);
  }

  #die(name: NodeJS.Signals): void {
    this.stop();
    process.kill(process.pid, name);
  }
}
