/** The command as a function: verbs run in this process, in a world of their own. */

import { PassThrough, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../bindings/system-clock.js';
import type { Clock } from '../../stack/clock.js';
import { generalHelp } from '../../tools/help.js';
import { runVerb, verbName } from '../../tools/run.js';
import { type Output, streamIo } from '../../tools/stream-io.js';
import { tcpNetwork } from '../../tools/tcp-network.js';
import { findVerb, VERBS } from '../../tools/verbs.js';
import type { World } from '../../tools/world.js';
import type { Network } from '../../tools/world-network.js';
import { inVirtualTime } from './auto-clock.js';
import type { Finished, RunOptions } from './cli.js';
import { plain } from './terminal.js';

const COMMAND = fileURLToPath(new URL('../../dist/tools/mctpkit.js', import.meta.url));

export interface InProcessOptions extends Omit<RunOptions, 'command'> {
  /** Real time, for what is outside this process. Default: when a link that leaves it is named. */
  readonly realTime?: boolean;
}

/** One run from start to end. Time is virtual, unless something outside takes part. */
export function mctpkit(args: readonly string[], options: InProcessOptions = {}): Promise<Finished> {
  const realTime = options.realTime ?? args.some((word) => /\b(serial|i2c|kernel):/.test(word));
  const work = (clock: Clock): Promise<Finished> => {
    const verb = new RunningVerb(args, { ...options, clock });
    verb.stdin.end(options.stdin);
    return verb.finished;
  };
  return realTime ? work(systemClock) : inVirtualTime(work);
}

export interface RunningVerbOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly binary?: boolean;
  /** Default: real time. */
  readonly clock?: Clock;
  /** Default: the sockets of this machine. */
  readonly network?: Network;
  /** All streams are a terminal of this size. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
}

/** A run that is watched: for verbs that go on until they are stopped. */
export class RunningVerb {
  readonly finished: Promise<Finished>;
  /** What it reads; in a terminal, the keys. */
  readonly stdin = new PassThrough();
  readonly #interrupt = new AbortController();
  readonly #stdout: Collector;
  readonly #stderr: Collector;

  constructor(args: readonly string[], options: RunningVerbOptions = {}) {
    this.#stdout = new Collector(options.binary ? 'latin1' : 'utf8');
    this.#stderr = options.terminal === undefined ? new Collector('utf8') : this.#stdout;
    if (options.terminal !== undefined) {
      Object.assign(this.#stdout, { isTTY: true, ...options.terminal });
      Object.assign(this.stdin, { isTTY: true, setRawMode: () => {} });
    }
    this.finished = this.#run(args, options);
  }

  /** Everything so far; in a terminal, stderr too. */
  get output(): string {
    return this.#stdout.text;
  }

  /**
   * Resolves with the first line of stdout that matches; rejects when the verb ends before. `meanwhile` is called while the line
   * is written.
   */
  line(pattern: RegExp, meanwhile?: () => void): Promise<string> {
    return this.#find(pattern, this.#stdout, meanwhile);
  }

  /** The same of stderr. */
  note(pattern: RegExp, meanwhile?: () => void): Promise<string> {
    return this.#find(pattern, this.#stderr, meanwhile);
  }

  /** Resolves when everything so far, without colours and cursor movements, matches; rejects when the verb ends before. */
  shows(pattern: RegExp): Promise<void> {
    return this.#wait(this.#stdout, pattern, (text) => (pattern.test(plain(text)) ? true : undefined)).then(() => {});
  }

  stop(): Promise<Finished> {
    this.#interrupt.abort();
    return this.finished;
  }

  async #run([first, ...rest]: readonly string[], options: RunningVerbOptions): Promise<Finished> {
    const ended = await run(first, rest, this.#world(options));
    return {
      code: ended === 'interrupted' ? null : ended,
      signal: ended === 'interrupted' ? 'SIGINT' : null,
      stdout: this.#stdout.text,
      stderr: this.#stderr.text,
    };
  }

  #world({ env: added, clock = systemClock, network = tcpNetwork, terminal }: RunningVerbOptions): World {
    const ofTerminal = terminal === undefined ? {} : { TERM: 'xterm', NO_COLOR: undefined, FORCE_COLOR: undefined };
    const env = { ...process.env, ...ofTerminal, ...added };
    const originMs = Date.now() - clock.now();
    return {
      io: streamIo({
        stdin: this.stdin,
        stdout: this.#stdout,
        stderr: this.#stderr,
        env,
        interrupt: () => this.#interrupt.abort(),
        atExit: () => () => {},
      }),
      clock,
      time: () => originMs + clock.now(),
      env,
      signal: this.#interrupt.signal,
      machine: {
        node: process.version,
        platform: process.platform,
        arch: process.arch,
        command: [process.execPath, COMMAND],
        memory: () => process.memoryUsage().rss,
        saveMemory: async () => {},
      },
      network,
    };
  }

  #find(pattern: RegExp, collector: Collector, meanwhile?: () => void): Promise<string> {
    return this.#wait(collector, pattern, (text) => {
      const found = text.split('\n').find((line) => pattern.test(line));
      if (found !== undefined) meanwhile?.();
      return found;
    });
  }

  #wait<T>(collector: Collector, pattern: RegExp, find: (text: string) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find(collector.text);
        if (found === undefined) return;
        collector.watchers.delete(look);
        resolve(found);
      };
      collector.watchers.add(look);
      look();
      void this.finished.then(({ stdout, stderr }) =>
        reject(new Error(`the verb ended and never showed ${pattern}: ${stdout}${stderr}`)),
      );
    });
  }
}

/** What the command does with its first word. */
async function run(first: string | undefined, rest: readonly string[], world: World) {
  if (first === undefined || first === '--help' || first === '-h') {
    world.io.print(generalHelp(VERBS, world.io.terminal?.size().columns));
    return 0;
  }
  const name = verbName(first);
  return runVerb(findVerb(name) ?? name, rest, world);
}

class Collector extends Writable implements Output {
  readonly watchers = new Set<() => void>();
  readonly #encoding: BufferEncoding;
  #chunks: Buffer[] = [];

  constructor(encoding: BufferEncoding) {
    super();
    this.#encoding = encoding;
  }

  get text(): string {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all.toString(this.#encoding);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(Buffer.from(chunk));
    for (const watcher of [...this.watchers]) watcher();
    done();
  }
}
