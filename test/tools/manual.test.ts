/** What an installed user can read: man pages from the declarations of the verbs, and the pages that `mctpkit help` shows. */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { manPages, pageOf } from '../../docs/generate-man.js';
import { VERBS } from '../../tools/verbs.js';
import { mctpkit } from '../support/in-process.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { man, bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly man: readonly string[];
  readonly bin: { readonly mctpkit: string };
};

describe('man pages', async () => {
  const pages = await manPages();

  it('package.json lists one for each verb, and that of all', () => {
    expect([...man].sort()).toEqual([...pages.keys()].sort());
    expect(pages.size).toBe(VERBS.length + 1);
  });

  it.each(VERBS)('$name: every option and example, and the page that says more', async ({ name, load }) => {
    const roff = pages.get(`dist/man/mctpkit-${name}.1`)!;
    // As troff prints it: without fonts and escapes.
    const text = roff
      .replace(/\\f[BIR]|\\[&:]/g, '')
      .replace(/\\-/g, '-')
      .replaceAll('\\e', '\\');
    const verb = await load();
    for (const { flags } of Object.values(verb.options)) expect(text).toContain(`\n${flags}\n`);
    for (const [line] of verb.examples) expect(text).toContain(`\n${line}\n`);
    expect((await mctpkit(['help', `verbs/${pageOf(name)}`])).stdout).toMatch(/^# mctpkit /);
  });

  it('every word has room in a terminal of 80 columns', () => {
    for (const [file, roff] of pages) {
      const words = roff
        .replace(/^\..*$/gm, '')
        .replace(/\\f[BIR]|\\&/g, '')
        .replace(/\\[-e]/g, '-')
        .split(/\s+|\\:/);
      expect([file, words.filter((word) => word.length > 70)]).toEqual([file, []]);
    }
  });

  it('no line of text is taken for a request', () => {
    const requests = /^\.(TH|SH|PP|TP|nh|ad l|nf|fi)\b/;
    for (const [file, roff] of pages) {
      const odd = roff.split('\n').filter((line) => /^[.']/.test(line) && !requests.test(line));
      expect([file, odd]).toEqual([file, []]);
    }
  });
});

describe('mctpkit help TOPIC', () => {
  it('topics: every page of docs, but the API and examples', async () => {
    const { code, stdout } = await mctpkit(['help', 'topics']);
    expect(code).toBe(0);
    const topics = stdout.split('\n').map((line) => line.split(' ')[0]);
    const at = (folder: string) =>
      readdirSync(join(ROOT, 'docs', folder)).flatMap((name) => (name.endsWith('.md') ? [name.slice(0, -3)] : []));
    for (const name of at('')) expect(topics).toContain(name === 'README' ? 'index' : name);
    for (const name of at('guides')) expect(topics).toContain(`guides/${name}`);
    for (const name of at('verbs')) expect(topics).toContain(`verbs/${name}`);
  });

  it.each([
    ['concepts', 'docs/concepts.md'],
    ['laptop', 'docs/guides/laptop.md'],
    ['verbs/ping', 'docs/verbs/ping.md'],
    ['index', 'docs/README.md'],
  ])('%s is %s', async (topic, page) => {
    const { code, stdout } = await mctpkit(['help', topic]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: readFileSync(join(ROOT, page), 'utf8') });
  });

  it('a verb comes first, a word that is nearly a topic is understood', async () => {
    expect((await mctpkit(['help', 'config'])).stdout).toMatch(/^Usage: mctpkit config/);
    expect(await mctpkit(['help', 'laptpo'])).toMatchObject({
      code: 2,
      stderr: 'mctpkit: no verb "laptpo" (did you mean laptop?): mctpkit --help lists them\n',
    });
  });
});

it('the command of a clone runs its sources', () => {
  const version = execFileSync(process.execPath, [join(ROOT, bin.mctpkit), 'version'], { encoding: 'utf8' });
  expect(version).toMatch(/^mctpkit \d+\.\d+\.\d+\n$/);
});
