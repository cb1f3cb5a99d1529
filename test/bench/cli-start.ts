/** What it costs to start the command, beside what it costs to start Node. Runs beside the compiled code. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { atMost, type BenchRow } from './row.js';

const COMMAND = fileURLToPath(new URL('../../tools/mctpkit.js', import.meta.url));
const ROUNDS = 21;
/** For the help of each of the verbs. */
const HELP_ROUNDS = 5;
/** More than this above Node itself would be felt. */
const HELP_LIMIT_MS = 20;
const VERB_LIMIT_MS = 35;
const PING_LIMIT_MS = 300;

export function benchCliStart(): BenchRow[] {
  const cases = {
    node: ['-e', '0'],
    help: [COMMAND, '--help'],
    version: [COMMAND, 'version'],
    decode: [COMMAND, 'decode', '010a08c8008002'],
    discover: [COMMAND, 'discover', '--help'],
    ping: [COMMAND, 'ping', '9', '-c', '1'],
  };
  // Round by round, so that a busy moment of the machine falls on all of them.
  const times = Object.fromEntries(Object.keys(cases).map((name) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, args] of Object.entries(cases)) times[name]!.push(timeOf(args));
  }
  const ms = (name: keyof typeof cases): number => median(times[name]!);
  const node = ms('node');
  const over = (name: keyof typeof cases): string => `${(ms(name) - node).toFixed(1)} ms above Node`;
  const slowest = slowestHelp();
  return [
    { name: 'node -e 0', value: node, unit: 'ms', note: 'reference' },
    atMost('mctpkit --help', ms('help'), 'ms', node + HELP_LIMIT_MS, over('help')),
    { name: 'mctpkit version', value: ms('version'), unit: 'ms', note: over('version') },
    atMost('mctpkit decode (one packet)', ms('decode'), 'ms', node + VERB_LIMIT_MS, over('decode')),
    atMost('mctpkit discover --help', ms('discover'), 'ms', node + VERB_LIMIT_MS, over('discover')),
    atMost('  the slowest help of all verbs, above Node', slowest.ms, 'ms', VERB_LIMIT_MS, slowest.verb),
    atMost('mctpkit ping 9 -c 1 (bench)', ms('ping'), 'ms', node + PING_LIMIT_MS, over('ping')),
  ];
}

/** Above Node beside it, in the same rounds. */
function slowestHelp(): { verb: string; ms: number } {
  const slow = verbs().map((verb) => {
    // The first run compiles.
    timeOf([COMMAND, verb, '--help']);
    const above: number[] = [];
    for (let round = 0; round < HELP_ROUNDS; round++) {
      const node = timeOf(['-e', '0']);
      above.push(timeOf([COMMAND, verb, '--help']) - node);
    }
    return { verb, ms: median(above) };
  });
  return slow.reduce((one, other) => (other.ms > one.ms ? other : one));
}

/** As the command completes them: beside the compiled code there is the built command only. */
function verbs(): string[] {
  const { stdout } = spawnSync(process.execPath, [COMMAND, 'completion', '--words', '--', ''], { encoding: 'utf8' });
  const names = [...stdout.matchAll(/^\w+/gm)].map(([name]) => name);
  if (names.length === 0) throw new Error('the command completes no verbs');
  return names;
}

function timeOf(args: readonly string[]): number {
  const start = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
