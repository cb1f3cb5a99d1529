/** What is loaded when the command starts, and how long that takes. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { DEFAULT_BENCH, parseBench } from '../../hw-fixtures/index.js';
import { BENCH_DEVICES } from '../../tools/verbs/emulate.js';
import { COMMAND } from '../support/cli.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-start-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('start', () => {
  const hook = fileURLToPath(new URL('../support/list-modules.cjs', import.meta.url));
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const sources = inject('commandSources');

  function loaded(...args: string[]): string[] {
    const list = join(folder, 'modules.txt');
    writeFileSync(list, '');
    spawnSync(process.execPath, ['--require', hook, COMMAND, ...args], { env: { ...process.env, MODULES: list } });
    return readFileSync(list, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((path) => path.replace(root, ''))
      .flatMap((path) => sources[path] ?? [path]);
  }

  it('--help loads a few modules, and what starts the command', () => {
    const modules = loaded('--help');
    expect(modules).toContain('tools/help.ts');
    expect(modules.length).toBeLessThan(13);
    for (const module of modules) expect(module).toMatch(/^(tools|stack\/(errors|util\/text))\b/);
  });

  it.each<[string[], RegExp]>([
    [['version'], /^(stack\/(mctp|socket|codec)|bindings\/(?!system-clock)|hw-fixtures|pldm)/],
    [['help', 'top'], /^(hw-fixtures|bindings\/i2c)|node_modules\/(serialport|i2c-bus|koffi|smol-toml)/],
    [
      ['decode', '008002'],
      /^(hw-fixtures|pldm|bindings\/i2c|stack\/(watch|nvme-mi\/mi-commands|spdm\/spdm-message|bus-owner|socket))|node_modules\/(serialport|i2c-bus|koffi|smol-toml)/,
    ],
    [
      ['discover', '--link', 'serial:/dev/nowhere'],
      /^(hw-fixtures|bindings\/(i2c|usb)|tools\/(capture|decode)\/)|i2c-bus|koffi/,
    ],
    [['top', '--json', '-c', '2', '-i', '100ms'], /^(tools\/pldm|tools\/top\/top-sensors\.ts)/],
    [['control', 'serial:/dev/nowhere', 'GetEndpointID'], /^pldm/],
    [['link', '--link', 'serial:/dev/nowhere'], /^pldm/],
    [['completion', 'bash'], /^(stack\/(mctp|codec)|bindings\/(?!system-clock)|hw-fixtures)/],
  ])('mctpkit %j loads nothing it does not need', (args, foreign) => {
    const modules = loaded(...args);
    expect(modules.length).toBeGreaterThan(3);
    expect(modules.filter((path) => foreign.test(path))).toEqual([]);
  });

  it.each(['capture', 'discover', 'emulate', 'nvme', 'run', 'top', 'validate'])(
    'the help of %s loads no stack, no link, no bench and no checks',
    (verb) => {
      const modules = loaded(verb, '--help');
      expect(modules).toContain(`tools/verbs/${verb}.ts`);
      const heavy =
        /^(stack\/(core|bus-owner|roles)|bindings\/(kernel|serial|smbus|usb|shared)|hw-fixtures\/(bench|validator\/groups))\//;
      expect(modules.filter((path) => heavy.test(path))).toEqual([]);
    },
  );

  it("the help of emulate names the bench's devices without reading them", () => {
    expect(parseBench(DEFAULT_BENCH).devices.map(({ name }) => name)).toEqual(BENCH_DEVICES);
  });

  it('--help is there within 30 ms of Node itself', () => {
    const meter = fileURLToPath(new URL('../support/cpu-time.mjs', import.meta.url));
    const empty = join(folder, 'empty.mjs');
    writeFileSync(empty, '');
    const ms = (...args: string[]): number => {
      const { stderr } = spawnSync(process.execPath, ['--import', meter, ...args], { encoding: 'utf8' });
      return Number(/^cpu (\d+)$/m.exec(stderr)![1]) / 1000;
    };
    let [node, help] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let round = 0; round < 5; round++) {
      node = Math.min(node, ms(empty));
      help = Math.min(help, ms(COMMAND, '--help'));
    }
    expect(help - node).toBeLessThan(30);
  });
});
