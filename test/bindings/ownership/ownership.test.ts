/** Places which belong to one process at a time: what is left behind, and many processes which race for it. */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { own } from '../../../bindings/ownership.js';
import { PROCESSES } from '../../../bindings/processes.js';

let folder: string;
let place: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mctpkit-own-'));
  place = join(folder, 'place');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const BOOT = PROCESSES.boot() ?? '-';
const START = PROCESSES.startOf(process.pid) ?? '-';

function leave(name: string, where = place): string {
  mkdirSync(where);
  writeFileSync(join(where, 'process'), name);
  return `${place}.${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
}

describe('what a process owns', () => {
  it('is refused to others, and to itself, until it is released', () => {
    const first = own(place, 'it');
    expect(() => own(place, 'it')).toThrow(`it is in use by process ${process.pid}`);
    expect(readFileSync(join(place, 'process'), 'utf8')).toMatch(new RegExp(`^${process.pid} ${START} ${BOOT} `));
    first.release();
    first.release();
    const second = own(place, 'it');
    // Not its own any more.
    first.release();
    expect(() => own(place, 'it')).toThrow('in use');
    second.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['a process which is not there', `4194305 ${START} ${BOOT} a\n`],
    ['another process with its number', `${process.pid} 1 ${BOOT} a\n`],
    ['a process of an earlier run of the machine', `${process.pid} ${START} 0d9f8b0e a\n`],
    ['a process which could not even write it', ''],
    ['nobody', '0 - - a\n'],
  ])('is taken over from %s', (_who, name) => {
    leave(name);
    own(place, 'it').release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is taken over through all those who were killed while they took it over', () => {
    const dead = (index: number): string => `4194305 1 ${BOOT} ${index}\n`;
    let right = leave(dead(0));
    for (let index = 1; index < 6; index++) right = leave(dead(index), right);
    // Another one was killed before it had put its name anywhere.
    mkdirSync(`${place}.0123`);
    const owner = own(place, 'it');
    expect(readdirSync(folder)).toEqual(['place']);
    owner.release();
  });

  it('is not taken over while another living process is about to', () => {
    leave(`${process.pid} ${START} ${BOOT} a\n`, leave(`4194305 1 ${BOOT} a\n`));
    expect(() => own(place, 'it')).toThrow(`it is in use by process ${process.pid}`);
  });

  it('is told by the number of the process alone where the system does not say when it was started', () => {
    const elsewhere = { ...PROCESSES, boot: () => undefined, startOf: () => undefined };
    const owner = own(place, 'it', elsewhere);
    expect(readFileSync(join(place, 'process'), 'utf8')).toMatch(/^\d+ - - /);
    expect(() => own(place, 'it', elsewhere)).toThrow('in use');
    expect(() => own(place, 'it')).toThrow('in use');
    owner.release();
    leave('4194305 - - a\n');
    own(place, 'it', elsewhere).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says what the system does not let it', () => {
    expect(() => own(join(folder, 'none', 'place'), 'it')).toThrow(/ENOENT/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

it('a place left behind has one owner at a time among many processes, some of which are killed in any step', async () => {
  const program = join(folder, 'racing-owner.mjs');
  const entryPoints = [fileURLToPath(new URL('./racing-owner.ts', import.meta.url))];
  await build({ entryPoints, outfile: program, bundle: true, format: 'esm', platform: 'node' });
  let owned = 0;
  let killed = 0;
  const run = async (killedAt: number): Promise<void> => {
    const args = [program, folder, '25', String(killedAt)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
    const [end, out, problem] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    expect([problem, end]).toEqual(['', killedAt === 0 ? 0 : 'SIGKILL']);
    if (killedAt === 0) owned += (JSON.parse(out) as { owned: number }).owned;
    else killed++;
  };
  const RACERS = 4;
  await Promise.all(
    Array.from({ length: RACERS }, async (_, racer) => {
      for (const turn of [0, 1, 2]) await run(2 + racer + 7 * turn * turn);
      await run(0);
    }),
  );
  expect(killed).toBe(3 * RACERS);
  expect(owned).toBe(25 * RACERS);
  own(place, 'it').release();
  expect(readdirSync(folder).filter((name) => name.startsWith('place'))).toEqual([]);
});
