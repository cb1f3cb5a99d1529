/** `run`: one process gives EIDs to others, over real ttys. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { SCHEMAS } from '../../tools/schema/index.js';
import { mctpkit, RunningCommand } from '../support/cli.js';
import { misfits } from '../support/json-schema.js';
import { nullModem } from '../support/null-modem.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-run-'));
afterAll(() => rmSync(folder, { recursive: true }));
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const UUID = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
const BELOW = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';

async function cable(): Promise<readonly [string, string]> {
  const made = await nullModem();
  ends.push(() => made.close());
  return made.ends.map((path) => `serial:${path}?baud=115200`) as [string, string];
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function start(name: string, text: string, ...more: string[]): RunningCommand {
  const command = new RunningCommand(['run', '--config', file(name, text), '--json', ...more]);
  ends.push(() => command.stop());
  return command;
}

function events(stdout: string): Record<string, unknown>[] {
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const line of lines) expect(misfits(line, SCHEMAS.run!)).toEqual([]);
  return lines;
}

describe('run', () => {
  it('is a bus owner that gives an EID to an endpoint, and remembers it', async () => {
    const [above, below] = await cable();
    const endpoint = start('endpoint.toml', `uuid = "${UUID}"\n[links.host]\nurl = "${below}"\nrole = "endpoint"\n`);
    await endpoint.line(/"started"/);
    const state = join(folder, 'eids.json');
    const owner = start(
      'owner.toml',
      `[links.slot]\nurl = "${above}"\nown-eid = 10\n[bus-owner]\ndynamic-eids = [40, 50]\nstate-file = "${state}"\n`,
    );
    await owner.line(/"settled"/);
    expect(JSON.parse(await endpoint.line(/"assigned"/))).toMatchObject({ eid: 40, busOwner: 10 });

    owner.child.kill('SIGTERM');
    const { code, stdout } = await owner.finished;
    expect(code).toBe(0);
    const told = events(stdout);
    expect(told.map(({ event }) => event)).toEqual(['started', 'appeared', 'settled', 'ended']);
    expect(told[1]).toMatchObject({ endpoint: { eid: 40, uuid: UUID } });
    expect(Object.values((JSON.parse(readFileSync(state, 'utf8')) as { eids: object }).eids)).toContain(40);
    const ended = await endpoint.stop();
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(events(ended.stdout).map(({ event }) => event)).toEqual(['started', 'assigned', 'ended']);
  });

  it('is a bridge that hands out its pool, and --once ends', async () => {
    const [top, upstream] = await cable();
    const [downstream, leaf] = await cable();
    const endpoint = start('leaf.toml', `uuid = "${BELOW}"\n[links.host]\nurl = "${leaf}"\nrole = "endpoint"\n`);
    const bridge = start(
      'bridge.toml',
      `[links.up]\nurl = "${upstream}"\nrole = "endpoint"\n[links.down]\nurl = "${downstream}"\n[bridge]\nupstream = "up"\npool-size = 4\n`,
    );
    await Promise.all([endpoint.line(/"started"/), bridge.line(/"started"/)]);
    const owner = await mctpkit([
      'run',
      '--once',
      '--json',
      '--config',
      file('top.toml', `[links.a]\nurl = "${top}"\n`),
    ]);
    expect(owner.code).toBe(0);
    const settled = events(owner.stdout).find(({ event }) => event === 'settled');
    expect(settled).toMatchObject({
      endpoints: [
        { eid: 9, pool: { first: 10, size: 4 } },
        { eid: 10, uuid: BELOW, bridge: 9 },
      ],
    });
    expect(JSON.parse(await bridge.line(/"appeared"/))).toMatchObject({ endpoint: { eid: 10 } });
    expect(JSON.parse(await endpoint.line(/"assigned"/))).toMatchObject({ eid: 10 });
  });

  it('tells people the same in words', async () => {
    const { code, stdout } = await mctpkit([
      'run',
      '--once',
      '--config',
      file('bench.toml', '[links.b]\nurl = "bench:"\n'),
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('bench:smbus0: bus-owner on network 1, EID 8\n');
    expect(stdout).toMatch(/appeared {3}/);
    expect(stdout).toMatch(/all searched: \d+ endpoints\n/);
  });

  it.each([
    ['', [], /names no links: name them with --link/],
    ['[links.a]\nurl = "kernel:"\n', [], /kernel: is a stack of its own/],
    ['[links.a]\nurl = "bench:"\nrole = "boss"\n', [], /wrong\.toml:3: unknown role "boss"/],
    [
      '[links.a]\nurl = "bench:"\nrole = "endpoint"\n[bus-owner]\ndynamic-eids = [9, 20]\n[bridge]\nupstream = "a"\npool-size = 2\n',
      [],
      /wrong\.toml:5: a bridge gives the EIDs it gets/,
    ],
  ])('%# is wrong usage', async (text, more, complaint) => {
    const { code, stderr } = await mctpkit(['run', '--config', file('wrong.toml', text), ...more]);
    expect(code).toBe(2);
    expect(stderr).toMatch(complaint);
  });
});
