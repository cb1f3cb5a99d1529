/** `file` on the bench: its MCU has files. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { benchFileState } from '../../hw-fixtures/index.js';
import { putFile } from '../../tools/file/put.js';
import type { Files } from '../../tools/file/with-files.js';
import type { Io } from '../../tools/io.js';
import { RunningCommand } from '../support/cli.js';
import { mctpkit } from '../support/in-process.js';

const root = mkdtempSync(join(tmpdir(), 'mctpkit-file-'));
afterAll(() => rmSync(root, { recursive: true }));

const MCU = 'bench:serial0';
const CRASH = benchFileState().crash.content;
const file = (...args: readonly string[]) => mctpkit(['file', MCU, ...args]);

/** A folder of its own for each test. */
function folder(name: string): (file: string) => string {
  mkdirSync(join(root, name));
  return (wanted) => join(root, name, wanted);
}

describe('file ls', () => {
  it('shows a tree', async () => {
    const { code, stdout } = await file('ls');
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe(MCU);
    expect(lines[1]).toMatch(/^├─ logs\/ +1$/);
    expect(lines[2]).toMatch(/^│ {2}├─ boot\.log +2 +bootLog +at most 575 bytes$/);
    expect(lines).toHaveLength(7);
  });

  it('--json keeps its contract', async () => {
    const { stdout } = await file('ls', '--json');
    const { target, files } = JSON.parse(stdout) as { target: string; files: unknown[] };
    expect(target).toBe(MCU);
    expect(files).toHaveLength(5);
    expect(files[2]).toEqual({
      identifier: 3,
      path: '/logs/crash.bin',
      name: 'crash.bin',
      directory: false,
      classification: 'crashDump',
      maximumSize: 20_000,
      maximumDescriptors: 4,
      capabilities: 7,
      version: '1.0.0',
    });
  });
});

describe('file get', () => {
  it('writes to standard output, whole or a range', async () => {
    const whole = await mctpkit(['file', MCU, 'get', 'boot.log', '-']);
    expect(whole.stdout).toHaveLength(575);
    expect(whole.stdout).toContain('mcu: PLDM terminus started\n');
    const range = await file('get', '/telemetry.csv', '-', '--offset', '24', '--length', '24');
    expect(range.stdout).toBe('     0.25, 42.30, 3.320\n');
  });

  it('keeps the local file when nothing begins at --offset', async () => {
    const at = folder('beyond');
    writeFileSync(at('keep.log'), 'KEEP ME');
    const { code, stdout, stderr } = await file('get', 'boot.log', at('keep.log'), '--offset', '99999');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^mctpkit: \/logs\/boot\.log has no bytes from 99999 on\n$/);
    expect(readFileSync(at('keep.log'), 'utf8')).toBe('KEEP ME');
    expect(readdirSync(at(''))).toEqual(['keep.log']);
  });

  it('replaces a file only when all is there; --resume goes on with what is', async () => {
    const at = folder('resume');
    writeFileSync(at('dump'), 'old');
    writeFileSync(at('dump.part'), CRASH.subarray(0, 12_345));
    const { code, stdout } = await file('get', 'crash.bin', at('dump'), '--resume', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ path: '/logs/crash.bin', bytes: 7655, resumedAt: 12_345 });
    expect(readFileSync(at('dump')).equals(CRASH)).toBe(true);
    expect(readdirSync(at(''))).toEqual(['dump']);
  });

  it('stopped by Ctrl-C leaves what was there, and what came', async () => {
    const at = folder('stopped');
    writeFileSync(at('crash.bin'), 'old');
    const command = new RunningCommand(['file', MCU, 'get', '3', at('crash.bin')]);
    const size = (): number => {
      try {
        return readFileSync(at('crash.bin.part')).length;
      } catch {
        return 0;
      }
    };
    for await (const _ of watch(at(''))) if (size() > 0) break;
    const { signal, stderr } = await command.stop();
    expect(signal).toBe('SIGINT');
    expect(stderr).toMatch(/crash\.bin\.part has the first \d+ bytes: --resume goes on behind them\n$/);
    expect(readFileSync(at('crash.bin'), 'utf8')).toBe('old');
    expect(size()).toBeGreaterThan(0);
    expect(CRASH.subarray(0, size())).toEqual(new Uint8Array(readFileSync(at('crash.bin.part'))));
  });
});

