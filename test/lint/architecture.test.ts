import { describe, expect, it } from 'vitest';
import { checkFile, checkTogether } from './architecture.js';

const whats = (file: string, text: string) => checkFile(file, text).map((violation) => violation.what);

describe('architecture lint', () => {
  it('lets the rooms import as the plan says', () => {
    expect(whats('bindings/serial/serial-link.ts', "import { MctpError } from '../../stack/errors.js';")).toEqual([]);
    expect(whats('tools/discover.ts', "import { bench } from '../hw-fixtures/index.js';")).toEqual([]);
    expect(whats('bindings/serial/tty-port.ts', "import { open } from 'node:fs/promises';")).toEqual([]);
  });

  it('refuses imports against the direction', () => {
    expect(whats('stack/mctp.ts', "import { x } from '../bindings/clock.js';")).toEqual([
      'stack/ may not import from bindings/',
    ]);
    expect(whats('pldm/base/base-commands.ts', "const x = await import('../../bindings/clock.js');")).toEqual([
      'pldm/ may not import from bindings/',
    ]);
    expect(whats('bindings/a/b.ts', "export * from '../../tools/cli.js';")).toEqual([
      'bindings/ may not import from tools/',
    ]);
  });

  it('refuses packages, time and the process in the core', () => {
    expect(whats('stack/a.ts', "import { readFile } from 'node:fs';")).toEqual([
      'stack/ is pure: it may not import node:fs',
    ]);
    for (const code of ['setTimeout(f, 1);', 'const t = performance.now();', 'Date.now()', 'Buffer.alloc(4)']) {
      expect(whats('stack/a.ts', code)).toEqual(['stack/ is pure: time and I/O come in by parameters']);
    }
    expect(whats('stack/a.ts', ' * setTimeout() in a comment')).toEqual([]);
  });

  it('refuses a list spread into a call in the core', () => {
    const what = 'a list of any length is not spread into a call: loop over it';
    for (const code of ['all.push(...items);', 'Math.max(0, ...sizes)', 'String.fromCharCode(...bytes)']) {
      expect(whats('pldm/a.ts', code)).toEqual([what]);
    }
    expect(whats('pldm/a.ts', 'all.push({ size, ...place });')).toEqual([]);
    expect(whats('pldm/a.ts', 'all.push([...items]);')).toEqual([]);
    expect(whats('tools/a.ts', 'lines.push(...block);')).toEqual([]);
  });

  it('refuses the spread of a literal in a literal', () => {
    const what = 'the fields of a literal are written into the other, not spread';
    expect(whats('bindings/a.ts', 'return { ...{ link, time }, payload };')).toEqual([what]);
    expect(whats('test/a.test.ts', '    ...{ key: 1, kind },')).toEqual([what]);
    expect(whats('bindings/a.ts', 'return { ...event, ...(fault && { fault }) };')).toEqual([]);
  });

  it('refuses an import without a name, for what it does when it is loaded', () => {
    const what = 'what is imported has a name: call a function of it';
    expect(whats('tools/decode/a.ts', "import './loaded-layers.js';")).toEqual([what]);
    expect(whats('tools/decode/a.ts', "import { provideLayers } from './loaded-layers.js';")).toEqual([]);
    expect(whats('test/support/setup.ts', "import './equal-bytes.js';")).toEqual([]);
  });

  it('refuses slice for a copy of bytes', () => {
    const what = 'bytes are copied by copyOf: slice does not copy a Buffer';
    for (const code of ['kept = buffer.slice(start, end);', 'return { payload: message.payload.slice() };']) {
      for (const room of ['stack', 'bindings', 'pldm']) expect(whats(`${room}/a.ts`, code)).toEqual([what]);
    }
    expect(whats('stack/a.ts', 'const word = text.slice(1);')).toEqual([]);
  });

  it('refuses the process, its time and its streams in a verb', () => {
    for (const code of [
      'process.stdout.write(x);',
      'f(process.env, 1);',
      'setInterval(f, 1);',
      'new Date()',
      'Date.now()',
    ]) {
      expect(whats('tools/verbs/a.ts', code)).toEqual([
        'a verb gets its streams, clock, environment and signal from its world',
      ]);
    }
    expect(whats('tools/process-world.ts', 'process.stdout.write(x);')).toEqual([]);
    expect(whats('tools/verbs/a.ts', 'new Date(time())')).toEqual([]);
  });

  it('refuses a hook at the top of what several files of tests share', () => {
    const hook = 'afterEach(() => {});';
    expect(checkFile('test/support/x.ts', hook)).toHaveLength(1);
    expect(checkFile('test/support/x.ts', `  ${hook}`)).toEqual([]);
    expect(checkFile('test/tools/x.test.ts', hook)).toEqual([]);
    expect(checkFile('test/board/inside/x.spec.ts', hook)).toEqual([]);
  });

  it('finds files that are two things', () => {
    expect(whats('stack/a.ts', 'x\n'.repeat(460))).toEqual(['461 lines: probably two things']);
  });

  it('finds circles, of types too, and files of one name', () => {
    const together = (files: Record<string, string>) =>
      checkTogether(new Map(Object.entries(files))).map(({ what }) => what);
    const a = "import { b } from './b.js';";
    const b = "import type { C } from '../pldm/c.js';";
    expect(together({ 'stack/a.ts': a, 'stack/b.ts': b, 'pldm/c.ts': "import { z } from 'zlib';" })).toEqual([]);
    expect(together({ 'stack/a.ts': a, 'stack/b.ts': b, 'pldm/c.ts': "export * from '../stack/a.js';" })).toEqual([
      'imports in a circle: pldm/c.ts, stack/a.ts, stack/b.ts',
    ]);
    expect(together({ 'stack/a.ts': "const { a } = await import('./a.js');" })).toEqual([
      'imports in a circle: stack/a.ts',
    ]);
    expect(together({ 'stack/a.ts': '', 'pldm/a.ts': '', 'tools/verbs/a.ts': '', 'test/a.ts': '' })).toEqual([
      'files of one name: pldm/a.ts, stack/a.ts',
    ]);
    expect(together({ 'stack/index.ts': '', 'pldm/index.ts': '' })).toEqual([]);
  });
});
