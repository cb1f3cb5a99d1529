/** Every verb which reads a file says why it cannot, in one sentence, with exit code 2: through one mechanism. */

import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileProblem } from '../../bindings/read-own-file.js';
import { packageFor } from '../support/firmware-package.js';
import { mctpkit } from '../support/in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-unreadable-'));
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  mkdirSync(at('folder'));
  writeFileSync(at('file'), '008002\n');
  writeFileSync(at('empty'), '');
  writeFileSync(at('secret'), '008002\n');
  chmodSync(at('secret'), 0);
  symlinkSync(at('round'), at('round'));
  await packageFor(folder, 'good', [600]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What each cause is called, whichever verb meets it. */
const CAUSES = {
  folder: 'it is a directory',
  'file/below': 'no such file or directory',
  round: 'its symbolic links lead round in a circle',
} as const;

/** FILE stands for what cannot be read. */
const READERS: readonly (readonly string[])[] = [
  ['config', 'check', 'FILE'],
  ['decode', '--vendor', 'FILE', '00'],
  ['discover', '--config', 'FILE'],
  ['emulate', '--bench', 'FILE', '--link', 'serial:/dev/null'],
  ['discover', '--link', 'bench:FILE'],
  ['validate', '9', '--baseline', 'FILE'],
  ['validate', '9', '--profile', 'FILE'],
  ['file', 'bench:serial0', 'put', 'FILE', '/settings.txt'],
  ['fw', 'inspect', 'FILE'],
  ['fw', 'build', 'FILE', 'out.pldm'],
  ['nvme', 'fw', 'download', '9', 'FILE'],
  ['adapter', 'flash', '--image', 'FILE'],
  ['pldm', 'bench:serial0', 'fru', 'SetFRURecordTable', '@FILE'],
  ['serve', '--dir', folder, '--link', 'bench:', '--http', '127.0.0.1:0', '--http-token', 'FILE'],
  ['serve', '--dir', folder, '--link', 'bench:', '--http', '127.0.0.1:0', '--http-cert', 'FILE', '--http-key', 'FILE'],
];

const named = (words: readonly string[], name: string): string[] => words.map((word) => word.replace('FILE', at(name)));

describe.each(READERS.map((words) => [words.join(' ').replace(folder, 'DIR'), words] as const))(
  '%s',
  (_title, words) => {
    it.each(Object.entries(CAUSES))('says of %s: %s', async (name, problem) => {
      const { code, stderr } = await mctpkit(named(words, name), { realTime: false });
      expect([code, stderr]).toEqual([2, expect.stringContaining(`${at(name)}`)]);
      expect(stderr).toMatch(new RegExp(`^mctpkit: [^\\n]*: ${problem}\\n$`));
    });
  },
);

// The superuser may read everything.
it.skipIf(process.getuid?.() === 0)('a file without the right to read it: permission denied', async () => {
  const { code, stderr } = await mctpkit(['fw', 'inspect', at('secret')]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/: permission denied\n$/)]);
});

it('what the system does not allow is told in words', () => {
  expect(['EACCES', 'EPERM'].map((code) => fileProblem({ code }))).toEqual(['permission denied', 'permission denied']);
});

describe('what decode is given', () => {
  it('hex of more digits than a name has room for', async () => {
    const { code, stdout } = await mctpkit(['decode', `010008c87e1234${'5a'.repeat(3000)}`]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('8>0')]);
  });

  it.each([
    ['an empty device is empty, not missing', ['/dev/null'], /^mctpkit: \/dev\/null is empty/],
    ['an empty file is empty', [at('empty')], /empty is empty/],
    ['a link in a circle is there, and cannot be read', [at('round')], /round cannot be read: its symbolic links/],
    [
      'two files are one too many',
      [at('file'), at('empty')],
      /file is a file, and ".*empty" is too much: name one file/,
    ],
    ['what is not there is neither a file nor hex', [at('none')], /none" is neither a file that exists nor hex bytes/],
  ])('%s', async (_title, words, sentence) => {
    const { code, stderr } = await mctpkit(['decode', ...words]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(sentence)]);
  });
});

it('a journal of fw update which is a directory is told as such', async () => {
  const { code, stderr } = await mctpkit(['fw', 'update', at('good.pldm'), '--journal', at('folder')]);
  expect([code, stderr]).toEqual([2, `mctpkit: ${at('folder')} cannot be read: it is a directory\n`]);
});

it('a file which is no certificate is wrong usage, not an internal error', async () => {
  const words = ['serve', '--dir', folder, '--link', 'bench:', '--http', '127.0.0.1:0'];
  const { code, stderr } = await mctpkit([...words, '--http-cert', at('empty'), '--http-key', at('empty')]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/empty is not a certificate in PEM: .*\n$/)]);
});

it('an empty file is no table of FRU records, and not written as one', async () => {
  const { code, stderr } = await mctpkit(['pldm', '9', 'fru', 'SetFRURecordTable', `@${at('empty')}`]);
  expect([code, stderr]).toEqual([2, `mctpkit: ${at('empty')} is empty: it should hold a table\n`]);
});

it.each(['/dev/null', at('empty')])('%s is no history', async (path) => {
  const { code, stderr } = await mctpkit(['history', '--file', path]);
  expect([code, stderr]).toEqual([2, `mctpkit: ${path} is empty, or no file: it is no history\n`]);
});
