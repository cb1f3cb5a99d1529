/** What `mctpkit --help` prints. Loads nothing but the list of verbs. */

import type { VerbEntry } from './verb.js';

export function generalHelp(verbs: readonly VerbEntry[]): string {
  const width = Math.max(...verbs.map((verb) => verb.name.length));
  return [
    'Usage: mctpkit <verb> [options]',
    '',
    'Find, exercise and debug devices that speak MCTP.',
    '',
    'Verbs:',
    ...verbs.map((verb) => `  ${verb.name.padEnd(width)}  ${verb.summary}`),
    '',
    'Links are URLs: serial:/dev/ttyUSB0?baud=115200, i2c:1?address=0x10, bench: (a virtual bench, the default).',
    'mctpkit help <verb> tells more, mctpkit help topics lists the guides.',
  ].join('\n');
}
