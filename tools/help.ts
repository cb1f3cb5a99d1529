/** What `mctpkit --help` prints. Loads nothing but the list of verbs. */

import type { VerbEntry } from './verb.js';

/** For a terminal with so many columns; without them each verb has its line, however long. */
export function generalHelp(verbs: readonly VerbEntry[], columns = Number.POSITIVE_INFINITY): string {
  const width = Math.max(...verbs.map((verb) => verb.name.length));
  return [
    'Usage: mctpkit <verb> [options]',
    '',
    'Find, exercise and debug devices that speak MCTP.',
    '',
    'Verbs:',
    ...verbs.flatMap(({ name, summary }) => {
      const [first, ...more] = broken(summary, columns - width - 4);
      return [`  ${name.padEnd(width)}  ${first}`, ...more.map((line) => `${' '.repeat(width + 4)}${line}`)];
    }),
    '',
    ...broken(LINKS, columns),
    'mctpkit help <verb> tells more, mctpkit help topics lists the guides.',
  ].join('\n');
}

const LINKS =
  'Links are URLs: serial:/dev/ttyUSB0?baud=115200, i2c:1?address=0x10, bench: (a virtual bench, the default).';

/** Lines of at most so many characters, but for longer words. */
function broken(text: string, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > most) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
