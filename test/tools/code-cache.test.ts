/** The compiled code of the command, which is kept from run to run: it saves time, and changes nothing else. */

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { COMMAND } from '../support/cli.js';

/** Where `decode` was run once, and what it said. */
let decoded = '';
let said: ReturnType<typeof run>;
let home = '';
beforeAll(() => {
  home = decoded = mkdtempSync(join(tmpdir(), 'mctpkit-code-'));
  said = run(DECODE);
});
afterAll(() => rmSync(decoded, { recursive: true }));
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mctpkit-code-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const builds = (): string => join(home, 'mctpkit/code');

/** The file as it is after one `decode`. */
function afterDecode(): string {
  cpSync(decoded, home, { recursive: true });
  return kept();
}

/** The one file that is kept. */
function kept(): string {
  const [build, ...others] = readdirSync(builds());
  expect(others).toEqual([]);
  expect(readdirSync(join(builds(), build!))).toEqual(['code.bin']);
  return join(builds(), build!, 'code.bin');
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { NODE_DISABLE_COMPILE_CACHE: _, ...inherited } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
    env: { ...inherited, XDG_CACHE_HOME: home, ...env },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const DECODE = ['decode', '008002'];

describe('compiled code', () => {
  it('is kept at the first run of a verb, and taken at the next', () => {
    expect(said).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('GetEndpointID') });
    const file = afterDecode();
    const { mtimeMs, size, ino } = statSync(file);
    expect(run(DECODE)).toEqual(said);
    expect(statSync(file)).toMatchObject({ mtimeMs, size, ino });
    // Another verb has other parts.
    expect(run(['version']).status).toBe(0);
    expect(statSync(file).size).toBeGreaterThan(size);
    expect(run(DECODE)).toEqual(said);
  });

  it('of parts which only a later run of the verb comes to is kept, too', () => {
    const file = afterDecode();
    const { size } = statSync(file);
    // A PLDM message.
    expect(run(['decode', '--layer', 'pldm', '800002']).status).toBe(0);
    const { mtimeMs, ino, size: more } = statSync(file);
    expect(more).toBeGreaterThan(size);
    expect(run(['decode', '--layer', 'pldm', '800002']).status).toBe(0);
    expect(statSync(file)).toMatchObject({ mtimeMs, ino });
  });

  it('is not kept of what failed', () => {
    expect(run(['dcode']).status).toBe(2);
    expect(existsSync(builds())).toBe(false);
  });

  it.each<[string, (file: string) => void]>([
    ['empty', (file) => truncateSync(file)],
    ['cut', (file) => truncateSync(file, statSync(file).size >> 1)],
    ['something else', (file) => writeFileSync(file, 'MCTPKIT1\xff\xff\xff\xff{')],
    ['of another Node', (file) => writeFileSync(file, otherFlags(readFileSync(file)))],
  ])('that is %s is made again', (_, damage) => {
    const file = afterDecode();
    const { size } = statSync(file);
    damage(file);
    expect(run(DECODE)).toEqual(said);
    expect(statSync(kept()).size).toBeGreaterThan(0.9 * size);
    expect(run(DECODE)).toEqual(said);
  });

  it('that others may write is not taken', () => {
    const file = afterDecode();
    writeFileSync(file, 'not code');
    chmodSync(file, 0o666);
    expect(run(DECODE).status).toBe(0);
    expect(statSync(kept()).mode & 0o777).toBe(0o600);
  });

  it('of other builds is removed', () => {
    mkdirSync(join(builds(), 'of-before'), { recursive: true });
    run(DECODE);
    kept();
  });

  it('is not kept where there is no folder for it, or when the user does not want it', () => {
    writeFileSync(join(home, 'file'), '');
    expect(run(DECODE, { XDG_CACHE_HOME: join(home, 'file') })).toMatchObject({ status: 0, stderr: '' });
    expect(run(DECODE, { NODE_DISABLE_COMPILE_CACHE: '1' })).toMatchObject({ status: 0, stderr: '' });
    expect(run(DECODE, { XDG_CACHE_HOME: '', HOME: '' })).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(home)).toEqual(['file']);
  });
});

/** The code of each part, as another V8 would have made it: its version is the second word. */
function otherFlags(file: Buffer): Buffer {
  const start = 12 + file.readUInt32LE(8);
  const { parts } = JSON.parse(file.toString('utf8', 12, start)) as { parts: Record<string, { at: number }> };
  for (const { at } of Object.values(parts)) file[start + at + 4]! ^= 0xff;
  return file;
}
