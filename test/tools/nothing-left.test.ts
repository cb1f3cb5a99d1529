/** Verbs which write files: what cannot be written is told before the work, and work that fails leaves what was there before. */

import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  createReadStream,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { PartialFile } from '../../tools/file/local-file.js';
import { Journal } from '../../tools/fw/journal.js';
import { writeWholeFile } from '../../tools/read-file.js';
import { checkFolder, checkReplaceable, checkWritable } from '../../tools/writable.js';
import { COMMAND } from '../support/cli.js';
import { mctpkit } from '../support/in-process.js';

const root = mkdtempSync(join(tmpdir(), 'mctpkit-nothing-left-'));
afterAll(() => rmSync(root, { recursive: true }));

const bench = join(root, 'silent.toml');
writeFileSync(
  bench,
  `[wires.bus]
kind = "smbus"
speed = 400
host = 0x10
[devices.ssd]
wire = "bus"
address = 0x1d
behaviours = ["silent"]
[devices.ssd.nvme]
model = "A"
serial = "S"
firmware = "1"
`,
);
const SILENT = ['bench:bus/0x1d', '--link', `bench:${bench}`];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'each-'));
});

describe('work that fails leaves nothing behind', () => {
  it.each([
    ['spdm --save', (at: string) => ['spdm', ...SILENT, '-W', '50ms', '--save', join(at, 'a/certificates')]],
    ['nvme vpd --output', (at: string) => ['nvme', 'vpd', ...SILENT, '-o', join(at, 'vpd')]],
    [
      'nvme health --svg',
      (at: string) => ['nvme', 'health', ...SILENT, '--svg', join(at, 'a.svg'), '-c', '1', '-i', '1s'],
    ],
    ['bench --report', (at: string) => ['bench', '99', '--report', join(at, 'report.json')]],
    ['ping --capture', (at: string) => ['ping', 'serial:/dev/ttyNOTTHERE', '--capture', join(at, 'ping.pcapng')]],
  ])('%s', async (_name, words) => {
    expect((await mctpkit(words(folder))).code).not.toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a name which is not there to be removed makes no folder of configurations', async () => {
    const env = { XDG_CONFIG_HOME: join(folder, 'config') };
    expect((await mctpkit(['name', 'remove', 'rack'], { env })).code).toBe(2);
    expect(readdirSync(folder)).toEqual([]);
    expect((await mctpkit(['name', 'add', 'rack', '9'], { env })).code).toBe(0);
    expect(readFileSync(join(folder, 'config/mctpkit/names.toml'), 'utf8')).toContain('rack = ');
  });
});

describe('work that fails keeps what was there', () => {
  it.each([
    ['ping --capture', (file: string) => ['ping', 'serial:/dev/ttyNOTTHERE', '--capture', file]],
    ['nvme health --svg', (file: string) => ['nvme', 'health', ...SILENT, '--svg', file, '-c', '1', '-i', '1s']],
  ])('%s', async (_name, words) => {
    const file = join(folder, 'before');
    writeFileSync(file, 'of last week');
    expect((await mctpkit(words(file))).code).not.toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('of last week');
  });

  it('a capture has the packets which passed before its file was made', async () => {
    const file = join(folder, 'ping.pcapng');
    expect((await mctpkit(['ping', '9', '-c', '1', '--capture', file])).code).toBe(0);
    const { stdout } = await mctpkit(['decode', file, '--json']);
    expect(JSON.parse(stdout).messages[0]).toMatchObject({ command: 'GetEndpointID', kind: 'request' });
  });
});

