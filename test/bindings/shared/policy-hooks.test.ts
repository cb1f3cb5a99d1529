/** Every hook of a policy, in a module of the user's, on a network; and the hub. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HUB } from '../../../bindings/shared/server/policy.js';
import { acceptClient } from '../../../bindings/shared/server/served-client.js';
import { ServedNetwork, type ServedNetworkOptions } from '../../../bindings/shared/server/served-network.js';
import { SharedMctp, type SharedMctpOptions } from '../../../bindings/shared/shared-mctp.js';
import { settle, settleError } from '../../../hw-fixtures/testing/virtual-time.js';
import { loadPolicy } from '../../../tools/serve/load-policy.js';
import { memoryLines } from '../../support/memory-line.js';
import { PacketPeer } from '../../support/packet-peer.js';
import { oneStack } from '../../support/stacks.js';

const TYPE = 0x7e;
const toPeer = { eid: 9, network: 1 };
const folder = mkdtempSync(join(tmpdir(), 'mctpkit-hooks-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

async function world(options: Partial<ServedNetworkOptions> = {}) {
  const { clock, mctp, link } = await oneStack();
  const network = new ServedNetwork({ name: 't', stack: mctp, clock, time: () => clock.now(), ...options });
  const told: unknown[] = [];
  network.on(({ event, hook }) => event === 'policyFailed' && told.push(hook));
  const client = (more: Partial<SharedMctpOptions> = {}): Promise<SharedMctp> =>
    SharedMctp.open({
      name: 'shared:t',
      clock,
      connect: async (right) => {
        const [near, far] = memoryLines();
        acceptClient(network, far, right, { uid: 1000, pid: 4711 });
        return near;
      },
      ...more,
    });
  return { clock, mctp, link, network, told, client, peer: new PacketPeer(link, 8) };
}

/**
 * A network with a policy from a file; `calls` is what its hooks were called with. Their time is limited from `limit.isOn`
 * on: on a busy machine it is up for others, too.
 */
async function withModule(hooks: string) {
  const path = join(folder, `policy-${files++}.mjs`);
  const calls: unknown[][] = [];
  Object.assign(globalThis, { [path]: calls });
  writeFileSync(path, `const calls = globalThis['${path}'];\nexport default {\n${hooks}\n};\n`);
  const { policy, runHook } = await loadPolicy(path);
  const limit = { isOn: false };
  const made = await world({ policy, runHook: (hook) => (limit.isOn ? runHook(hook) : hook()) });
  return { calls, limit, ...made };
}

const PLAIN = 'newNode: (node, free, wanted) => wanted ?? free, handleMessage: (message, from, to) => to,';

