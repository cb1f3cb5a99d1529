/** `run`: the roles of a configuration, between processes on lines, and on the virtual bench. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SCHEMAS } from '../../tools/schema/index.js';
import { inVirtualTime } from '../support/auto-clock.js';
import { RunningCommand } from '../support/cli.js';
import { mctpkit, RunningVerb } from '../support/in-process.js';
import { misfits } from '../support/json-schema.js';
import { nullModem } from '../support/null-modem.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const NIC = '7a1c5e10-4c2b-11ee-8d02-001b21000002';
const ENDED = { code: 0, signal: null, stderr: '' };

describe('three processes on two lines', () => {
  it('a bus owner numbers a bridge and what is behind it, and remembers the EIDs', async () => {
    const [above, below] = await Promise.all([nullModem(), nullModem()]);
    const state = join(folder, 'eids.json');
    const owner = file(
      'owner.toml',
      `[links.up]\nurl = "serial:${above.ends[0]}"\nown-eid = 30\n[bus-owner]\ndynamic-eids = [40, 60]\nstate-file = "${state}"\n`,
    );
    const bridge = file(
      'bridge.toml',
      `uuid = "7a1c5e10-4c2b-11ee-8d02-0000000000aa"\n[links.host]\nurl = "serial:${above.ends[1]}?baud=115200"\nrole = "endpoint"\n` +
        `[links.slot]\nurl = "serial:${below.ends[0]}"\n[bridge]\nupstream = "host"\npool-size = 3\n[rate-limits]\nlinks = ["host"]\nrx-rate = 900\n`,
    );
    const commands = [
      new RunningCommand(['emulate', '--link', `serial:${below.ends[1]}`, '--device', 'nic']),
      new RunningCommand(['run', '--config', bridge, '--json']),
      new RunningCommand(['run', '--config', owner]),
    ] as const;
    const [device, middle, top] = commands;
    try {
      expect(JSON.parse(await middle.line(/started/))).toEqual({
        event: 'started',
        links: [
          { name: `serial:${above.ends[1]}`, role: 'endpoint', network: 1, eid: null },
          { name: `serial:${below.ends[0]}`, role: 'bridge', network: 1, eid: null },
        ],
      });
      expect(await top.line(/bus-owner/)).toBe(`serial:${above.ends[0]}: bus-owner on network 1, EID 30`);
      const given: unknown = JSON.parse(await middle.line(/"assigned"/));
      expect(given).toMatchObject({ event: 'assigned', link: `serial:${above.ends[1]}`, eid: 40, busOwner: 30 });
      expect(JSON.parse(await middle.line(/"pool"/))).toMatchObject({ event: 'pool', first: 41, size: 3 });
      expect(await device.line(/^EID/)).toBe(`EID 41 on serial:${below.ends[1]}`);
      expect(JSON.parse(await middle.line(/"appeared"/))).toMatchObject({ endpoint: { eid: 41 } });
      expect(await top.line(/appeared +EID 40/)).toContain('7a1c5e10-4c2b-11ee-8d02-0000000000aa');
      expect(await top.line(/appeared +EID 41/)).toContain(NIC);
      expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({ eids: expect.any(Object) });
      expect(Object.values((JSON.parse(readFileSync(state, 'utf8')) as { eids: object }).eids)).toContain(40);
    } finally {
      const ended = [];
      for (const command of [...commands].reverse()) ended.push(await command.stop());
      await Promise.all([above.close(), below.close()]);
      expect(ended).toMatchObject([ENDED, ENDED, ENDED].map(({ stderr: _, ...rest }) => rest));
      for (const { stderr } of ended) expect(stderr).not.toContain('    at ');
    }
    const { stdout } = await middle.finished;
    expect(stdout).toMatch(/\{"event":"ended"\}\n$/);
    for (const line of stdout.trim().split('\n')) expect(misfits(JSON.parse(line), SCHEMAS.run!)).toEqual([]);
  });
});

describe('--once', () => {
  it('ends a bus owner that has searched, and an endpoint that has its EID', async () => {
    const line = await nullModem();
    const above = file('once-above.toml', `[links.a]\nurl = "serial:${line.ends[0]}"\n`);
    const below = file('once-below.toml', `[links.a]\nurl = "serial:${line.ends[1]}"\nrole = "endpoint"\n`);
    const endpoint = new RunningCommand(['run', '--config', below]);
    await endpoint.line(/no EID yet/);
    const searched = await mctpkit(['run', '--once', '--config', above], { realTime: true });
    expect(searched.code).toBe(0);
    expect(searched.stdout).toMatch(/appeared +EID 9 /);
    await endpoint.stop();
    const owner = new RunningCommand(['run', '--config', above]);
    await owner.line(/bus-owner/);
    const numbered = await mctpkit(['run', '--once', '--config', below], { realTime: true });
    expect(numbered.code).toBe(0);
    expect(numbered.stdout).toMatch(/assigned +EID 9 on/);
    await owner.stop();
    await line.close();
  });
});

describe('on the bench', () => {
  it('two networks have the same EIDs, each its own', async () => {
    const config = file(
      'two.toml',
      '[links.a]\nurl = "bench:smbus0"\n[links.b]\nurl = "bench:serial0"\nnetwork = 2\nown-eid = 8\n',
    );
    const { code, stdout } = await inVirtualTime(async (clock) => {
      const verb = new RunningVerb(['run', '--config', config, '--json'], { clock });
      await verb.line(/"appeared".*"network":2/);
      await verb.line(/"appeared".*"eid":12/);
      return verb.stop();
    });
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; endpoint?: { network: number; eid: number; link: string } });
    const appeared = events.filter(({ event }) => event === 'appeared').map(({ endpoint }) => endpoint!);
    expect(appeared).toContainEqual(expect.objectContaining({ network: 2, eid: 9, link: 'bench:serial0' }));
    expect(appeared).toContainEqual(expect.objectContaining({ network: 1, eid: 9, link: 'bench:smbus0' }));
  });

  it('Ctrl-C ends it at once while it still searches', async () => {
    const config = file('search.toml', '[links.a]\nurl = "bench:smbus0"\n');
    await inVirtualTime(async (clock) => {
      const verb = new RunningVerb(['run', '--config', config], { clock });
      await verb.line(/bus-owner/);
      const stoppedAt = clock.now();
      expect(await verb.stop()).toMatchObject({ code: 0 });
      expect(clock.now() - stoppedAt).toBeLessThan(5);
    });
  });

  it('other verbs find them there, too, and ask which is meant', async () => {
    const config = file('two.toml', '[links.a]\nurl = "bench:smbus0"\n[links.b]\nurl = "bench:serial0"\nnetwork = 2\n');
    const [found, one, other, which] = await Promise.all([
      mctpkit(['discover', '--config', config, '--json']),
      mctpkit(['control', '2:9', 'GetEndpointID', '--config', config]),
      mctpkit(['ping', '1:9', '-c', '1', '--config', config]),
      mctpkit(['ping', '9', '-c', '1', '--config', config]),
    ]);
    const { endpoints } = JSON.parse(found.stdout) as { endpoints: { network: number; eid: number }[] };
    expect(endpoints.filter(({ eid }) => eid === 9).map(({ network }) => network)).toEqual([1, 2]);
    expect(one).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^GetEndpointID to EID 2:9 \(bench:serial0\): SUCCESS/),
    });
    expect(other.code).toBe(0);
    expect(which).toMatchObject({ code: 2, stderr: 'mctpkit: EID 9 is in 2 networks: write 1:9 or 2:9\n' });
  });

  it('policies of mctpd go with links of the command line', async () => {
    const config = file('mctpd.conf', '[bus-owner]\ndynamic_eid_range = [100, 120]\n');
    const command = new RunningCommand(['run', '--config', config, '--link', 'bench:serial0']);
    expect(await command.line(/appeared/)).toContain('EID 100 (bench:serial0)');
    expect((await command.stop()).code).toBe(0);
  });

  it.each([
    [
      [],
      '',
      'mctpkit: there is no mctpkit.toml here: name a link with --link, or write the file (docs/config.md), or name it with --config\n',
    ],
    [['--config', 'FILE'], '', 'mctpkit: FILE has no links: add one, or name one with --link\n'],
    [['--config', 'FILE'], '[links.a]\nurl = "i2x:1"', /^mctpkit: no link kind "i2x".*\n$/],
    [['--config', 'FILE'], '[links.a]\nurl = "i2c:1"\nrole = "king"', /^mctpkit: FILE:3: unknown role "king".*\n$/],
    [['--config', 'FILE', '-l', 'kernel:'], '', /^mctpkit: kernel:: the kernel is a stack of its own.*\n$/],
    [['--config', 'FILE'], '[links.a]\nurl = "serial:/dev/nope"', /^mctpkit: .*\/dev\/nope.*\n$/],
  ] as const)('run %j of %j is refused', async (args, text, stderr) => {
    const path = file('wrong.toml', text);
    const result = await mctpkit(['run', ...args.map((arg) => (arg === 'FILE' ? path : arg))]);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    const said = result.stderr.replaceAll(path, 'FILE');
    if (typeof stderr === 'string') expect(said).toBe(stderr);
    else expect(said).toMatch(stderr);
  });
});
