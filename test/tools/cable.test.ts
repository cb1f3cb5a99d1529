/** Two machines, each with a folder of its own, paired and joined by a cable: from the command line, over real sockets. */

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../tools/config/config-parse.js';
import { mctpkit, RunningVerb } from '../support/in-process.js';
import { ownPlace } from '../support/own-place.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-cable-'));
afterAll(() => rmSync(folder, { recursive: true }));

const envOf = (machine: string) => {
  const home = join(folder, machine);
  return { XDG_CONFIG_HOME: join(home, 'config'), XDG_RUNTIME_DIR: join(home, 'run'), HOME: home };
};
const bench = envOf('bench');
const laptop = envOf('laptop');
for (const { HOME } of [bench, laptop]) mkdirSync(join(HOME, 'run'), { recursive: true });

const onLaptop = (...args: string[]) => mctpkit(args, { env: laptop, realTime: true });

interface Discovered {
  readonly endpoints: readonly { readonly eid: number; readonly link: string; readonly bridge: number | null }[];
}

describe('mctpkit cable', () => {
  let place: string;
  beforeAll(async () => {
    place = await ownPlace();
  });

  it('pairs two machines by a code, and tells in one line what is wrong', async () => {
    const pairing = ['cable', 'pair', 'desk', '--listen', place, '--allow', 'control,pldm'];
    const waiting = new RunningVerb([...pairing, '--json'], { env: bench });
    const { code } = JSON.parse(await waiting.line(/code/)) as { code: string };
    const last = code.endsWith('A') ? 'B' : 'A';
    const mistyped = await onLaptop('cable', 'pair', 'desk', '--with', place, '--code', `${code.slice(0, -1)}${last}`);
    expect(mistyped).toMatchObject({ code: 2, stdout: '' });
    expect(mistyped.stderr).toBe(
      'mctpkit: this is not the code: it has 16 letters and digits, one of which is wrong\n',
    );
    const wrong = await onLaptop('cable', 'pair', 'desk', '--with', place, '--code', '0000-0000-0000-0000');
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toBe(`mctpkit: this is not the code which ${place} shows, or it shows none any more\n`);
    expect(await waiting.note(/wrong code/)).toMatch(/^127\.0\.0\.1:\d+ has a wrong code; 4 attempts are left$/);

    const paired = await onLaptop(
      'cable',
      'pair',
      'desk',
      '--with',
      place,
      '--code',
      code.toLowerCase(),
      '--allow',
      'control,pldm',
    );
    expect(paired).toMatchObject({ code: 0, stderr: '' });
    expect(await waiting.finished).toMatchObject({ code: 0 });
    const keys = [bench, laptop].map(({ XDG_CONFIG_HOME }) => {
      const file = join(XDG_CONFIG_HOME, 'mctpkit', 'cables', 'desk.key');
      expect(statSync(file).mode & 0o777).toBe(0o600);
      return readFileSync(file, 'utf8');
    });
    expect(keys[0]).toMatch(/^[0-9a-f]{64}\n$/);
    expect(keys[1]).toBe(keys[0]);
    const again = await onLaptop('cable', 'pair', 'desk', '--with', place);
    expect(again).toMatchObject({
      code: 2,
      stderr: 'mctpkit: there is a cable desk already: choose another name, or add --replace\n',
    });
    const listed = await onLaptop('cable', 'list', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { name: 'desk', connect: [place], backup: [], listen: [], receive: [0, 1], send: [0, 1] },
    ]);
  });

  it('says what to start where nobody listens, and refuses a port at which nobody would find the cable again', async () => {
    const code = ['--code', 'CKY2-J4PV-GQMB-5B1B'];
    const nobody = await ownPlace();
    expect(await onLaptop('cable', 'pair', 'other', '--with', nobody, ...code)).toMatchObject({
      code: 1,
      stderr: `mctpkit: no program listens at ${nobody}: start mctpkit cable pair NAME there first\n`,
    });
    expect(await onLaptop('cable', 'pair', 'other', '--with', 'localhost:0', ...code)).toMatchObject({
      code: 2,
      stderr: 'mctpkit: --with localhost:0 is wrong: write HOST or HOST:PORT\n',
    });
    expect(await onLaptop('cable', 'pair', 'other', '--listen', '127.0.0.1:0')).toMatchObject({
      code: 2,
      stderr: 'mctpkit: --listen 127.0.0.1:0 is wrong: use ADDRESS or ADDRESS:PORT\n',
    });
  });

  it('joins both: the devices of the bench are discovered from the laptop, by two sub-paths', async () => {
    const second = await ownPlace();
    const cables = join(bench.XDG_CONFIG_HOME, 'mctpkit', 'cables', 'desk.toml');
    writeFileSync(cables, readFileSync(cables, 'utf8').replace(`"${place}"`, `"${place}", "${second}"`));
    const ours = join(laptop.XDG_CONFIG_HOME, 'mctpkit', 'cables', 'desk.toml');
    writeFileSync(ours, `${readFileSync(ours, 'utf8')}backup = ["${second}"]\n`);
    const file = join(bench.HOME, 'mctpkit.toml');
    const links = '[links.bus]\nurl = "bench:"\n[links.desk]\nurl = "cable:desk"\nrole = "endpoint"\n';
    writeFileSync(file, `${links}[bridge]\nupstream = "desk"\npool-size = 16\n[serve.lab]\n`);

    const refused = await onLaptop('discover', '--link', 'cable:desk');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /no program listens at 127\.[\d.]+:\d+: start the other end there \(mctpkit serve\)\n$/,
    );

    const server = new RunningVerb(['serve', '--config', file, '--json'], { env: bench });
    await server.line(/"ready"/);
    const discovered = await onLaptop('discover', '--link', 'cable:desk', '--json');
    const { endpoints } = JSON.parse(discovered.stdout) as Discovered;
    expect(endpoints).toHaveLength(8);
    expect(endpoints.filter(({ bridge }) => bridge === endpoints[0]!.eid)).toHaveLength(4);
    const sensors = await onLaptop('sensors', '--link', 'cable:desk', String(endpoints[1]!.eid));
    expect(sensors.stdout).toContain('°C');
    const nvme = await onLaptop('nvme', 'list', '--link', 'cable:desk');
    expect(nvme.stderr).toContain('does not let this type of message out');

    const shown = await onLaptop('link', 'show', '--discover', '--link', 'cable:desk', '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject([
      {
        name: 'cable:desk',
        up: true,
        paths: [
          { name: place, state: 'up', backup: false },
          { name: second, backup: true },
        ],
      },
    ]);
    const path = JSON.parse(await server.line(/"linkPath".*"up"/)) as Record<string, unknown>;
    expect(path).toMatchObject({ event: 'linkPath', link: 'cable:desk', state: 'up', reason: null });

    const kept = new RunningVerb(['run', '--link', 'cable:desk', '--json'], { env: laptop });
    await kept.line(/"appeared"/);
    const metrics = await mctpkit(['network', 'metrics', '--link', 'shared:lab'], { env: bench, realTime: true });
    expect(metrics.stdout).toMatch(
      /mctp_link_path_up\{served="lab",link="cable:desk",network="1",path="127\.[\d.]+:\d+",backup="0"\} 1/,
    );
    const atBench = await mctpkit(['link', '--link', 'shared:lab'], { env: bench, realTime: true });
    expect(atBench.stdout).toMatch(
      /dev cable:desk net 1 mtu 68 up\n {4}path 127\.[\d.]+:\d+ up rtt [\d.]+ ms sent \d+ received \d+/,
    );
    await kept.stop();
    expect(await server.stop()).toMatchObject({ code: 0 });
  });

  it('is completed, and looked at by doctor', async () => {
    const words = async (...line: string[]) => (await onLaptop('completion', '--words', '--', ...line)).stdout;
    expect(await words('cable', '')).toMatch(/^pair\b[\s\S]*^list\b/m);
    expect(await words('discover', '--link', 'cable:')).toMatch(/^cable:desk\b.*paired cable/m);
    const checks = async () => {
      const { stdout } = await onLaptop('doctor', '--json');
      const { checks } = JSON.parse(stdout) as { checks: { id: string; status: string; what: string; fix?: string }[] };
      return checks.filter(({ id }) => id === 'cable:desk');
    };
    expect(await checks()).toEqual([
      { id: 'cable:desk', status: 'ok', what: `cable:desk is paired and connects to ${place}` },
    ]);
    const key = join(laptop.XDG_CONFIG_HOME, 'mctpkit', 'cables', 'desk.key');
    chmodSync(key, 0o644);
    expect(await checks()).toEqual([
      {
        id: 'cable:desk',
        status: 'broken',
        what: `cable:desk: others may read ${key}: chmod 600 ${key}`,
        fix: `chmod 600 ${key}`,
      },
    ]);
    chmodSync(key, 0o600);
  });

  it('says in one line what is wrong with a cable', async () => {
    const key = join(laptop.XDG_CONFIG_HOME, 'mctpkit', 'cables', 'desk.key');
    for (const [url, what] of [
      ['cable:nobody', 'there is no cable nobody (known are desk): make it with mctpkit cable pair nobody'],
      ['cable:desk?allow=any', 'a cable with a name has its options in its section [cables.desk]'],
      [
        `cable:127.0.0.1:1?key=${key}`,
        'nothing may pass: name the message types which may, such as control and pldm, or any',
      ],
      ['cable:127.0.0.1:1?allow=any', 'over a network both ends need a key'],
      [`cable:?key=${key}&allow=any`, 'say where to connect, or where to listen'],
      ['cable:127.0.0.1:1?allow=tea', 'allow=tea is wrong: use any, or message types'],
      [`cable:a b?allow=any&key=${key}`, '"a b" is not a place: write HOST:PORT'],
      ['cable:127.0.0.1:1?allow=any&key=/nowhere', '/nowhere cannot be read: it is not there'],
      [`cable:127.0.0.1:1?allow=any&certificate=${key}`, 'certificates need three files'],
    ] as const) {
      const { code, stderr } = await onLaptop('discover', '--link', url);
      expect({ url, code, lines: stderr.split('\n').length }).toEqual({ url, code: 2, lines: 2 });
      expect(stderr).toContain(what);
    }
    expect(existsSync('/nowhere')).toBe(false);
  });

  it('is written strictly in a configuration', () => {
    const cable = (lines: string): unknown => parseConfig(`[cables.desk]\n${lines}`, 'f').cables[0];
    expect(cable('connect = ["a:1", "b"]\nreceive = ["pldm", 5]\nsend = "any"\nheartbeat-ms = 100\n')).toMatchObject({
      name: 'desk',
      connect: ['a:1', 'b'],
      receive: [1, 5],
      send: 'any',
      heartbeatMs: 100,
      followAdvertised: true,
    });
    expect(() => cable('receive = "any"')).toThrow('f:1: where is the other end of desk?');
    expect(() => cable('listen = ["0.0.0.0"]')).toThrow(
      'nothing may pass desk: name message types with receive and send',
    );
    expect(() => cable('connect = ["a b"]\nsend = "any"')).toThrow('"a b" is not a place');
    expect(() => cable('connect = ["a"]\nsend = "some"')).toThrow('f:3');
    expect(() => parseConfig('[cables."a/b"]\nconnect = ["a"]\nsend = "any"', 'f')).toThrow(
      'is not the name of a cable',
    );
  });
});
