/** docs/vendor-messages.md as somebody follows it: its files are written, its commands run, and they print what it says. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mctpkit } from '../support/in-process.js';

const PAGE = readFileSync(new URL('../../docs/vendor-messages.md', import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'mctpkit-vendor-'));
const here = process.cwd();

const blocks = [...PAGE.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, kind, text]) => ({ kind, text: text! }));
const files = blocks.flatMap(({ kind, text }) => {
  const name = /^# (\S+\.toml)\n/.exec(text)?.[1];
  return kind === 'toml' && name !== undefined ? [{ name, text }] : [];
});
const runs = blocks.flatMap(({ kind, text }) =>
  kind !== 'console'
    ? []
    : text
        .split(/^\$ /m)
        .slice(1)
        .map((run): [string, string] => [run.slice(0, run.indexOf('\n')), run.slice(run.indexOf('\n') + 1).trimEnd()]),
);

beforeAll(() => {
  for (const { name, text } of files) writeFileSync(join(folder, name), text);
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(here);
  rmSync(folder, { recursive: true });
});

it('has its files and commands', () => {
  expect(files.map(({ name }) => name)).toEqual(['acme.toml', 'bench.toml', 'wrong.toml']);
  expect(runs.length).toBe(7);
});

it.each(runs)('%s', async (line, printed) => {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => (quoted ?? plain)!);
  const { stdout, stderr } = await mctpkit(words.slice(1));
  expect(steady(`${stdout}${stderr}`.trimEnd())).toBe(steady(printed));
});

/** Instance ids and times are those of the moment. */
function steady(text: string): string {
  return text.replace(/#\d+/g, '#').replace(/\d+\.\d+ ms/g, 'ms');
}
