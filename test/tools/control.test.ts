/** `control`, the table verbs, `config` and `discover --watch`, as they are called. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SCHEMAS } from '../../tools/schema/index.js';
import { inVirtualTime } from '../support/auto-clock.js';
import { Cable } from '../support/cable.js';
import { mctpkit, RunningVerb } from '../support/in-process.js';
import { misfits } from '../support/json-schema.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-control-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('control', () => {
  it('sends a command by any of its names and shows the answer', async () => {
    for (const name of ['GetMessageTypeSupport', 'get-message-type-support', '0x05']) {
      const { code, stdout, stderr } = await mctpkit(['control', 'bench:smbus0/0x1d', name]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(
        /^GetMessageTypeSupport to bench:smbus0\/0x1d: SUCCESS, [\d.]+ ms\n {2}count: 3\n {2}types: 1, 4, 126\n$/,
      );
    }
  });

  it('takes fields, and gives JSON', async () => {
    const words = ['bench:smbus0/0x1d', 'set-endpoint-id', 'operation=force', 'eid=0x28', '--json'];
    const { code, stdout } = await mctpkit(['control', ...words]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'SetEndpointID',
      code: 1,
      request: { operation: 1, eid: 40 },
      response: { completionCode: 0, assignment: 0, eid: 40 },
    });
  });

  it('shows a refusal as what it is', async () => {
    const { code, stdout } = await mctpkit(['control', '9', 'GetRoutingTableEntries', 'handle=0']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^GetRoutingTableEntries to EID 9 .*: ERROR_UNSUPPORTED_CMD \(0x05\), /);
    const json = await mctpkit(['control', '9', 'GetRoutingTableEntries', 'handle=0', '--json']);
    expect(JSON.parse(json.stdout).response).toEqual({
      completionCode: 5,
      completionCodeName: 'ERROR_UNSUPPORTED_CMD',
    });
  });

  it.each([
    [['9', 'GetEndpointI'], 'no control command "GetEndpointI" (did you mean GetEndpointID?)'],
    [['9', 'SetEndpointID', 'eidd=9'], 'SetEndpointID has no field "eidd" (did you mean eid?)'],
    [['9', 'SetEndpointID', 'eid'], '"eid" is not a field: write name=value, with operation, eid'],
    [['9', 'SetEndpointID', 'operation=0', 'eid=300'], 'SetEndpointID request'],
    [['9', 'GetEndpointID', 'x=1'], 'GetEndpointID has no field "x": it has none'],
  ])('%# is wrong usage', async (words, complaint) => {
    const { code, stdout, stderr } = await mctpkit(['control', ...words]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(complaint);
  });
});

describe('link, address, route, neigh', () => {
  it("show the tables in the words of Linux's tool", async () => {
    expect((await mctpkit(['link'])).stdout).toBe(
      'dev bench:smbus0 address 0x10 net 1 mtu 68 up\ndev bench:serial0 net 1 mtu 68 up\n',
    );
    expect((await mctpkit(['address', 'show', 'bench:serial0'])).stdout).toBe('eid 8 net 1 dev bench:serial0\n');
    const routes = await mctpkit(['route', '--discover']);
    expect(routes.stdout).toContain('eid min 9 max 9 net 1 dev bench:smbus0 mtu 0\n');
    expect(routes.stdout).toMatch(/eid min \d+ max \d+ net 1 dev bench:smbus0 gw \d+ mtu 0\n/);
    expect((await mctpkit(['neigh', 'show', 'dev', 'bench:smbus0', '-d'])).stdout).toContain(
      'eid 9 net 1 dev bench:smbus0 lladdr 0x1d\n',
    );
  });

  it('change them, and say how long that holds', async () => {
    const note = /^this stack ends with the command/;
    const added = await mctpkit(['route', 'add', '30-40', 'via', 'bench:smbus0', 'gw', '9', 'mtu', '132']);
    expect(added).toMatchObject({ code: 0, stdout: 'eid min 30 max 40 net 1 dev bench:smbus0 gw 9 mtu 132\n' });
    expect(added.stderr).toMatch(note);
    const deleted = await mctpkit(['address', 'del', '8', 'dev', 'bench:serial0', '--json']);
    expect(JSON.parse(deleted.stdout)).toEqual([{ network: 1, eid: 8, link: 'bench:smbus0' }]);
    const neighbour = await mctpkit(['neigh', 'add', '9', 'dev', 'bench:smbus0', 'lladdr', '0x1d']);
    expect(neighbour.stdout).toBe('eid 9 net 1 dev bench:smbus0 lladdr 0x1d\n');
  });

  it('link set: MTU, up and down, in any order', async () => {
    const set = await mctpkit(['link', 'set', 'bench:smbus0', 'mtu', '132', 'up', 'network', '1']);
    expect(set).toMatchObject({
      code: 0,
      stdout: 'dev bench:smbus0 address 0x10 net 1 mtu 132 up\ndev bench:serial0 net 1 mtu 68 up\n',
    });
    expect(set.stderr).toMatch(/^this stack ends with the command/);
    const down = await mctpkit(['link', 'set', 'bench:smbus0', 'down', '--json']);
    expect(JSON.parse(down.stdout)).toMatchObject([
      { name: 'bench:smbus0', up: false, eids: [8], transmissionUnit: 64, mtu: 68 },
      { name: 'bench:serial0', up: true },
    ]);
    expect(await mctpkit(['link', 'set', 'nowhere', 'network', '1'])).toMatchObject({
      code: 2,
      stderr: 'mctpkit: there is no link nowhere (links: bench:smbus0, bench:serial0)\n',
    });
  });

  it.each([
    [['link', 'set'], 'the link is missing'],
    [['link', 'set', 'bench:smbus0'], 'what to change is missing: link show [LINK] | link set LINK [up|down]'],
    [['link', 'set', 'bench:smbus0', 'sideways'], '"sideways" is not known'],
    [['link', 'set', 'bench:smbus0', 'up', 'down'], 'up or down twice'],
    [['link', 'set', 'bench:smbus0', 'mtu', '67'], '67 is not an MTU: it is 68 or more'],
    [
      ['route', 'add', '60', 'via', 'bench:smbus0', 'mtu', '1000'],
      '1000 is not an MTU of bench:smbus0: it takes up to ',
    ],
    [['link', 'set', 'bench:smbus0', 'mtu', '1000'], '1000 is not an MTU of bench:smbus0: it takes up to '],
    [['link', 'set', 'bench:smbus0', 'network', '2'], 'has its EID on network 1 already'],
    [['route', 'add', '9-20', 'via'], 'LINK is missing'],
    [['route', 'add', '20-9', 'via', 'x'], '20-9 ends before it begins'],
    [['route', 'add', '9', 'via', 'bench:smbus0', 'mtu', '60'], '60 is not an MTU: it is 68 or more'],
    [['route', 'remove'], '"remove" is not known: route show [net NETWORK] | route add'],
    [['address', 'add', '7', 'dev', 'x'], '7 is not an EID: use 8 to 254'],
    [['neigh', 'add', '9', 'dev', 'bench:smbus0', 'lladdr', 'x'], 'x is not a physical address'],
    [['link', 'show', 'bench:smbus0', 'up'], '"up" is too much'],
  ])('%# is wrong usage', async (words, complaint) => {
    const { code, stderr } = await mctpkit(words);
    expect(code).toBe(2);
    expect(stderr).toContain(complaint);
  });

  it('fail as the tables fail', async () => {
    expect(await mctpkit(['route', 'del', '9', 'via', 'bench:smbus0'])).toMatchObject({
      code: 1,
      stderr: 'mctpkit: network 1 has no route to EID 9\n',
    });
  });
});

describe('config check', () => {
  it('says what is there', async () => {
    const path = file('good.toml', '[links.a]\nurl = "i2c:1"\n[devices.ssd]\nlink = "a"\naddress = 0x1d\neid = 20\n');
    const { code, stdout } = await mctpkit(['config', 'check', path]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${path} is right\nlink a: i2c:1, bus-owner on network 1\ndevice ssd: a/0x1d, EID 20\n`,
    });
    expect(JSON.parse((await mctpkit(['config', 'check', path, '--json'])).stdout)).toMatchObject({
      devices: [{ name: 'ssd', eid: 20 }],
    });
  });

  it('says where it is wrong', async () => {
    const path = file('bad.toml', '[links.a]\nurl = "i2c:1"\nrol = "endpoint"\n');
    expect(await mctpkit(['config', 'check', path])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`mctpkit: ${path}:3: unknown key "rol" in [links.a]: did you mean "role"?`),
    });
    expect(await mctpkit(['config', 'chek'])).toMatchObject({ code: 2 });
  });
});

describe('a configuration', () => {
  it('gives devices the EIDs it has for them, and remembers the others', async () => {
    const state = join(folder, 'eids.json');
    const config = file(
      'bench.toml',
      `[bus-owner]\nstate-file = ${JSON.stringify(state)}\n[links.bus]\nurl = "bench:smbus0"\n` +
        '[devices.ssd]\nlink = "bus"\naddress = 0x1d\neid = 77\n',
    );
    const words = ['discover', '--json', '--link', 'bench:smbus0'];
    const first = JSON.parse((await mctpkit([...words, '--config', config])).stdout);
    expect(first.endpoints.find(({ eid }: { eid: number }) => eid === 77)).toMatchObject({ physicalAddress: '1d' });
    const remembered = Object.values(JSON.parse(readFileSync(state, 'utf8')).eids);
    expect(remembered).toContain(77);
    const second = JSON.parse((await mctpkit(words, { env: { MCTPKIT_CONFIG: config } })).stdout);
    const pairs = (found: typeof first) => found.endpoints.map((e: { eid: number; uuid: string }) => [e.eid, e.uuid]);
    expect(pairs(second)).toEqual(pairs(first));
  });
});

describe('discover --watch', () => {
  it('tells what appears, degrades and comes back', () =>
    inVirtualTime(async (clock) => {
      const cable = new Cable(clock);
      const config = file('watch.toml', '[bus-owner]\npoll-ms = 200\nscan-ms = 300\n[control]\ntimeout-ms = 50\n');
      const words = ['discover', '--watch', '--json', '--link', cable.far, '--config', config];
      const watch = new RunningVerb(words, { clock });
      const emulated = () => new RunningVerb(['emulate', '--link', cable.near, '--device', 'nic'], { clock });
      await watch.line(/"endpoints":\[\]/);
      const first = emulated();
      expect(JSON.parse(await watch.line(/"appeared"/))).toMatchObject({ event: 'appeared', endpoint: { eid: 9 } });
      await first.stop();
      expect(JSON.parse(await watch.line(/"degraded"/))).toMatchObject({ endpoint: { connectivity: 'degraded' } });
      const second = emulated();
      expect(JSON.parse(await watch.line(/"recovered"/))).toMatchObject({
        endpoint: { eid: 9, connectivity: 'available' },
        what: 'was reset and has EID 9 again',
      });
      await second.stop();
      const { code, stdout, stderr } = await watch.stop();
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const [found, ...events] = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { event?: string });
      expect(misfits(found, SCHEMAS.discover!)).toEqual([]);
      for (const event of events) expect(misfits(event, SCHEMAS.watch!)).toEqual([]);
      expect(events.map(({ event }) => event)).toEqual(['appeared', 'degraded', 'recovered']);
      await cable.end();
    }));
});
