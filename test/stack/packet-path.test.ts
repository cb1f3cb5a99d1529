/** How many functions a packet crosses from a link to a socket, and its reply back: as docs/library.md says. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TRANSMIT } from '../../stack/link.js';
import { packet } from '../support/scripted-link.js';
import { oneStack } from '../support/stacks.js';

const LIBRARY = new URL('../../docs/library.md', import.meta.url);

/** Functions of the stack that are being called, outermost first. */
function callers(): string[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  const { stack = '' } = new Error('here');
  Error.stackTraceLimit = limit;
  return stack
    .split('\n')
    .filter((line) => /\/stack\/(?!.*\.test\.)/.test(line))
    .map((line) => /at (?:async )?([\w.#<>]+)/.exec(line)![1]!)
    .reverse();
}

/** The functions a list of docs/library.md names, in order. */
function documented(heading: string): string[] {
  const text = readFileSync(LIBRARY, 'utf8');
  const section = text.split(`\n**${heading}**`)[1]!.split(/\n\n(?!1\. )/)[0]!;
  return [...section.matchAll(/^\d+\. `([^`]+)`/gm)].map((match) => match[1]!);
}

describe('a packet from a link to a socket, and its reply', () => {
  it('crosses the functions that docs/library.md lists, and as many as it says', async () => {
    const { mctp, link } = await oneStack();
    const socket = mctp.socket();
    socket.bind({ type: 1 });
    let inwards: string[] = [];
    let outwards: string[] = [];
    socket.onMessage((message) => {
      inwards = callers();
      void socket.reply(message, Uint8Array.of(1));
    });
    link.answer = () => {
      outwards = callers();
      return TRANSMIT.sent;
    };
    link.inject(packet({}, '01 aa'));
    expect(link.takeSent()).toHaveLength(1);
    expect(inwards).toEqual(documented('In'));
    outwards = outwards.slice(inwards.length);
    expect(outwards).toEqual(documented('Out'));
    const count = `${inwards.length + outwards.length} functions, whatever the link: ${inwards.length} in, ${outwards.length} out`;
    expect(readFileSync(LIBRARY, 'utf8')).toContain(count);
  });
});
