import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { candidates } from '../../tools/completion/words.js';
import { VERBS } from '../../tools/verbs.js';
import { mctpkit } from '../support/in-process.js';
import { misfits } from '../support/json-schema.js';

const DRIVE = 'uuid:7a1c5e10-4c2b-11ee-8d01-001b21000001';

let folder: string;
let env: Record<string, string>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mctpkit-names-'));
  env = { XDG_CONFIG_HOME: folder };
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) => mctpkit(args, { env });
const file = (): string => join(folder, 'mctpkit', 'names.toml');

describe('mctpkit name', () => {
  it('a name is kept without a configuration, and is listed and removed', async () => {
    expect(await run('name', 'add', 'drive0', DRIVE)).toMatchObject({ code: 0 });
    expect(await run('name', 'add', 'my.mcu', 'bench:serial0')).toMatchObject({ code: 0 });
    expect(readFileSync(file(), 'utf8')).toContain(`drive0 = "${DRIVE}"`);
    const { stdout } = await run('name', 'list', '--json');
    expect(JSON.parse(stdout)).toEqual({
      names: [
        { name: 'drive0', address: DRIVE, from: file() },
        { name: 'my.mcu', address: 'bench:serial0', from: file() },
      ],
    });
    expect(await run('name', 'remove', 'drive0')).toMatchObject({ code: 0, stdout: `drive0 is gone from ${file()}\n` });
    expect((await run('name')).stdout).toBe(`my.mcu  bench:serial0  ${file()}\n`);
  });

  it('many which are added at once are all kept; a lock which was left behind does not stop them', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `dev${index}`);
    const add = (name: string) => mctpkit(['name', 'add', name, '9'], { env, realTime: true });
    const codes = (await Promise.all(names.map(add))).map(({ code }) => code);
    expect(codes).toEqual(names.map(() => 0));
    const { stdout } = await run('name', 'list', '--json');
    expect((JSON.parse(stdout).names as { name: string }[]).map(({ name }) => name).sort()).toEqual([...names].sort());
    expect(existsSync(`${file()}.lock`)).toBe(false);
    writeFileSync(`${file()}.lock`, '');
    utimesSync(`${file()}.lock`, 1, 1);
    expect(await add('late')).toMatchObject({ code: 0 });
    writeFileSync(`${file()}.lock`, '');
    utimesSync(`${file()}.lock`, Date.now() / 1000 + 1000, Date.now() / 1000 + 1000);
    // On virtual time: nobody waits three seconds for it.
    expect(await run('name', 'add', 'never', '9')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/another process changes them$/m),
    });
  });

  it('resolve looks which device is at a place, and fails where there is none', async () => {
    await run('name', 'add', 'mcu', 'bench:serial0');
    const { stdout } = await run('name', 'resolve', 'mcu', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      target: 'mcu (EID 9, bench:serial0)',
      eid: 9,
      uuid: expect.any(String),
    });
    expect(await run('name', 'resolve', 'bench:smbus0/0x55', '--link', 'bench:')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/no device answers at bench:smbus0\/0x55\n$/),
    });
  });

  it('what it says with --json is as its schema says', async () => {
    const { SCHEMAS } = await import('../../tools/schema/index.js');
    for (const args of [['add', 'd', '9'], ['list'], ['resolve', 'd'], ['resolve', 'bench:serial0'], ['remove', 'd']]) {
      const { stdout, code } = await run('name', ...args, '--json');
      expect(code).toBe(0);
      expect(misfits(JSON.parse(stdout), SCHEMAS.name!)).toEqual([]);
    }
  });

  it.each([
    [['add', 'd', 'nothing'], /"nothing" is not an address/],
    [['add', '9d', '9'], /"9d" cannot be a name/],
    [['add', 'list', '9'], /"list" is a word of mctpkit name/],
    [['add', 'd'], /write mctpkit name add NAME ADDRESS/],
    [['remove', 'd'], /there is no name d/],
    [['lsit'], /no word "lsit" \(did you mean list\?\)/],
  ])('name %s is wrong usage', async (args, message) => {
    const { code, stderr } = await run('name', ...args);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
  });

  it('a name is given anew only by --force', async () => {
    await run('name', 'add', 'd', '9');
    expect(await run('name', 'add', 'd', '10')).toMatchObject({
      code: 2,
      stderr: `mctpkit: d is the name of EID 9 already (${file()}); --force gives it anew\n`,
    });
    expect(await run('name', 'add', 'd', '10', '--force')).toMatchObject({ code: 0 });
    expect((await run('name')).stdout).toContain('d  10');
  });

  it('a file with a mistake is told with its line', async () => {
    await run('name', 'add', 'd', '9');
    writeFileSync(file(), '[names]\nd = "nine"\n');
    const { code, stderr } = await run('ping', '9', '-c', '1');
    expect(stderr).toBe(
      `mctpkit: ${file()}:2: "nine" is not an address: write an EID (9), uuid:..., tid:3, or a place\n`,
    );
    expect(code).toBe(2);
  });

  it('names of the configuration count before those of the user, and those of its devices last', async () => {
    const config = join(folder, 'a.toml');
    writeFileSync(
      config,
      '[links.l]\nurl = "bench:smbus0"\n[names]\na = "9"\n[devices.ssd]\nlink = "l"\naddress = 0x1d\n[devices.a]\nuuid = "7a1c5e10-4c2b-11ee-8d07-001b21000007"\n',
    );
    await run('name', 'add', 'a', '10');
    await run('name', 'add', 'b', '10');
    const { stdout } = await run('name', '--config', config);
    expect(stdout.split('\n').map((line) => line.split(/ +/).slice(0, 2))).toEqual([
      ['a', '9'],
      ['b', '10'],
      ['ssd', 'bench:smbus0/0x1d'],
      [''],
    ]);
    expect(await run('name', 'add', 'a', '11', '--config', config)).toMatchObject({
      code: 2,
      stderr: `mctpkit: a is in [names] of ${config}: change it there\n`,
    });
    expect((await run('name', 'remove', 'ssd', '--config', config)).stderr).toContain('take it away there');
  });
});

