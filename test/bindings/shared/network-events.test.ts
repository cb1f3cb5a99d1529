/** What a served network tells out of band, its options at run time, and its end. */

import { describe, expect, it } from 'vitest';
import type { NetworkOptionValues } from '../../../bindings/shared/server/network-options.js';
import { acceptClient } from '../../../bindings/shared/server/served-client.js';
import { type NetworkEvent, ServedNetwork } from '../../../bindings/shared/server/served-network.js';
import { SharedMctp, type SharedMctpOptions } from '../../../bindings/shared/shared-mctp.js';
import { isSettled, pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { type MemoryLine, memoryLines } from '../../support/memory-line.js';
import { PacketPeer } from '../../support/packet-peer.js';
import { oneStack } from '../../support/stacks.js';

const TYPE = 0x7e;

async function world(options: Partial<NetworkOptionValues> = {}) {
  const { clock, mctp, link } = await oneStack();
  let ends = 0;
  const network = new ServedNetwork({
    name: 't',
    stack: mctp,
    clock,
    time: () => clock.now(),
    options: { queue: 2, ...options },
    lastLeft: () => ends++,
  });
  const events: NetworkEvent[] = [];
  network.on((event) => events.push(event));
  const lines: MemoryLine[] = [];
  const client = (more: Partial<SharedMctpOptions> = {}): Promise<SharedMctp> =>
    SharedMctp.open({
      name: 'shared:t',
      clock,
      ...more,
      connect: async (right) => {
        const [near, far] = memoryLines();
        acceptClient(network, far, right, { uid: 1000, pid: 4711 });
        lines.push(near);
        return near;
      },
    });
  const told = (): string[] => events.splice(0).map(({ event }) => event);
  return { clock, mctp, link, network, events, told, client, lines, ends: () => ends, peer: new PacketPeer(link, 8) };
}

describe('events (OOB)', () => {
  it('node joined and left, readers and writers changed', async () => {
    const { clock, client, told } = await world();
    const one = await client();
    const socket = one.socket();
    socket.bind({ type: TYPE });
    await settle(clock, one.connection.call('nodes'));
    socket.close();
    await settle(clock, one.connection.call('nodes'));
    one.close();
    expect(told()).toEqual(['nodeJoined', 'bound', 'unbound', 'nodeLeft']);
  });

  it('link up, down and removed, each once', async () => {
    const { mctp, link, told } = await world();
    await mctp.closeLink(link.name);
    await mctp.openLink(link.name);
    await mctp.removeLink(link.name);
    expect(told().filter((event) => event.startsWith('link'))).toEqual([
      'linkDown',
      'linkUp',
      'linkDown',
      'linkRemoved',
    ]);
  });

  it('endpoint found, changed and lost', async () => {
    const { network, events } = await world();
    const endpoint = { eid: 9, network: 1, link: 'x', physicalAddress: '1d', uuid: undefined } as never;
    network.endpointEvent({ type: 'appeared', at: 0, endpoint });
    network.endpointEvent({ type: 'changed', at: 0, endpoint, what: 'EID 9 -> 10' });
    network.endpointEvent({ type: 'vanished', at: 0, endpoint, reason: 'silent' });
    expect(events).toMatchObject([
      { event: 'endpointFound', eid: 9, link: 'x', physicalAddress: '1d', what: null },
      { event: 'endpointChanged', what: 'EID 9 -> 10' },
      { event: 'endpointLost', what: 'silent' },
    ]);
  });

  it('option changed, loss', async () => {
    const { clock, client, events, lines, peer } = await world();
    const one = await client();
    one.socket().bind({ type: TYPE });
    await settle(clock, one.manage('set', { name: 'queue', value: 1 }));
    expect(events.at(-1)).toMatchObject({ event: 'optionChanged', name: 'queue', value: 1 });
    lines[0]!.pause();
    for (let i = 0; i < 3; i++) await peer.send({ type: TYPE });
    expect(events.at(-1)).toMatchObject({ event: 'loss', node: 1, dropped: 1 });
  });

  it('a client hears those which it asked for, and no others', async () => {
    const { clock, client } = await world();
    const one = await client();
    const heard: unknown[] = [];
    one.on('told', ({ event }) => heard.push(event));
    await settle(clock, one.connection.call('events', { names: ['optionChanged'] }));
    await settle(clock, one.manage('set', { name: 'queue', value: 7 }));
    await client();
    expect(heard).toEqual(['optionChanged']);
  });
});

describe('options at run time', () => {
  it('each has its range, default, unit and who may change it; what is fixed stays', async () => {
    const { clock, client, network } = await world();
    const one = await client();
    const set = (name: string, value: unknown) => settle(clock, one.manage('set', { name, value: value as never }));
    await set('max-nodes', 64);
    expect(network.values['max-nodes']).toBe(64);
    await expect(set('max-nodes', 0)).rejects.toThrow(/max-nodes must be a whole number from 1 to 1024/);
    await expect(set('lossless', 1)).rejects.toThrow(/lossless must be true or false/);
    await expect(set('nonsense', 1)).rejects.toMatchObject({ code: 'ENOENT' });
    for (const name of ['policy', 'mode', 'message-bytes']) {
      const { value } = network.shownOptions().find((option) => option.name === name)!;
      await expect(set(name, value)).rejects.toMatchObject({ code: 'ENOTSUP' });
    }
    const queue = network.shownOptions().find(({ name }) => name === 'queue');
    expect(queue).toMatchObject({ least: 1, most: 65_536, default: 8, unit: 'messages', who: 'manage', value: 2 });
  });
});

describe('sysctl: limits.* of the stack', () => {
  it('are checked, dependent values follow, and each change is told', async () => {
    const { clock, client, network, mctp, events } = await world();
    const one = await client();
    const set = (name: string, value: number) => settle(clock, one.manage('set', { name, value }));
    const changes = () => events.splice(0).flatMap((event) => (event.event === 'optionChanged' ? [event] : []));
    await set('limits.assemblies', 256);
    expect(mctp.limits.assemblies).toBe(256);
    expect(changes()).toMatchObject([{ name: 'limits.assemblies', value: 256 }]);
    await set('limits.assembly-bytes', 131_072);
    expect(changes()).toMatchObject([
      { name: 'limits.assembly-bytes', value: 131_072 },
      { name: 'limits.assembly-bytes-per-peer', value: 131_072 },
    ]);
    await expect(set('limits.assembly-bytes', 1000)).rejects.toThrow(
      'limits.assembly-bytes must be at least limits.message-bytes (65536)',
    );
    await expect(set('limits.assemblies', 0)).rejects.toThrow(
      'limits.assemblies must be a whole number from 1 to 65536',
    );
    await expect(set('limits.nonsense', 1)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(changes()).toEqual([]);
    const shown = network.shownOptions().filter(({ name }) => name.startsWith('limits.'));
    expect(shown).toHaveLength(12);
    expect(shown[1]).toEqual({
      name: 'limits.assemblies',
      value: 256,
      default: 512,
      least: 1,
      most: 65_536,
      unit: 'messages',
      who: 'manage',
      what: 'messages which are being put together, for each link',
    });
  });
});

describe('a network ends with its last node unless the configuration keeps it (keep)', () => {
  const looker = { right: 'receive' } as const;

  it('keep = false: with the last one, but not with one that only looks', async () => {
    const { client, ends } = await world({ keep: false });
    (await client(looker)).close();
    expect(ends()).toBe(0);
    const [one, two] = [await client(), await client()];
    one.close();
    expect(ends()).toBe(0);
    const look = await client(looker);
    two.close();
    expect(ends()).toBe(0);
    look.close();
    expect(ends()).toBe(1);
  });

  it('a persistent node keeps it while its process is away', async () => {
    const { clock, client, network, ends } = await world({ keep: false });
    const one = await client();
    await settle(clock, one.manage('persist', { node: 1, name: 'poller' }));
    one.close();
    expect(ends()).toBe(0);
    network.kick(1);
    expect(ends()).toBe(1);
  });

  it('it stays by default, and a manager may change that', async () => {
    const { clock, client, ends } = await world();
    (await client()).close();
    const one = await client();
    await settle(clock, one.manage('set', { name: 'keep', value: false }));
    expect(ends()).toBe(0);
    one.close();
    expect(ends()).toBe(1);
  });
});

describe('poll, idle cost', () => {
  it('an idle network and its idle clients have no timer, in an hour too', async () => {
    const { clock, client, peer } = await world();
    const before = clock.pending;
    const clients = await Promise.all(Array.from({ length: 8 }, () => client()));
    const sockets = clients.map((one, index) => {
      const socket = one.socket();
      socket.bind({ type: TYPE - index });
      return socket;
    });
    for (const one of clients) await settle(clock, one.connection.call('events', { names: ['loss'] }));
    await peer.send({ type: TYPE });
    await settle(clock, sockets[0]!.receive());
    expect([before, clock.pending]).toEqual([0, 0]);
    await pass(clock, 3_600_000);
    expect(clock.pending).toBe(0);
  });
});

describe('get_port: a binding may ask for any free EID of ours', () => {
  it('each gets another one, until there are no more', async () => {
    const { clock, client, mctp, link } = await world();
    mctp.addAddress(20, link.name);
    const one = await client();
    const bind = (handle: number) => settle(clock, one.connection.call('bind', { handle, type: TYPE, freeEid: true }));
    expect([await bind(101), await bind(102)]).toEqual([{ eid: 8 }, { eid: 20 }]);
    await expect(bind(103)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('shutdown (TERMINATED)', () => {
  it('tells every node, empties queues within a limit, then goes', async () => {
    const { clock, client, network, lines, peer } = await world();
    const one = await client();
    const socket = one.socket();
    socket.bind({ type: TYPE });
    await settle(clock, one.connection.call('nodes'));
    const told: unknown[] = [];
    one.on('told', ({ event }) => told.push(event));
    lines[0]!.pause();
    await peer.send({ type: TYPE, payload: Uint8Array.of(5) });
    const closed = network.close();
    await pass(clock, 100);
    expect(await isSettled(closed)).toBe(false);
    lines[0]!.resume();
    await settle(clock, closed);
    expect(told).toContain('terminated');
    expect([...(await settle(clock, socket.receive())).payload]).toEqual([5]);
    expect(network.nodes()).toEqual([]);
  });

  it('a node which does not read holds it up no longer than shutdown-ms', async () => {
    const { clock, client, network, lines, peer } = await world();
    (await client()).socket().bind({ type: TYPE });
    lines[0]!.pause();
    await peer.send({ type: TYPE });
    const closed = network.close();
    await pass(clock, 1_900);
    expect(await isSettled(closed)).toBe(false);
    await pass(clock, 200);
    expect(await isSettled(closed)).toBe(true);
  });
});
