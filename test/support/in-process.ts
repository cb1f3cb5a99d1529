/** The built command as a function: verbs run in this process, in a world of their own. */

import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../bindings/system-clock.js';
import type { Clock } from '../../stack/clock.js';
import { coloursFor } from '../../tools/format/colours.js';
import type { World } from '../../tools/world.js';
import { inVirtualTime } from './auto-clock.js';
import type { Finished, RunOptions } from './cli.js';

const COMMAND = fileURLToPath(new URL('../../dist/tools/', import.meta.url));
const { runVerb, verbName } = (await import(`${COMMAND}run.js`)) as typeof import('../../tools/run.js');
const { findVerb, VERBS } = (await import(`${COMMAND}verbs.js`)) as typeof import('../../tools/verbs.js');

export interface InProcessOptions extends Omit<RunOptions, 'command'> {
  /** Real time, for what is outside this process. Default: when a link that leaves it is named. */
  readonly realTime?: boolean;
}

/** One run from start to end. Time is virtual, unless something outside takes part. */
export function mctpkit(args: readonly string[], options: InProcessOptions = {}): Promise<Finished> {
  const realTime = options.realTime ?? args.some((word) => /\b(serial|i2c|kernel):/.test(word));
  const work = (clock: Clock): Promise<Finished> => new RunningVerb(args, { ...options, clock }).finished;
  return realTime ? work(systemClock) : inVirtualTime(work);
}

/** A run that is watched: for verbs that go on until they are stopped. */
export class RunningVerb {
  readonly finished: Promise<Finished>;
  readonly #interrupt = new AbortController();
  readonly #stdout: Collector;
  readonly #stderr = new Collector('utf8');

  constructor(args: readonly string[], options: Omit<InProcessOptions, 'realTime'> & { readonly clock?: Clock } = {}) {
    this.#stdout = new Collector(options.binary ? 'latin1' : 'utf8');
    this.finished = this.#run(args, options);
  }

  /** Resolves with the first line of stdout that matches; rejects when the verb ends before. */
  line(pattern: RegExp): Promise<string> {
    return this.#find(pattern, this.#stdout);
  }

  /** The same of stderr. */
  note(pattern: RegExp): Promise<string> {
    return this.#find(pattern, this.#stderr);
  }

  stop(): Promise<Finished> {
    this.#interrupt.abort();
    return this.finished;
  }

  async #run(
    [first, ...rest]: readonly string[],
    { stdin = '', env = {}, clock = systemClock }: Omit<InProcessOptions, 'realTime'> & { readonly clock?: Clock },
  ): Promise<Finished> {
    const world = this.#world(stdin, { ...process.env, ...env }, clock);
    const ended = await run(first, rest, world);
    return {
      code: ended === 'interrupted' ? null : ended,
      signal: ended === 'interrupted' ? 'SIGINT' : null,
      stdout: this.#stdout.text,
      stderr: this.#stderr.text,
    };
  }

  #world(stdin: string, env: Readonly<Record<string, string | undefined>>, clock: Clock): World {
    const originMs = Date.now() - clock.now();
    return {
      io: {
        print: (text) => this.#stdout.add(Buffer.from(`${text}\n`)),
        note: (text) => this.#stderr.add(Buffer.from(`${text}\n`)),
        progress: () => {},
        progressRoom: () => undefined,
        colours: coloursFor(false, env),
        isTerminal: false,
        stdin: Readable.from(stdin === '' ? [] : [Buffer.from(stdin)], { objectMode: false }),
        stdout: this.#stdout.stream,
        drained: () => Promise.resolve(),
        ask: undefined,
        terminal: undefined,
      },
      clock,
      time: () => originMs + clock.now(),
      env,
      signal: this.#interrupt.signal,
      machine: {
        node: process.version,
        platform: process.platform,
        arch: process.arch,
        command: [process.execPath, `${COMMAND}mctpkit.js`],
        memory: () => process.memoryUsage().rss,
      },
    };
  }

  #find(pattern: RegExp, collector: Collector): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const line = collector.text.split('\n').find((one) => pattern.test(one));
        if (line === undefined) return;
        collector.watchers.delete(look);
        resolve(line);
      };
      collector.watchers.add(look);
      look();
      void this.finished.then(({ stderr }) =>
        reject(new Error(`the verb ended without a line like ${pattern}: ${stderr}`)),
      );
    });
  }
}

/** What the command does with its first word. */
async function run(first: string | undefined, rest: readonly string[], world: World) {
  if (first === undefined || first === '--help' || first === '-h') {
    const { generalHelp } = await import('../../tools/help.js');
    world.io.print(generalHelp(VERBS));
    return 0;
  }
  const name = verbName(first);
  return runVerb(findVerb(name) ?? name, rest, world);
}

class Collector {
  readonly watchers = new Set<() => void>();
  readonly stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      this.add(chunk);
      done();
    },
  });
  readonly #encoding: BufferEncoding;
  #chunks: Buffer[] = [];

  constructor(encoding: BufferEncoding) {
    this.#encoding = encoding;
  }

  get text(): string {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all.toString(this.#encoding);
  }

  add(bytes: Buffer): void {
    this.#chunks.push(Buffer.from(bytes));
    for (const watcher of [...this.watchers]) watcher();
  }
}
