/** What npm publishes, installed as users install it: with every flag, and on each Node that it is for. */

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { install, installed, packed } from './installed.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-package-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const usual = join(folder, 'usual');
let archive: string;
beforeAll(async () => {
  archive = await packed(folder);
  await install(usual, [archive]);
});

interface Check {
  readonly id: string;
  readonly status: string;
  readonly what: string;
  readonly fix?: string;
}

/** What doctor says of packages. */
async function packagesAt(place: string): Promise<Readonly<Record<string, Check>>> {
  const { stdout } = await installed(place, ['mctpkit', 'doctor', '--json']);
  const { checks } = JSON.parse(stdout) as { readonly checks: readonly Check[] };
  return Object.fromEntries(checks.filter(({ id }) => id.startsWith('package:')).map((check) => [check.id, check]));
}

const OPTIONAL = ['serialport', 'koffi', 'usb', 'node-sqlite3-wasm'];

describe('installed', () => {
  it('as usual: pages, man pages and the bench', async () => {
    const inside = join(usual, 'node_modules/mctpkit');
    const { man } = JSON.parse(readFileSync(join(inside, 'package.json'), 'utf8')) as { readonly man: string[] };
    for (const page of man) expect([page, existsSync(join(inside, page))]).toEqual([page, true]);
    expect((await installed(usual, ['mctpkit', 'help', 'laptop'])).stdout).toMatch(/^# Bring up a device/);
    const checks = await packagesAt(usual);
    for (const name of OPTIONAL) expect(checks[`package:${name}`]).toMatchObject({ status: 'ok' });
  });

  it('--omit=optional: doctor names what is missing and how to get it, and so does a link', async () => {
    const place = join(folder, 'omitted');
    await install(place, [archive], ['--omit=optional']);
    const checks = await packagesAt(place);
    for (const name of ['i2c-bus', ...OPTIONAL]) {
      expect(checks[`package:${name}`]).toMatchObject({ status: 'missing', fix: `npm install ${name}` });
    }
    const refused = await installed(place, ['mctpkit', 'ping', '9', '--link', 'serial:/dev/ttyNONE']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('npm install serialport') });
    expect((await installed(place, ['mctpkit', 'ping', '9', '-c', '1'])).code).toBe(0);
  });

  it('--ignore-scripts: what was not compiled is told, and what takes its place', async () => {
    const place = join(folder, 'unscripted');
    await install(place, [archive], ['--ignore-scripts']);
    const checks = await packagesAt(place);
    for (const name of OPTIONAL) expect(checks[`package:${name}`]).toMatchObject({ status: 'ok' });
    expect(checks['package:i2c-bus']).toMatchObject({
      status: 'ok',
      what: 'package i2c-bus does not load: I2C links use koffi',
    });
  });
});

describe('on each Node', () => {
  it.each([22, 24, 26])(
    'Node %i: the command, its second run from kept code, native packages, the library',
    async (major) => {
      const at = join(folder, `node${major}`);
      await install(at, [`node@${major}`]);
      const node = join(at, 'node_modules/.bin/node');
      expect(execFileSync(node, ['--version'], { encoding: 'utf8' })).toMatch(new RegExp(`^v${major}\\.`));
      for (const run of ['first', 'second']) {
        const { code, stdout, stderr } = await installed(usual, ['mctpkit', 'discover'], node);
        expect({ run, code, stderr }).toEqual({ run, code: 0, stderr: '' });
        expect(stdout).toMatch(/\n7 endpoints, 1 of them a bridge, on 2 links\n$/);
      }
      const version = JSON.parse((await installed(usual, ['mctpkit', 'version', '--json'], node)).stdout);
      expect(version.node).toMatch(new RegExp(`^v${major}\\.`));
      const { checks } = JSON.parse((await installed(usual, ['mctpkit', 'doctor', '--json'], node)).stdout);
      for (const name of OPTIONAL)
        expect(checks).toContainEqual(expect.objectContaining({ id: `package:${name}`, status: 'ok' }));
      const program = join(usual, 'program.mjs');
      copyFileSync(new URL('library-program.mjs', import.meta.url), program);
      expect(execFileSync(node, [program], { cwd: usual, encoding: 'utf8' })).toBe('6 endpoints\n');
    },
  );
});
