/** One verb from its arguments to its exit code. */

import { nearest } from '../stack/util/text.js';
import { parseArguments } from './command-line.js';
import { EXIT, errorLine, exitCodeOf, usageError } from './errors.js';
import { processIo } from './io.js';
import { didYouMean } from './suggest.js';
import { VERBS, type VerbEntry } from './verbs.js';

/** `entry` is undefined when there is no verb called `name`. Never rejects: the failure is on stderr, in one line. */
export async function runVerb(entry: VerbEntry | undefined, name: string, args: readonly string[]): Promise<number> {
  const io = processIo();
  const interrupt = new Interrupt();
  try {
    if (entry === undefined) throw unknownVerb(name);
    const verb = await entry.load();
    const parsed = parseArguments(verb, args);
    if ('help' in parsed) {
      io.print(parsed.help);
      return EXIT.done;
    }
    const code = await verb.run({ ...parsed, io, signal: interrupt.signal });
    io.progress('');
    return code;
  } catch (error) {
    io.progress('');
    if (interrupt.signal.aborted) return interrupt.die();
    io.note(errorLine(error));
    if ((process.env.MCTPKIT_DEBUG ?? '') !== '') console.error(error);
    return exitCodeOf(error);
  } finally {
    interrupt.stop();
  }
}

/** What needs no verb. */
const WITHOUT_VERB = ['--help', '--version'];

function unknownVerb(name: string): Error {
  if (name.startsWith('-')) {
    const meant = nearest(name, WITHOUT_VERB);
    if (meant !== undefined) return usageError(`no option ${name} (did you mean ${meant}?): mctpkit --help tells more`);
    return usageError(`option ${name} before the verb: write mctpkit <verb> ${name}, or mctpkit --help`);
  }
  const names = VERBS.map((verb) => verb.name);
  return usageError(`no verb "${name}"${didYouMean(name, names)}: mctpkit --help lists them`);
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The first Ctrl-C lets the verb put things in order, the second one does not. */
class Interrupt {
  readonly #abort = new AbortController();
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
    for (const name of SIGNALS) process.off(name, this.#onSignal);
  }

  /** End as the signal would have ended us, so that a shell script stops too. */
  die(): number {
    this.#die(this.#name);
    return EXIT.refused;
  }

  #die(name: NodeJS.Signals): void {
    this.stop();
    process.kill(process.pid, name);
  }
}
