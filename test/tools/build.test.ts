/** What was built is kept while it is what would be built, and only then. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { asItWouldBeBuilt, type BuildRecord, RECORD } from '../../esbuild.config.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('what was built', () => {
  let folder: string;
  let record: BuildRecord;
  /** Of what was built, a copy that may be changed. */
  let copy: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mctpkit-build-'));
    copy = join(folder, 'main.js');
    record = JSON.parse(readFileSync(join(ROOT, 'dist', RECORD), 'utf8')) as BuildRecord;
    writeFileSync(copy, readFileSync(join(ROOT, 'dist/tools/main.js')));
    write({ [relative(ROOT, copy)]: record.hashes['dist/tools/main.js']! });
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function write(hashes: Readonly<Record<string, string>>): void {
    writeFileSync(join(folder, RECORD), JSON.stringify({ ...record, hashes: { ...record.hashes, ...hashes } }));
  }

  it('is kept while the sources and what was made of them are as they were', () => {
    expect(asItWouldBeBuilt(folder)).toEqual(inject('commandSources'));
  });

  it('is known by the command, its start, the page, packages, and what decides how they are built', () => {
    const files = ['tools/run.ts', 'tools/launcher/launcher.ts', 'tools/web/page/page.ts', 'tools/web/page/icon.svg'];
    expect(Object.keys(record.hashes)).toEqual(
      expect.arrayContaining([...files, 'esbuild.config.ts', 'package-lock.json', 'dist/page/page.css']),
    );
    expect(Object.keys(record.hashes).filter((path) => path.endsWith('node_modules/commander/index.js'))).toHaveLength(
      1,
    );
  });

  it('is built again when a file of it is gone', () => {
    rmSync(copy);
    expect(asItWouldBeBuilt(folder)).toBeUndefined();
  });

  it('is built again when a file of it is another', () => {
    writeFileSync(copy, `${readFileSync(copy, 'utf8')} `);
    expect(asItWouldBeBuilt(folder)).toBeUndefined();
  });

  it('is built again when a source is not as it was', () => {
    write({ 'tools/run.ts': record.hashes['tools/verbs.ts']! });
    expect(asItWouldBeBuilt(folder)).toBeUndefined();
  });

  it('is built when nothing says what it is', () => {
    rmSync(join(folder, RECORD));
    expect(asItWouldBeBuilt(folder)).toBeUndefined();
  });
});