describe('file put', () => {
  it('writes, from a file or standard input', async () => {
    const at = folder('put');
    writeFileSync(at('new'), 'a = 1\n');
    const { code, stdout } = await file('put', at('new'), 'settings.txt');
    expect(code).toBe(0);
    expect(stdout).toMatch(/new: 6 bytes to \/settings\.txt in /);
    const piped = await mctpkit(['file', MCU, 'put', '-', '5', '--offset', '3', '--json'], { stdin: 'xyz' });
    expect(JSON.parse(piped.stdout)).toMatchObject({ identifier: 5, bytes: 3, offset: 3 });
  });

  it.each([
    ['what is read only', 'boot.log', 1, /boot\.log: the device does not open it for writing/],
    ['what is not there', 'x.log', 1, /bench:serial0 has no file x\.log: it has \/logs\/boot\.log, /],
    ['what is nearly there', 'bootlog', 1, /has no file bootlog \(did you mean boot\.log\?\): it has/],
    ['a directory', 'logs', 1, /\/logs is a directory/],
  ])('does not write to %s', async (_what, wanted, expected, message) => {
    const { code, stderr } = await mctpkit(['file', MCU, 'put', '-', wanted], { stdin: 'x' });
    expect(code).toBe(expected);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('--verify reads it back, and says so', async () => {
    const at = folder('verify');
    writeFileSync(at('new'), 'a = 1\n'.repeat(200));
    const { code, stdout, stderr } = await file('put', at('new'), 'settings.txt', '--verify');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/new: 1200 bytes to \/settings\.txt in .*, read back the same\n$/);
    expect(code).toBe(0);
    const part = await mctpkit(['file', MCU, 'put', '-', '5', '--offset', '3', '--json', '--verify'], { stdin: 'xyz' });
    expect(JSON.parse(part.stdout)).toMatchObject({ bytes: 3, offset: 3, verified: true });
  });

  it.each([
    ['a byte differs', [2, 2, 3, 4, 9], /settings\.txt is not as it was written: byte 14 reads back otherwise/],
    ['less comes back', [2, 2, 3], /settings\.txt is not as it was written: 3 of 5 bytes read back/],
  ])('--verify fails when %s', async (_what, stored, message) => {
    const at = folder(`worn${stored.length}`);
    writeFileSync(at('new'), Uint8Array.of(2, 2, 3, 4, 5));
    const entry = { identifier: 5, path: '/settings.txt', name: 'settings.txt', isFifo: false, isDirectory: false };
    const client = {
      put: async () => undefined,
      get: async function* () {
        yield Uint8Array.from(stored.slice(0, 2));
        yield Uint8Array.from(stored.slice(2));
      },
    };
    const worn = {
      client,
      tree: [{ item: entry, children: [] }],
      now: () => 0,
      name: 'worn',
      signal: new AbortController().signal,
    };
    const request = { wanted: '/settings.txt', local: at('new'), offset: 10, keep: false, verify: true, json: false };
    const io = { print: () => undefined, progress: () => undefined };
    await expect(putFile(worn as unknown as Files, request, io as unknown as Io)).rejects.toThrow(message);
  });

  it('says what is too large before it sends anything', async () => {
    const { code, stderr } = await mctpkit(['file', MCU, 'put', '-', '5'], { stdin: 'x'.repeat(5000) });
    expect(code).toBe(1);
    expect(stderr).toBe('mctpkit: /settings.txt: 5000 bytes, and the file can have 4096\n');
  });
});

describe('file', () => {
  it.each([
    [['dir'], 'file cannot "dir": use ls, get or put'],
    [['get'], 'write mctpkit file ADDRESS get FILE [LOCAL]'],
    [['put', 'x'], 'write mctpkit file ADDRESS put LOCAL FILE'],
    [['get', '2', '-', '--json'], '--json does not go with - for standard output'],
    [['get', '2', '--resume', '--offset', '1'], '--resume begins behind what is there already: leave --offset out'],
    [['get', '2', '/no/such/folder/x'], '/no/such/folder/x.part: no such file or directory'],
    [['put', '/no/such/file', '5'], '/no/such/file: no such file or directory'],
  ])('%j is wrong usage, in one line', async (args, message) => {
    const { code, stderr } = await file(...args);
    expect(stderr).toBe(`mctpkit: ${message}\n`);
    expect(code).toBe(2);
  });

  it('of a device that has no files, or no PLDM, says so', async () => {
    const none = await mctpkit(['file', 'bench:smbus0/0x1d', 'ls', '-l', 'bench:smbus0']);
    expect(none.stdout).toBe('bench:smbus0/0x1d has no files\n');
    const at = folder('bench');
    writeFileSync(at('bench.toml'), '[wires.a]\nkind = "serial"\nhost = true\n[devices.plain]\nwire = "a"\n');
    const { code, stderr } = await mctpkit(['file', '9', 'ls', '-l', `bench:${at('bench.toml')}`]);
    expect(code).toBe(1);
    expect(stderr).toBe('mctpkit: EID 9 (bench:a) does not speak PLDM\n');
  });
});