describe('names as addresses', () => {
  const NAMED = 'drive0 \\(EID 9, bench:smbus0/0x1d\\)';

  beforeEach(() => run('name', 'add', 'drive0', DRIVE));

  it.each([
    ['ping', ['drive0', '-c', '1'], `PING ${NAMED}`],
    ['ping of an EID', ['9', '-c', '1'], `PING ${NAMED}`],
    ['control', ['drive0', 'GetEndpointID'], `GetEndpointID to ${NAMED}: SUCCESS`],
    ['send', ['drive0', 'GetEndpointUUID'], `sent to ${NAMED}`],
    ['file', ['mcu', 'ls'], 'boot.log'],
    ['pldm', ['drive0', 'base', 'GetTID'], 'tid:'],
    ['sensors', ['drive0'], NAMED],
    ['sensors of all', [], NAMED],
    ['pdr', ['drive0'], 'Composite temperature'],
    ['fw', ['inventory', 'drive0'], NAMED],
    ['nvme', ['list', 'drive0'], NAMED],
    ['nvme of all', ['list'], NAMED],
    ['spdm', ['bridge', 'drive0', '--listen', '127.0.0.1:99999'], '127.0.0.1:2323'],
    ['bench', ['drive0', '-c', '3'], `with ${NAMED}`],
    ['validate', ['drive0', '--group', 'control'], `VALIDATE ${NAMED}`],
    ['name', ['resolve', 'drive0'], `^${NAMED}, UUID`],
    ['discover', [], '9 drive0 +0x1d'],
    ['top', ['--json', '-c', '3', '-i', '1s'], '"name":"drive0"'],
  ])('%s', async (what, args, shows) => {
    if (args.includes('mcu')) await run('name', 'add', 'mcu', 'bench:serial0');
    const { stdout, stderr } = await run(what.split(' ')[0]!, ...args);
    expect(stdout + stderr).toMatch(new RegExp(shows));
  });

  it('a terminus may be named by its TID', async () => {
    await run('name', 'add', 't', 'tid:3');
    const { stderr } = await run('sensors', 't');
    expect(stderr).toContain('there is no terminus with TID 3');
  });

  it('JSON of discover has the name', async () => {
    const { stdout } = await run('discover', '--json');
    const { endpoints } = JSON.parse(stdout) as { readonly endpoints: readonly { eid: number; name: string | null }[] };
    expect(endpoints.map(({ eid, name }) => [eid, name]).slice(0, 2)).toEqual([
      [9, 'drive0'],
      [10, null],
    ]);
  });

  it.each([['ping'], ['sensors'], ['nvme', 'health'], ['spdm'], ['name', 'resolve']])(
    'completion of %s',
    async (...words) => {
      const found = await candidates([...words, 'dr'], VERBS, env);
      expect(found).toEqual([{ word: 'drive0', meaning: DRIVE.replace('uuid:', 'UUID ') }]);
    },
  );
});
