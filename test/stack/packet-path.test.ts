/** Which functions a packet crosses from a link to a socket, and its reply back: as docs/library.md says. */

import { readFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector';
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

/** What V8 counts while `action` runs: "core/link-port.ts receive", each function of the stack once, without its calls. */
function functionsRun(action: () => void): string[] {
  const session = new Session();
  session.connect();
  let scripts: Profiler.ScriptCoverage[] = [];
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  action();
  session.post('Profiler.takePreciseCoverage', (error, { result }) => {
    if (error !== null) throw error;
    scripts = result;
  });
  session.post('Profiler.stopPreciseCoverage');
  session.disconnect();
  return scripts.flatMap(({ url, functions }) => {
    const file = /\/stack\/(?!.*\.test\.)(.*)\.[jt]s$/.exec(url)?.[1];
    if (file === undefined) return [];
    const run = functions.filter(({ ranges }) => ranges[0]!.count > 0);
    return run.map(({ functionName }) => `${file}.ts ${functionName}`);
  });
}

/** The functions of the table below **All**; a row of several files has one function of each. */
function documentedTable(): string[] {
  const section = readFileSync(LIBRARY, 'utf8')
    .split('\n**All**')[1]!
    .split(/\n\n(?!\|)/)[0]!;
  return [...section.matchAll(/^\| (`.*?) \| (`.*?) \|/gm)].flatMap(([, first, second]) => {
    const [files, names] = [first!, second!].map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!));
    return names!.map((name, index) => `${files!.length > 1 ? files![index] : files![0]} ${name}`);
  });
}

describe('a packet from a link to a socket, and its reply', () => {
  it('is as deep as docs/library.md lists and says', async () => {
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
    const depth = `${inwards.length + outwards.length} functions deep: ${inwards.length} on the way in, and ${outwards.length} on the way out`;
    expect(readFileSync(LIBRARY, 'utf8')).toContain(depth);
  });

  it('runs the functions in all that docs/library.md lists, and as many as it says', async () => {
    const { mctp, link } = await oneStack();
    const socket = mctp.socket();
    socket.bind({ type: 1 });
    socket.onMessage((message) => void socket.reply(message, Uint8Array.of(1)));
    const request = packet({}, '01 aa');
    // What is made once, and used again for every message after the first, is made now.
    link.inject(request);
    const run = functionsRun(() => link.inject(request));
    expect(link.takeSent()).toHaveLength(2);
    expect(run.toSorted()).toEqual(documentedTable().toSorted());
    expect(readFileSync(LIBRARY, 'utf8')).toContain(`a packet and its reply run ${run.length} functions in all`);
  });
});