describe('a policy of the user: every hook', () => {
  it('newNode gives the number, or refuses with a text', async () => {
    const { client, network } = await withModule(`
      newNode: (node, free, wanted) => node.description === 'evil' ? 'no evil here' : (wanted ?? free + 40),
      handleMessage: (message, from, to) => to,`);
    expect((await client()).hello.node).toBe(41);
    expect((await client({ hello: { node: 7 } })).hello.node).toBe(7);
    await expect(client({ hello: { description: 'evil' } })).rejects.toMatchObject({
      code: 'EACCES',
      message: expect.stringContaining('no evil here'),
    });
    expect(network.counters.refused).toBe(1);
  });

  it('handleMessage lets pass, changes, drops and chooses; depth counts how often it has passed', async () => {
    const { client, clock, peer, calls, network } = await withModule(`
      newNode: (node, free) => free,
      handleMessage: (message, from, to, depth) => {
        calls.push([message.type, from, [...to], depth]);
        if (message.payload[0] === 66) return [];
        if (message.payload[0] === 67) return { to, payload: Uint8Array.of(1, 2, 3) };
        return to;
      },`);
    const one = await client();
    const socket = one.socket();
    socket.bind({ type: TYPE });
    const send = (byte: number, to = toPeer) =>
      settle(clock, socket.send(to, Uint8Array.of(byte), { type: TYPE, reply: false }));
    await send(1);
    expect([...(await settle(clock, peer.received())).payload]).toEqual([1]);
    await send(67);
    expect([...(await settle(clock, peer.received())).payload]).toEqual([1, 2, 3]);
    await expect(send(66)).rejects.toMatchObject({ code: 'EACCES' });
    await peer.send({ type: TYPE, payload: Uint8Array.of(66) });
    await peer.send({ type: TYPE, payload: Uint8Array.of(67) });
    expect([...(await settle(clock, socket.receive())).payload]).toEqual([1, 2, 3]);
    expect(network.policy.dropped).toBe(2);
    calls.splice(0);
    // To an EID of our own: it comes back, and is asked about a second time.
    const other = (await client()).socket();
    await settle(clock, other.send({ eid: 8, network: 1 }, Uint8Array.of(5), { type: TYPE, reply: false }));
    expect(calls).toEqual([
      [TYPE, 2, [0], 0],
      [TYPE, 2, [1], 1],
    ]);
  });

  it('nodeAdded, nodeRemoving, networkCreated, networkResized, networkRemoved', async () => {
    const { client, clock, calls, network } = await withModule(`${PLAIN}
      nodeAdded: ({ node, uid }) => calls.push(['added', node, uid]),
      nodeRemoving: ({ node }) => calls.push(['removing', node]),
      networkCreated: (name) => calls.push(['created', name]),
      networkResized: (nodes) => calls.push(['resized', nodes]),
      networkRemoved: (name) => calls.push(['removed', name]),`);
    const one = await client();
    await settle(clock, one.manage('set', { name: 'max-nodes', value: 64 }));
    one.close();
    await settle(clock, network.close());
    expect(calls).toEqual([
      ['created', 't'],
      ['added', 1, 1000],
      ['resized', 64],
      ['removing', 1],
      ['removed', 't'],
    ]);
  });

  it('setOption may refuse, getOption says another value', async () => {
    const { client, clock } = await withModule(`${PLAIN}
      setOption: (name, value) => !(name === 'queue' && value > 10),
      getOption: (name) => (name === 'lossless' ? true : undefined),`);
    const one = await client();
    const set = (value: number) => settle(clock, one.manage('set', { name: 'queue', value }));
    await set(10);
    await expect(set(11)).rejects.toMatchObject({ code: 'EACCES' });
    const options = (await settle(clock, one.connection.call('options'))) as { name: string; value: unknown }[];
    const shown = (name: string) => options.find((option) => option.name === name)?.value;
    expect([shown('queue'), shown('lossless')]).toEqual([10, true]);
  });

  it('one which throws in every hook, or loops, is counted, and cannot stop the network', async () => {
    const { client, clock, network, told, limit } = await withModule(`
      newNode: (node, free) => free,
      handleMessage: () => { for (;;); },
      ...Object.fromEntries(['nodeAdded', 'nodeRemoving', 'networkCreated', 'networkResized', 'networkRemoved', 'setOption', 'getOption']
        .map((name) => [name, () => { throw new Error(name); }])),`);
    const one = await client();
    limit.isOn = true;
    const error = await settleError(clock, one.socket().send(toPeer, Uint8Array.of(1), { type: TYPE }));
    expect(error).toMatchObject({ code: 'EACCES' });
    await expect(settle(clock, one.manage('set', { name: 'queue', value: 9 }))).rejects.toMatchObject({
      code: 'EACCES',
    });
    await settle(clock, one.connection.call('options'));
    one.close();
    await settle(clock, network.close());
    expect(network.policy.faults).toBeGreaterThanOrEqual(6);
    expect(told).toEqual(
      expect.arrayContaining(['nodeAdded', 'handleMessage', 'setOption', 'getOption', 'nodeRemoving']),
    );
  });
});

