/** One verb from its arguments to its exit code. */

import { nearest } from '../stack/util/text.js';
import { EXIT, errorLine, exitCodeOf, usageError } from './command-error.js';
import { parseArguments } from './command-line.js';
import { didYouMean } from './suggest.js';
import type { VerbEntry } from './verb.js';
import { VERBS } from './verbs.js';
import type { World } from './world.js';

/** The exit code, or that the signal ended the verb before it could say one. */
export type Ended = number | 'interrupted';

/** The verb that the first word of the command means. */
export function verbName(word: string): string {
  return word === '--version' || word === '-V' ? 'version' : word;
}

/** `entry`: the name, where there is no such verb. Never rejects: the failure is on stderr, in one line. */
export async function runVerb(entry: VerbEntry | string, args: readonly string[], world: World): Promise<Ended> {
  const { io, signal, env } = world;
  try {
    if (typeof entry === 'string') throw unknownVerb(entry);
    const verb = await entry.load();
    const parsed = parseArguments(verb, args, io.terminal?.size().columns);
    if ('help' in parsed) {
      io.print(parsed.help);
      return EXIT.done;
    }
    const code = await verb.run({ ...parsed, world: { ...world, alone: parsed.options.alone === true }, verbs: VERBS });
    io.progress('');
    return code;
  } catch (error) {
    io.progress('');
    if (signal.aborted) return 'interrupted';
    io.note(errorLine(error));
    if ((env.MCTPKIT_DEBUG ?? '') !== '') io.note(String(error instanceof Error ? error.stack : error));
    return exitCodeOf(error);
  }
}

/** What other tools call it. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  addr: 'address',
  boot: 'emulate',
  certify: 'validate',
  devices: 'discover',
  drive: 'nvme',
  dump: 'capture',
  firmware: 'fw',
  fru: 'pldm ADDRESS fru',
  list: 'discover',
  ls: 'discover',
  monitor: 'capture, listen, or discover --watch',
  neighbor: 'neigh',
  neighbour: 'neigh',
  nodes: 'network nodes',
  scan: 'discover',
  simulate: 'emulate',
  sniff: 'capture',
  tcpdump: 'capture',
  test: 'validate, or bench',
  update: 'fw update',
  watch: 'discover --watch, or top',
};

/** Options that need no verb. */
const WITHOUT_VERB = ['--help', '--version'];

function unknownVerb(name: string): Error {
  if (name.startsWith('-')) {
    const meant = nearest(name, WITHOUT_VERB);
    if (meant !== undefined) return usageError(`no option ${name} (did you mean ${meant}?): mctpkit --help tells more`);
    return usageError(`option ${name} before the verb: write mctpkit <verb> ${name}, or mctpkit --help`);
  }
  const names = VERBS.map((verb) => verb.name);
  const meant = Object.hasOwn(OTHER_WORDS, name) ? ` (did you mean ${OTHER_WORDS[name]}?)` : didYouMean(name, names);
  return usageError(`no verb "${name}"${meant}: mctpkit --help lists them`);
}
