/** How many functions a packet crosses from a link to a socket, and its reply back: as docs/library.md says. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TRANSMIT } from '../../stack/link.js';
import { packet } from '../support/scripted-link.js';
import { oneStack } from '../support/stacks.js';

const LIBRARY = new URL('../../docs/library.md', import.meta.url);

/** Functions of the stack that are being called, outermost first. */
function callers(): string[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = 100;
  Error.prepareStackTrace = (_error, sites) => sites.filter(isOfStack).map(nameOf).reverse();
  const names = new Error('here').stack as unknown as string[];
  Object.assign(Error, { stackTraceLimit, prepareStackTrace });
  return names;
}

const isOfStack = (site: NodeJS.CallSite): boolean => /\/stack\/(?!.*\.test\.)/.test(site.getFileName() ?? '');

function nameOf(site: NodeJS.CallSite): string {
  const name = site.getFunctionName() ?? '';
  const type = site.getTypeName();
  return type === null || name.includes('.') ? name : `${type}.${name}`;
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
