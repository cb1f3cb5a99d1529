/** The command as it is published takes packages with native code from where they are installed. */

import { readFileSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const { optionalDependencies } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as {
  optionalDependencies: Readonly<Record<string, string>>;
};

describe('the command as it is published', () => {
  it.each(Object.keys(optionalDependencies))('has no code of %s, which would not find its own files', (name) => {
    const sources = Object.values(inject('commandSources')).flat();
    expect(sources).toContain('tools/doctor/machine.ts');
    expect(sources.filter((source) => source.includes(`node_modules/${name}/`))).toEqual([]);
  });
});
