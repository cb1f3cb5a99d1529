/** `fw update` before a person: the question, Ctrl-C, and a line per device that stays one whatever the terminal. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmulatedDevice, emulatedDevice, updatable } from '../../support/emulated-device.js';
import { packageFor } from '../../support/firmware-package.js';
import { mctpkit } from '../../support/in-process.js';
import { plain, TerminalRun } from '../../support/terminal.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-terminal-'));
let device: EmulatedDevice;
let path: string;
beforeAll(async () => {
  device = await emulatedDevice(updatable('components = [{ id = 1, version = "1.0" }]', 'writeMs = 20'));
  path = await packageFor(folder, 'slow', [60_000]);
});
afterAll(async () => {
  await device.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the device says of itself. */
async function statusOf(): Promise<object> {
  const { stdout } = await mctpkit(['fw', 'status', '-l', device.link, '--assign', '--json']);
  return JSON.parse(stdout).devices[0].status;
}

describe('the question', () => {
  const ask = async (args: readonly string[] = []): Promise<TerminalRun> => {
    const run = await TerminalRun.start(['fw', 'update', path, '-l', device.link, '--assign', ...args], {
      cooked: true,
      columns: 120,
    });
    await run.shows(/component 0, firmware 1: 1\.0 to 2\.0, 60\.0 kB\n[\s\S]*update 1 device\? \[y\/N\] $/);
    return run;
  };

  it.each([
    ['no', 'n\r', 1],
    ['nothing', '\r', 1],
    ['something else', 'yesterday\r', 1],
    ['the end of the input', '\u0004', 1],
  ])('%s: nothing is done', async (_what, keys, code) => {
    const run = await ask();
    try {
      run.type(keys);
      expect(await run.finished).toEqual({ code, signal: null });
      expect(plain(run.output)).toMatch(/\nnot updated\n$/);
      expect(await statusOf()).toMatchObject({ state: 'IDLE', previousState: 0, reasonCode: 0 });
    } finally {
      await run.close();
    }
  });

  it.each(['\u0003', 'SIGTERM'])('%j ends it as a signal does, and nothing is done', async (how) => {
    const run = await ask();
    try {
      if (how === 'SIGTERM') run.child.kill('SIGTERM');
      else run.type(how);
      expect(await run.finished).toEqual({ code: null, signal: how === 'SIGTERM' ? 'SIGTERM' : 'SIGINT' });
      expect(await statusOf()).toMatchObject({ state: 'IDLE', previousState: 0, reasonCode: 0 });
    } finally {
      await run.close();
    }
  });

  it('is not asked where nobody can answer', async () => {
    for (const args of [[], ['--json']]) {
      const { code, stderr } = await mctpkit(['fw', 'update', path, '-l', device.link, '--assign', ...args]);
      expect(stderr).toMatch(/^mctpkit: without a terminal an update is only begun with --yes/);
      expect(code).toBe(2);
    }
  });

  it.each(['\u0003', 'SIGHUP'])('yes begins; %j while downloading cancels at the device', async (how) => {
    const run = await ask(['--transfer-size', '512']);
    try {
      run.type('y\r');
      await run.shows(/component 0 downloading +\[#+\.+\] +\d+ % +[\d.]+ (kB|bytes)\/s +\d+ s left/);
      if (how === 'SIGHUP') run.child.kill('SIGHUP');
      else run.type(how);
      expect(await run.finished).toEqual({ code: 1, signal: null });
      expect(plain(run.output)).toMatch(/EID 9 \(.*\): cancelled\n$/);
      // It was told, and did not just time out.
      expect(await statusOf()).toMatchObject({ state: 'IDLE', reasonCode: 2 });
    } finally {
      await run.close();
    }
  });

  it('yes, in one word, and to the end', async () => {
    const run = await ask();
    try {
      run.type('Yes\r');
      expect(await run.finished).toEqual({ code: 0, signal: null });
      expect(plain(run.output)).toMatch(/: updated in [\d.]+ s, [\d.]+ kB\/s: the new firmware runs\n$/);
    } finally {
      await run.close();
    }
  });
});

describe('several devices', () => {
  const BENCH = [
    ...['one', 'two', 'three'].flatMap((name, index) => [
      `[wires.${name}]`,
      'kind = "serial"',
      'host = true',
      `[devices.dev${index}]`,
      `wire = "${name}"`,
      `[devices.dev${index}.pldm]`,
      `[devices.dev${index}.pldm.firmware]`,
      'version = "1.0"',
      'iana = 412',
      'components = [{ id = 1, version = "1.0" }]',
      'writeMs = 100',
    ]),
    '',
  ].join('\n');
  /** What a terminal of that many columns shows in the end and on the way, line by line. */
  const screens = (output: string): string[][] =>
    output
      // biome-ignore lint/suspicious/noControlCharactersInRegex: each redrawing begins so
      .split(/\r(?:\u001b\[\d+A)?\u001b\[J/)
      .map((screen) => plain(screen).split('\n'));

  it('a line each, redrawn in place; none is broken when the terminal gets narrow', async () => {
    const bench = join(folder, 'three.toml');
    writeFileSync(bench, BENCH);
    const args = [
      'fw',
      'update',
      await packageFor(folder, 'three', [500_000]),
      '-l',
      `bench:${bench}`,
      '--yes',
      '--transfer-size',
      '512',
    ];
    const run = await TerminalRun.start(args, { cooked: true, columns: 120, rows: 12, env: { NO_COLOR: '1' } });
    try {
      const line = (eid: number): string =>
        String.raw`EID ${eid} \(bench:\w+\) +component 0 downloading +\[[#.]{16}\] +\d+ %.*`;
      await run.shows(new RegExp(`${[9, 10, 11].map(line).join(String.raw`\n`)}`));
      run.resize(60, 12);
      await run.shows(/EID 9 +(?:component 0 )?downloading +\d+ % [^\n[]*\nEID 10 [^\n[]*\nEID 11 /);
      run.resize(24, 3);
      await run.shows(/EID 9 +\d+ %\nand 2 more/);
      run.resize(100, 12);
      run.type('\u0003');
      expect(await run.finished).toEqual({ code: 1, signal: null });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour
      expect(run.output).not.toMatch(/\u001b\[\d+m/);
      const drawn = screens(run.output);
      expect(drawn.some((lines) => lines.filter((text) => /EID \d+.*downloading/.test(text)).length === 3)).toBe(true);
      const printed = plain(drawn.map((lines) => lines.join('\n')).join(''));
      for (const eid of [9, 10, 11]) expect(printed).toMatch(new RegExp(`EID ${eid} \\(.*\\): cancelled`));
    } finally {
      await run.close();
    }
  });
});
