/** `mctpkit serve` and its clients over real Unix sockets. */

import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseLinkUrl } from '../../bindings/link-url.js';
import type { SharedNode } from '../../bindings/shared/shared-protocol.js';
import { systemClock } from '../../bindings/system-clock.js';
import { openShared } from '../../tools/stacks/shared-stack.js';
import { RunningCommand } from '../support/cli.js';
import { emulatedDevice } from '../support/emulated-device.js';
import { mctpkit } from '../support/in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-serve-'));
afterAll(() => rmSync(folder, { recursive: true }));

const real = { realTime: true };

describe('mctpkit serve', () => {
  it('says when clients may come, serves verbs at the same time, and takes its sockets away', async () => {
    const server = new RunningCommand(['serve', '--link', 'bench:', '--name', 't', '--dir', folder, '--json']);
    const ready = JSON.parse(await server.line(/"ready"/)) as unknown;
    expect(ready).toEqual({ event: 'ready', network: 't', folder: `${folder}/t` });
    expect(statSync(`${folder}/t/manage`).mode & 0o077).toBe(0);
    const link = ['--link', `shared:${folder}/t`];
    const [discovered, pinged, sensors, again] = await Promise.all([
      mctpkit(['discover', '--json', ...link], real),
      mctpkit(['ping', '9', '-W', '30s', '-c', '3', '-i', '10ms', ...link], real),
      mctpkit(['sensors', '9', ...link], real),
      mctpkit(['serve', '--link', 'bench:', '--name', 't', '--dir', folder], real),
    ]);
    expect((JSON.parse(discovered.stdout) as { endpoints: unknown[] }).endpoints).toHaveLength(7);
    expect(pinged.stdout).toContain('3 sent, 3 received');
    expect(sensors.stdout).toContain('°C');
    expect(again.stderr).toMatch(/in use: the network is served already/);
    const nodes = await mctpkit(['network', 'nodes', '--json', ...link], real);
    expect(JSON.parse(nodes.stdout)).toEqual({ network: 't', policy: 'switch', nodes: [] });
    const added = await mctpkit(['route', 'add', '200', 'via', 'bench:smbus0', ...link], real);
    expect(added.stderr).toBe('');
    expect((await mctpkit(['route', ...link], real)).stdout).toContain('eid min 200 max 200');
    const doctor = async () => {
      const { code, stdout } = await mctpkit(['doctor', '--json', ...link], real);
      const { checks } = JSON.parse(stdout) as { checks: { id: string; status: string; what: string }[] };
      return { code, checks: checks.filter(({ id }) => id.startsWith(`link:${link[1]}`)) };
    };
    const isUp = (name: string) => ({
      id: `link:${link[1]}:${name}`,
      status: 'ok',
      what: `${link[1]}: ${name} is up`,
    });
    expect((await doctor()).checks).toEqual(['bench:smbus0', 'bench:serial0'].map(isUp));
    expect(await server.stop()).toMatchObject({ code: 0 });
    expect(existsSync(`${folder}/t`)).toBe(false);
    // A network which is not served is something of this machine: in the report, not instead of it.
    const gone = await doctor();
    expect(gone).toMatchObject({ code: 1, checks: [{ id: `link:${link[1]}`, status: 'broken' }] });
    expect(gone.checks[0]!.what).toContain('start a server with mctpkit serve');
  });

  it('takes over the sockets of a dead server; of a living one a second creator is told, and of another policy', async () => {
    const server = new RunningCommand([
      'serve',
      '--link',
      'bench:serial0',
      '--name',
      'stale',
      '--dir',
      folder,
      '--json',
    ]);
    await server.line(/"ready"/);
    const listed = async (): Promise<string> =>
      (await mctpkit(['network', 'list', '--dir', folder], { realTime: true })).stdout;
    expect(await listed()).toContain('stale');
    const again = await mctpkit(['serve', '--link', 'bench:serial0', '--name', 'stale', '--dir', folder], {
      realTime: true,
    });
    expect(again.code).not.toBe(0);
    expect(again.stderr).toContain(`the network is served already; use it with --link shared:${folder}/stale`);
    // A second creator with another policy is told of that.
    const other = join(folder, 'other-policy.toml');
    writeFileSync(other, '[links.a]\nurl = "bench:serial0"\n[serve.stale]\npolicy = "hub"\n');
    const refused = await mctpkit(['serve', '--config', other, '--dir', folder], { realTime: true });
    expect(refused.stderr).toContain('stale is served already, with the policy switch and not hub: use it as it is');
    expect(refused.code).not.toBe(0);
    server.child.kill('SIGKILL');
    await server.finished;
    expect(existsSync(`${folder}/stale/use`)).toBe(true);
    expect(await listed()).not.toContain('stale');
    const next = new RunningCommand(['serve', '--link', 'bench:serial0', '--name', 'stale', '--dir', folder, '--json']);
    await next.line(/"ready"/);
    expect(await next.stop()).toMatchObject({ code: 0 });
  });

  it('killed and started again: its client comes back by itself, and persistent nodes are there', async () => {
    const start = async (): Promise<RunningCommand> => {
      const server = new RunningCommand(['serve', '-l', 'bench:serial0', '--name', 'back', '--dir', folder, '--json']);
      await server.line(/"ready"/);
      return server;
    };
    const url = `shared:${folder}/back`;
    const nodes = async (): Promise<SharedNode[]> => {
      const shown = await mctpkit(['network', 'nodes', '--json', '--link', url], real);
      return (JSON.parse(shown.stdout) as { nodes: SharedNode[] }).nodes;
    };
    const first = await start();
    const client = await openShared(parseLinkUrl(`${url}?description=poller`), systemClock, {});
    const socket = client.socket();
    socket.bind({ type: 5 });
    // The event and the answer come by two connections, in any order.
    const isTold = new Promise<void>((resolve) => {
      client.on('told', ({ event }) => event === 'persistent' && resolve());
    });
    await client.manage('persist', { node: client.hello.node, name: 'poller' });
    await isTold;
    const told: unknown[] = [];
    const isBack = new Promise<void>((resolve) => {
      client.on('told', ({ event }) => {
        told.push(event);
        if (event === 'serverBack') resolve();
      });
    });
    first.child.kill('SIGKILL');
    await first.finished;
    const second = await start();
    expect((await nodes()).map(({ persistent }) => persistent)).toEqual(['poller']);
    await isBack;
    expect(told[0]).toBe('serverLost');
    await client.connection.call('searched');
    const answer = await socket.request({ eid: 9, network: 1 }, Uint8Array.of(0x81, 2), { type: 0 });
    expect([...answer.payload.subarray(0, 4)]).toEqual([0x01, 2, 0, 9]);
    expect(await nodes()).toMatchObject([
      { persistent: 'poller', present: true, description: 'poller', bindings: [{ type: 5 }] },
    ]);
    await client.manage('persist', { node: client.hello.node });
    client.close();
    expect(await second.stop()).toMatchObject({ code: 0 });
    expect(existsSync(`${folder}/back`)).toBe(false);
  });

  it('whoever names a link that a server holds uses the server, but not with --alone', async () => {
    const device = await emulatedDevice('[wires.w]\nkind = "serial"\n[devices.dev]\nwire = "w"\n');
    const env = { XDG_RUNTIME_DIR: folder };
    const server = new RunningCommand(['serve', '-l', device.link, '--name', 'held', '--json'], { env });
    try {
      await server.line(/"ready"/);
      const [shown, alone, two] = [
        await mctpkit(['link', '--link', device.link], { ...real, env }),
        await mctpkit(['link', '--link', device.link, '--alone'], { ...real, env }),
        await mctpkit(['link', '--link', device.link, '--link', 'bench:'], { ...real, env }),
      ];
      expect(shown.stderr.trim()).toBe(
        `${device.link} is used through shared:held, which holds it (--alone refuses that)`,
      );
      expect(shown.code).toBe(0);
      expect(alone.stderr).not.toContain('shared:held');
      expect(two.stderr).toMatch(/is held by shared:held, and other links are not: name them in two commands/);
      expect(two.code).toBe(2);
      server.child.kill('SIGKILL');
      await server.finished;
      const dead = await mctpkit(['link', '--link', device.link], { ...real, env });
      expect(dead.stderr).toBe('');
    } finally {
      await server.stop();
      await device.close();
    }
  });

  it('keep = false: ends with its last node, and the server with it; limits are set, shown and read from the file', async () => {
    const config = join(folder, 'ends.toml');
    writeFileSync(config, '[links.a]\nurl = "bench:serial0"\n[limits]\nassemblies = 100\n[serve.ends]\nkeep = false\n');
    const server = new RunningCommand(['serve', '--config', config, '--dir', folder, '--json']);
    await server.line(/"ready"/);
    const link = ['--link', `shared:${folder}/ends`];
    const set = await mctpkit(['network', 'set', 'limits.assembly-bytes=131072', ...link], real);
    expect(set).toMatchObject({ code: 0, stderr: '' });
    const names = ['assemblies', 'assembly-bytes', 'assembly-bytes-per-peer'].map((name) => `limits.${name}`);
    const shown = await mctpkit(['network', 'get', ...names, ...link], real);
    expect(shown.stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([
      ...['limits.assemblies=100', 'limits.assembly-bytes=131072', 'limits.assembly-bytes-per-peer=131072', ''],
    ]);
    const refused = await mctpkit(['network', 'set', 'limits.assemblies=0', ...link], real);
    expect(refused.stderr).toBe('mctpkit: limits.assemblies must be a whole number from 1 to 65536\n');
    // Those only looked, and managed; this is a node.
    await mctpkit(['ping', '9', '-W', '30s', '-c', '1', ...link], real);
    await server.line(/"ended"/);
    expect(existsSync(`${folder}/ends`)).toBe(false);
    expect(await server.finished).toMatchObject({ code: 0 });
  });

  it('SIGHUP: links, roles, networks and options change; what stays is not disturbed', async () => {
    const file = join(folder, 'hup.toml');
    const smbus = '[links.a]\nurl = "bench:smbus0"\n';
    const serial = '[links.b]\nurl = "bench:serial0"\n';
    writeFileSync(file, `${smbus}[serve.one]\nqueue = 8\n[serve.two]\n`);
    const server = new RunningCommand(['serve', '--config', file, '--dir', folder, '--json']);
    await server.line(/"ready","network":"two"/);
    const client = await openShared(parseLinkUrl(`shared:${folder}/one`), systemClock, {});
    const told: unknown[] = [];
    client.on('told', ({ event, link }) => told.push([event, link]));
    await client.searched();
    const reload = async (text: string): Promise<{ changed: string[]; needsRestart: string[] }> => {
      writeFileSync(file, text);
      const next = server.line(/"reloaded"/);
      server.child.kill('SIGHUP');
      return JSON.parse(await next) as never;
    };
    expect(await reload(`${smbus}${serial}[serve.one]\nqueue = 9\nmode = "0770"\n[serve.three]\n`)).toMatchObject({
      changed: [
        'link bench:serial0 added',
        'roles taken anew',
        'one: queue',
        'network two removed',
        'network three added',
      ],
      needsRestart: ['one: mode'],
    });
    expect(existsSync(`${folder}/two`)).toBe(false);
    expect((await mctpkit(['network', 'nodes', '--link', `shared:${folder}/three`], real)).code).toBe(0);
    expect((await client.links()).map(({ name }) => name)).toEqual(['bench:smbus0', 'bench:serial0']);
    expect(told).toEqual([['linkUp', 'bench:serial0']]);
    const ping = await mctpkit(['ping', '9', '-W', '30s', '-c', '1', '--link', `shared:${folder}/one`], real);
    expect(ping.stdout).toContain('1 sent, 1 received');
    client.close();
    expect(await server.stop()).toMatchObject({ code: 0 });
  });

  it('SIGHUP with an error in the file changes nothing', async () => {
    const file = join(folder, 'hup2.toml');
    writeFileSync(file, '[links.a]\nurl = "bench:serial0"\n[serve.kept]\n');
    const server = new RunningCommand(['serve', '--config', file, '--dir', folder, '--json']);
    await server.line(/"ready"/);
    const missing = '[links.a]\nurl = "serial:/dev/no-such-tty"\n[serve.kept]\n';
    for (const [text, what] of [
      ['colour = 1', /"problem".*colour/],
      [missing, /"problem".*no-such-tty/],
    ] as const) {
      writeFileSync(file, text);
      const problem = server.line(what);
      server.child.kill('SIGHUP');
      expect(await problem).toContain('the configuration was not read again');
    }
    const ping = await mctpkit(['ping', '9', '-W', '30s', '-c', '1', '--link', `shared:${folder}/kept`], real);
    expect(ping.stdout).toContain('1 sent, 1 received');
    expect(await server.stop()).toMatchObject({ code: 0 });
  });

  it.each([
    [['serve'], /nothing to serve: name a link/],
    [['serve', '--link', 'bench:', '--name', 'a/b'], /"a\/b" is not the name of a network/],
    [['serve', '--link', 'bench:', '--dir', 'FILE'], /is not a folder: choose another with --dir/],
    // Where making a folder with its parents never ends.
    [['serve', '--link', 'bench:', '--dir', '/proc/foo'], /the folder \/proc\/foo.* cannot be made/],
    [['serve', '--link', 'bench:', '--dir', `/tmp/${'x'.repeat(120)}`], /too long for a socket/],
    [['ping', '9', '--link', 'shared:/nowhere/t'], /there is no \/nowhere\/t\/use: start a server with mctpkit serve/],
    [['network', 'nodes', '--link', 'bench:'], /bench: is not a served network/],
    [['network', 'nods'], /no word "nods" \(did you mean nodes\?\)/],
    [['network', 'set', 'queue'], /"queue" sets nothing: write NAME=VALUE/],
  ])('%j: one line and exit code 2', async (args, what) => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const result = await mctpkit(
      args.map((word) => (word === 'FILE' ? file : word)),
      real,
    );
    expect(result.stderr).toMatch(what);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.code).toBe(2);
  });

  it.each([
    ['policy = "swich"', /no policy "swich" \(did you mean switch\?\)/],
    ['policy = "./missing.mjs"', /policy \.\/missing\.mjs: there is no such module/],
    ['queue = 0', /queue/],
    ['colour = 1', /colour/],
    ['mode = "9"', /not a mode/],
    ['group = "no-such-group"', /there is no group no-such-group: make it with groupadd --system no-such-group/],
    ['owner = "no-such-user"', /there is no user no-such-user/],
  ])('[serve.x] %s: one line', async (text, what) => {
    const file = join(folder, 'bad.toml');
    writeFileSync(file, `[links.a]\nurl = "bench:serial0"\n[serve.x]\n${text}\n`);
    const result = await mctpkit(['serve', '--config', file, '--dir', folder], real);
    expect(result.stderr).toMatch(what);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.code).toBe(2);
    expect(existsSync(`${folder}/x`)).toBe(false);
  });

  it('that fails leaves none of the folders which it made for its networks, and those which were there', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const made = join(folder, 'made');
    mkdirSync(join(folder, 'there'));
    for (const dir of [join(made, 'nets'), join(folder, 'there')]) {
      const words = ['serve', '--link', 'bench:serial0', '--http', `127.0.0.1:${port}`, '--dir', dir];
      expect((await mctpkit(words, real)).stderr).toContain('another program uses it');
    }
    expect(existsSync(made)).toBe(false);
    expect(readdirSync(join(folder, 'there'))).toEqual([]);
    taken.close();
  });
});
