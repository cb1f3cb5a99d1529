/** What people write who come from other tools, and what they are told. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { reportText } from '../../tools/fw/progress-lines.js';
import { mctpkit } from '../support/in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-mistakes-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('a link as the system names it', () => {
  it.each([
    ['/dev/ttyUSB0', 'serial:/dev/ttyUSB0'],
    ['ttyUSB0', 'serial:/dev/ttyUSB0'],
    ['/dev/serial/by-id/usb-x', 'serial:/dev/serial/by-id/usb-x'],
    ['/dev/i2c-3', 'i2c:3'],
    ['i2c-3', 'i2c:3'],
    ['mctpi2c0', 'kernel:mctpi2c0'],
  ])('%s', async (written, meant) => {
    const { code, stderr } = await mctpkit(['discover', '--link', written]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `mctpkit: "${written}" is not a link: write ${meant}\n` });
  });
});

it.each([
  ['neighbour', 'neigh'],
  ['addr', 'address'],
  ['monitor', 'capture, listen, or discover --watch'],
  ['scan', 'discover'],
  ['list', 'discover'],
])('the verb %s is called otherwise here', async (word, meant) => {
  const { code, stderr } = await mctpkit([word]);
  expect(code).toBe(2);
  expect(stderr).toBe(`mctpkit: no verb "${word}" (did you mean ${meant}?): mctpkit --help lists them\n`);
});

it('ping to our own EID says that it is ours', async () => {
  const { code, stderr } = await mctpkit(['ping', '8', '-c', '1']);
  expect(code).toBe(1);
  expect(stderr).toBe('mctpkit: EID 8 is our own: name another endpoint, or give us another EID with --own-eid\n');
});

it.each([
  ['--handle', '9999'],
  ['--type', '77'],
])('pdr %s %s: there is none, and the exit code says so', async (...narrow) => {
  const { code, stderr } = await mctpkit(['pdr', '9', ...narrow]);
  expect(code).toBe(1);
  expect(stderr).toBe('no record matches: without --type and --handle all are listed\n');
});

describe('config check', () => {
  it.each([
    ['seriall:/dev/ttyUSB0', /link a: no link kind "seriall" \(did you mean serial\?\)/],
    ['serial:/dev/ttyUSB0?bawd=9600', /link a: .*no option "bawd" for serial/],
    ['i2c:1?address=0x99', /link a: .*address=0x99 is wrong/],
    ['/dev/ttyUSB0', /"\/dev\/ttyUSB0" is not a link: write .*serial:\/dev\/ttyUSB0/],
  ])('reads the kind and the options of %s', async (url, says) => {
    const { code, stderr } = await mctpkit(['config', 'check', file('check.toml', `[links.a]\nurl = "${url}"\n`)]);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('touches no device: one that is not there is right', async () => {
    const path = file('right.toml', '[links.a]\nurl = "serial:/dev/nowhere"\n[links.b]\nurl = "bench:"\n');
    expect(await mctpkit(['config', 'check', path])).toMatchObject({ code: 0, stderr: '' });
  });
});

it('run --link works without a file', async () => {
  const { code, stdout } = await mctpkit(['run', '--link', 'bench:', '--once']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^bench:smbus0: bus-owner on network 1, EID 8\n/);
});

it('bench --mode send says that nobody here counts what is lost', async () => {
  const { stdout } = await mctpkit(['bench', '9', '--mode', 'send', '--count', '3']);
  expect(stdout).toMatch(/3 sent, loss not counted in /);
});

it('a log whose lines begin with [ is a log, not broken JSON', async () => {
  const path = file('kernel.log', '[   12.345] mctp tx: 01 0a 08 c8 00 80 02\n');
  const { code, stdout, stderr } = await mctpkit(['decode', path]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('GetEndpointID request');
});

it('an update that was cancelled says it once', () => {
  const report = {
    outcome: 'cancelled',
    reason: 'cancelled',
    components: [],
    leftInUpdateMode: false,
    nonFunctioning: 0n,
    served: 0,
    elapsedMs: 1000,
  } as unknown as Parameters<typeof reportText>[0];
  const io = { colours: { bad: (text: string) => text, good: (text: string) => text } } as unknown as Parameters<
    typeof reportText
  >[1];
  expect(reportText(report, io).match(/cancelled/g)).toHaveLength(1);
});
