/** The world of this process: its streams, its clock, its environment and its signals. */

import { setMaxListeners } from 'node:events';
import { systemClock } from '../bindings/system-clock.js';
import { EXIT } from './command-error.js';
import type { Io } from './io.js';
import { onLostOutput } from './lost-output.js';
import type { Ended } from './run.js';
import { streamIo } from './stream-io.js';
import type { World } from './world.js';
import type { Network } from './world-network.js';

/** `entry`: the file that is this command. */
export function processWorld(entry: string, interrupt: Interrupt): World {
  // Hundreds of devices may wait for one signal: Node would take it for a leak, and draw its warning into the screen.
  setMaxListeners(0);
  return {
    io: processIo(interrupt),
    clock: systemClock,
    time: () => performance.timeOrigin + performance.now(),
    env: process.env,
    signal: interrupt.signal,
    onHangup: (callback) => interrupt.onHangup(callback),
    // SIGUSR1 is the debugger's.
    onDumpSignal: (callback) => {
      process.on('SIGUSR2', callback);
      return () => process.off('SIGUSR2', callback);
    },
    machine: {
      node: process.version,
      platform: process.platform,
      arch: process.arch,
      command: [process.execPath, entry],
      memory: () => process.memoryUsage().rss,
      saveMemory: async () => {
        const { setFlagsFromString } = await import('node:v8');
        for (const flag of SMALL) setFlagsFromString(flag);
      },
    },
    network: tcp,
  };
}

/** What the engine (of Node 20 to 24) looks at each time it needs it, not only at its start. */
const SMALL = [
  // The space of new objects doubles up to 48 MB as they survive: here it is collected more often instead.
  '--semi-space-growth-factor=1',
  // Old ones are collected when they have grown by so many percent, not when they have doubled.
  '--heap-growing-percent=30',
  // SQLite: what is used of it, when it is used. To compile all of it at once takes 30 MB, most of which stays with the process.
  '--wasm-lazy-compilation',
  '--wasm-num-compilation-tasks=1',
] as const;

/** Loaded when a verb first needs it. */
const tcp: Network = {
  connect: async (...args) => (await import('./tcp-network.js')).tcpNetwork.connect(...args),
  listen: async (...args) => (await import('./tcp-network.js')).tcpNetwork.listen(...args),
};

function processIo(interrupt: Interrupt): Io {
  const { stdout, stderr, env } = process;
  const lostOutput = onLostOutput(stdout, stderr, (exitCode) => interrupt.end(exitCode));
  return streamIo({
    // Made when it is first used: it costs time, and most verbs do not read.
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
    env,
    interrupt: () => process.kill(process.pid, 'SIGINT'),
    endUnread: () => {
      interrupt.onlyLines();
      void unread(stdout.fd, () => interrupt.end(EXIT.done));
    },
    goOnUnread: () => lostOutput.goOn(),
    atExit: (callback) => {
      process.on('exit', callback);
      return () => process.off('exit', callback);
    },
  });
}

/** Loaded when lines are written over time. */
async function unread(fd: number, gone: () => void): Promise<void> {
  const { onUnread } = await import('./unread-pipe.js');
  process.once('exit', await onUnread(fd, gone));
}

/** SIGHUP: the terminal was closed, or the connection to it was lost. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The first Ctrl-C lets the verb put things in order, the second one does not. */
export class Interrupt {
  readonly #abort = new AbortController();
  #exitCode: number | undefined;
  #onlyLines = false;
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

  /** SIGHUP does not end the verb, until the function that this returns is called. */
  onHangup(callback: () => void): () => void {
    process.off('SIGHUP', this.#onSignal);
    process.on('SIGHUP', callback);
    return () => {
      process.on('SIGHUP', this.#onSignal);
      process.off('SIGHUP', callback);
    };
  }

  /** Nobody gets what the verb prints: let it put things in order as after Ctrl-C, and end with this code or a worse one. */
  end(exitCode: number): void {
    this.#exitCode = exitCode;
    // The verb may have ended already.
    process.exitCode = Math.max(Number(process.exitCode ?? EXIT.done), exitCode);
    this.#abort.abort();
  }

  /** The lines are all that the verb is for: without a reader it is done. */
  onlyLines(): void {
    this.#onlyLines = true;
  }

  /**
   * The code of a verb which ended so; undefined: a signal ended it. What it says itself counts, and work that was not done
   * because nobody read of it is not told as done.
   */
  codeOf(ended: Ended): number | undefined {
    if (this.#exitCode === EXIT.done && this.#onlyLines) return EXIT.done;
    if (ended !== 'interrupted') return Math.max(ended, this.#exitCode ?? EXIT.done);
    return this.#exitCode === EXIT.done ? EXIT.refused : this.#exitCode;
  }

  stop(): void {
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
