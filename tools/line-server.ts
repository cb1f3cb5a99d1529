/** Programs talk to the command line by line: a line in, a line of JSON out, at once and in order. */

import type { Io } from './io.js';

/** No line that means anything is longer; what is gets an error for an answer, and is not kept. */
const LONGEST_LINE = 4 * 1024 * 1024;

export async function answerLines(io: Io, answer: (line: string) => Promise<unknown>): Promise<void> {
  io.stdin.setEncoding('utf8');
  let rest = '';
  let tooLong = false;
  const reply = async (line: string): Promise<string> =>
    JSON.stringify(await answer(tooLong ? 'too long' : line.replace(/\r$/, '')));
  for await (const chunk of io.stdin) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop()!;
    const answers: string[] = [];
    for (const line of lines) {
      answers.push(await reply(line));
      tooLong = false;
    }
    if (rest.length > LONGEST_LINE) {
      rest = '';
      tooLong = true;
    }
    if (answers.length > 0) io.print(answers.join('\n'));
    await io.drained();
  }
  if (rest !== '' || tooLong) io.print(await reply(rest));
}