describe('hub', () => {
  it('every node sees every message of its types but its own: what others send, and what they are answered', async () => {
    const { client, clock, peer } = await world({ policy: HUB });
    const [one, two, three] = [await client(), await client(), await client()].map((node) => node.socket());
    const heard: [string, number, number, boolean, number][] = [];
    for (const [name, socket] of Object.entries({ one, two, three })) {
      socket!.bind({ type: name === 'three' ? 5 : TYPE });
      socket!.onMessage(({ source, destination, tagOwner, payload }) => {
        heard.push([name, source, destination, tagOwner, payload[0]!]);
      });
    }
    const asked = one!.request(toPeer, Uint8Array.of(1), { type: TYPE });
    const { tag } = await settle(clock, peer.received());
    await peer.send({ type: TYPE, tag, tagOwner: false, payload: Uint8Array.of(2) });
    await settle(clock, asked);
    expect(heard.splice(0)).toEqual([
      ['two', 8, 9, true, 1],
      ['two', 9, 8, false, 2],
    ]);
    // Between nodes: all but who sent it, once.
    await settle(clock, one!.send({ eid: 8, network: 1 }, Uint8Array.of(3), { type: TYPE, reply: false }));
    expect(heard.splice(0)).toEqual([['two', 8, 8, true, 3]]);
    await peer.send({ type: TYPE, payload: Uint8Array.of(4) });
    expect(heard.map(([name]) => name)).toEqual(['one', 'two']);
  });

  it('switch: nobody else sees it', async () => {
    const { client, clock, peer } = await world();
    const [one, two] = [await client(), await client()].map((node) => node.socket());
    const heard: unknown[] = [];
    two!.bind({ type: TYPE });
    two!.onMessage((message) => heard.push(message));
    await settle(clock, one!.send(toPeer, Uint8Array.of(1), { type: TYPE, reply: false }));
    await settle(clock, peer.received());
    expect(heard).toEqual([]);
  });
});

describe('errors are pushed to the idle sockets they concern', () => {
  async function sockets() {
    const made = await world();
    const { client, clock } = made;
    const one = await client();
    const other = await client();
    const [connected, holder, bound, idle] = [one.socket(), one.socket(), one.socket(), other.socket()];
    connected.connect({ ...toPeer, type: TYPE });
    connected.bind({ type: TYPE });
    holder.allocateTag(toPeer);
    bound.bind({ type: 5, eid: 8 });
    idle.bind({ type: 6 });
    await settle(clock, one.connection.call('nodes'));
    const heard: { readonly socket: unknown; readonly code: string; readonly eid: number }[] = [];
    for (const node of [one, other]) {
      node.on('socketError', ({ socket, error, eid }) => heard.push({ socket, code: error.code, eid }));
    }
    return { ...made, connected, holder, bound, heard };
  }

  it('link down: those which have to do with a peer behind it', async () => {
    const { mctp, link, connected, holder, heard } = await sockets();
    await mctp.closeLink(link.name);
    expect(heard).toEqual([
      { socket: connected, code: 'ENETDOWN', eid: 9 },
      { socket: holder, code: 'ENETDOWN', eid: 9 },
    ]);
  });

  it('peer removed: those which are connected to it, or hold a tag for it', async () => {
    const { network, link, connected, holder, heard } = await sockets();
    const lost = (eid: number) =>
      network.endpointEvent({
        type: 'vanished',
        at: 0,
        reason: 'silent',
        endpoint: { eid, network: 1, link: link.name } as never,
      });
    lost(10);
    expect(heard).toEqual([]);
    lost(9);
    expect(heard).toEqual([
      { socket: connected, code: 'EHOSTUNREACH', eid: 9 },
      { socket: holder, code: 'EHOSTUNREACH', eid: 9 },
    ]);
  });

  it('our EID changed: those which are bound to it', async () => {
    const { mctp, link, bound, heard } = await sockets();
    mctp.removeAddress(8, link.name);
    expect(heard).toEqual([{ socket: bound, code: 'EADDRNOTAVAIL', eid: 8 }]);
  });
});
