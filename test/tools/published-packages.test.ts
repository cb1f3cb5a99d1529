/** The command as it is published: which packages have code in it, and that their licences come with it. */

import { readFileSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { LICENSES } from '../../esbuild.config.js';

const ROOT = new URL('../../', import.meta.url);
const { optionalDependencies } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as {
  optionalDependencies: Readonly<Record<string, string>>;
};

describe('the command as it is published', () => {
  it('has with it the licence of each package whose code is in it, or in the web page', () => {
    const licenses = readFileSync(new URL(`dist/${LICENSES}`, ROOT), 'utf8');
    expect(licenses.match(/^[\w-]+(?= \d+\.\d+\.\d+$)/gm)).toEqual(['commander', 'picocolors', 'smol-toml', 'uplot']);
    expect(licenses.match(/^Copyright \(c\)/gm)).toHaveLength(4);
    const { files } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as { files: readonly string[] };
    expect(files).toContain('dist');
  });

  it.each(Object.keys(optionalDependencies))('has no code of %s, which would not find its own files', (name) => {
    const sources = Object.values(inject('commandSources')).flat();
    expect(sources).toContain('tools/doctor/machine.ts');
    expect(sources.filter((source) => source.includes(`node_modules/${name}/`))).toEqual([]);
  });
});