describe('what cannot be written is told before the work', () => {
  it.each([
    ['a folder', checkWritable, '', 'it is a directory'],
    ['in a file', checkWritable, 'file/a', 'no such file or directory'],
    ['in no folder', checkReplaceable, 'no/such', 'no such file or directory'],
    ['a folder', checkReplaceable, '', 'it is a directory'],
    ['a file as a folder', checkFolder, 'file', 'a file has this name'],
    ['a folder in a file', checkFolder, 'file/a/b', 'no such file or directory'],
  ])('%s', (_what, check, name, why) => {
    writeFileSync(join(folder, 'file'), '');
    const path = join(folder, name);
    expect(() => check(path)).toThrow(`${path} cannot be written: ${why}`);
  });

  it('what can be is not touched', () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'text');
    for (const name of ['file', 'new']) {
      checkWritable(join(folder, name));
      checkReplaceable(join(folder, name));
    }
    checkFolder(join(folder, 'a/b/c'));
    checkFolder(folder);
    expect(readdirSync(folder)).toEqual(['file']);
    expect(readFileSync(file, 'utf8')).toBe('text');
  });

  it('a journal of fw update, also the first one', () => {
    const path = join(folder, 'no/such/journal');
    expect(() => Journal.open(path)).toThrow('journal cannot be written: no such file or directory');
  });

  it('cable pair: before a code is shown', async () => {
    const config = join(folder, 'config');
    writeFileSync(config, '');
    const { code, stdout, stderr } = await mctpkit(
      ['cable', 'pair', 'desk', '--listen', '127.0.0.1:6287', '--for', '1s'],
      {
        env: { XDG_CONFIG_HOME: config },
      },
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/cables cannot be written: no such file or directory\n$/);
  });
});

describe.skipIf(process.platform !== 'linux')('a folder in a file system without folders', () => {
  it.each([
    ['extcap --install', ['extcap', '--install', '/proc/mctpkit/a'], {}, 2],
    ['the cache of the command', ['version'], { XDG_CACHE_HOME: '/proc/mctpkit' }, 0],
  ])('%s: ends', (_name, args, env, code) => {
    const { status } = spawnSync(process.execPath, [COMMAND, ...args], {
      env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '', ...env },
      timeout: 30_000,
      killSignal: 'SIGKILL',
    });
    expect(status).toBe(code);
  });
});

describe.skipIf(process.platform !== 'linux')('a name of the system, as /dev/stdout, of an ordinary file', () => {
  it('is written in place, and stays what it is', async () => {
    const file = join(folder, 'output');
    const descriptor = openSync(file, 'w');
    const path = `/proc/self/fd/${descriptor}`;
    checkReplaceable(path);
    writeWholeFile(path, 'report');
    expect(readFileSync(file, 'utf8')).toBe('report');
    const target = await PartialFile.open({ path, isDevices: false }, false);
    await target.write(Buffer.from('loaded'));
    await target.finish();
    expect(readFileSync(file, 'utf8')).toBe('loaded');
    closeSync(descriptor);
    expect(readdirSync(folder)).toEqual(['output']);
  });
});

const PACKAGE = JSON.stringify({
  version: '2.0',
  devices: [{ descriptors: [{ type: 'ianaEnterpriseId', data: 412 }], components: [0], version: '2.0' }],
  components: [{ file: 'image.bin', identifier: 1, version: '2.0' }],
});

describe.skipIf(process.platform === 'win32')(
  'a pipe or a device that is written keeps its name: no file takes it away',
  () => {
    it.each([
      ['file get', (path: string) => ['file', 'bench:serial0', 'get', 'boot.log', path]],
      ['fw build', (path: string) => ['fw', 'build', join(folder, 'package.json'), path]],
      ['nvme vpd', (path: string) => ['nvme', 'vpd', 'bench:smbus0/0x1d', '--output', path]],
    ])('%s', async (_name, words) => {
      writeFileSync(join(folder, 'image.bin'), 'image');
      writeFileSync(join(folder, 'package.json'), PACKAGE);
      const path = join(folder, 'pipe');
      execFileSync('mkfifo', [path]);
      const chunks: Buffer[] = [];
      const pipe = createReadStream(path).on('data', (chunk) => chunks.push(Buffer.from(chunk)));
      const { code, stderr } = await mctpkit(words(path), { realTime: true });
      expect({ code, stderr: stderr.replace(/^saved .*\n/, '') }).toEqual({ code: 0, stderr: '' });
      expect(lstatSync(path).isFIFO()).toBe(true);
      await once(pipe, 'close');
      expect(Buffer.concat(chunks).length).toBeGreaterThan(50);
      expect(readdirSync(folder).sort()).toEqual(['image.bin', 'package.json', 'pipe']);
    });
  },
);
