import { describe, expect, it } from 'vitest';
import { FRAME_HEADER, FrameReader, jsonFrame, readJson } from '../../../bindings/shared/frame.js';
import { encodeMessageFrame, MESSAGE_OP, NO_MESSAGE } from '../../../bindings/shared/message-frame.js';
import { socketMode } from '../../../bindings/shared/server/network-folder.js';
import { HUB, type Policy } from '../../../bindings/shared/server/policy.js';
import { acceptClient } from '../../../bindings/shared/server/served-client.js';
import { ServedNetwork, type ServedNetworkOptions } from '../../../bindings/shared/server/served-network.js';
import { SharedMctp, type SharedMctpOptions } from '../../../bindings/shared/shared-mctp.js';
import { isSettled, pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { type MemoryLine, memoryLines } from '../../support/memory-line.js';
import { PacketPeer } from '../../support/packet-peer.js';
import { oneStack } from '../../support/stacks.js';

const TYPE = 0x7e;

async function world(options: Partial<ServedNetworkOptions> = {}) {
  const { clock, mctp, link } = await oneStack();
  const make = () => new ServedNetwork({ name: 't', stack: mctp, clock, time: () => clock.now(), ...options });
  const state = { network: make() as ServedNetwork | undefined };
  const lines: MemoryLine[] = [];
  const client = (more: Partial<SharedMctpOptions> = {}): Promise<SharedMctp> => {
    const connect: SharedMctpOptions['connect'] = async (right) => {
      const [near, far] = memoryLines();
      if (state.network === undefined) far.destroy();
      else acceptClient(state.network, far, right, { uid: 1000, pid: 4711 });
      lines.push(near);
      return near;
    };
    return SharedMctp.open({ name: 'shared:t', clock, connect, ...more });
  };
  const network = (): ServedNetwork => state.network!;
  return { clock, mctp, link, peer: new PacketPeer(link, 8), lines, client, network, state, make };
}

const toPeer = { eid: 9, network: 1 };

describe('a served network', () => {
  it('knows who is there', async () => {
    const { client, network } = await world();
    const one = await client({ hello: { description: 'poller' } });
    one.socket().bind({ type: TYPE });
    const [node] = network().nodes();
    expect(node).toMatchObject({ node: 1, description: 'poller', right: 'use', uid: 1000, pid: 4711, present: true });
    expect(node!.bindings).toEqual([{ type: TYPE, network: 0, eid: 255, peer: null }]);
    one.close();
    expect(network().nodes()).toEqual([]);
  });

  it('tells who hears packets, and reads too slowly, how many it has lost', async () => {
    const { client, lines, clock, mctp, link } = await world();
    const shared = await client();
    const heard: (string | undefined)[] = [];
    const tapping = shared.tap([link.name], ({ fault, direction }) => void heard.push(fault ?? direction));
    await settle(clock, tapping);
    const sends = () => settle(clock, mctp.socket().send(toPeer, Uint8Array.of(1), { type: TYPE, reply: false }));
    await sends();
    const far = lines[0]!.other;
    let unsent = 2 * 1024 * 1024;
    Object.defineProperty(far, 'unsent', { get: () => unsent });
    for (let i = 0; i < 5; i++) await sends();
    expect(heard).toEqual(['tx']);
    unsent = 0;
    await sends();
    expect(heard).toEqual(['tx', '5 packets were lost', 'tx']);
    shared.close();
  });

  it('a receive node cannot send, a use node cannot manage', async () => {
    const { client, clock } = await world();
    const reader = await client({ right: 'receive' });
    const sent = reader.socket().send(toPeer, Uint8Array.of(1), { type: TYPE });
    await expect(settle(clock, sent)).rejects.toMatchObject({ code: 'EACCES' });
    const user = await client();
    const set = user.connection.call('set', { name: 'queue', value: 9 });
    await expect(settle(clock, set)).rejects.toMatchObject({ code: 'EACCES' });
    await user.manage('set', { name: 'queue', value: 9 });
  });

  it('has at most max-nodes nodes', async () => {
    const { client } = await world({ options: { 'max-nodes': 2 } });
    await client();
    await client();
    await expect(client()).rejects.toMatchObject({ code: 'ENOBUFS' });
  });

  it('a type is bound once: the second node is told at once', async () => {
    const { client } = await world();
    (await client()).socket().bind({ type: TYPE });
    const other = (await client()).socket();
    expect(() => other.bind({ type: TYPE })).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
  });

  it('a hub gives a message to every node which bound it', async () => {
    const { client, clock, peer } = await world({ policy: HUB });
    const sockets = [await client(), await client()].map((node) => node.socket());
    for (const socket of sockets) socket.bind({ type: TYPE });
    await peer.send({ type: TYPE, payload: Uint8Array.of(7) });
    for (const socket of sockets) expect((await settle(clock, socket.receive())).payload[0]).toBe(7);
  });

  it('two pollers of one terminus: what they ask at the same time has another instance id and tag, and each gets its own', async () => {
    const { client, clock, peer } = await world();
    const pollers = [await client(), await client()].map((node) => node.socket());
    const accept = ({ payload }: { readonly payload: Uint8Array }): boolean => payload[0] === 0x03;
    const asked = pollers.map((socket, sensor) =>
      socket.request(toPeer, Uint8Array.of(0x83, 2, 0x11, sensor), { type: MESSAGE_TYPE.pldm, accept }),
    );
    const heard = [await settle(clock, peer.received()), await settle(clock, peer.received())];
    const ids = heard.map(({ payload }) => payload[0]! & 0x1f);
    expect(new Set(ids).size).toBe(2);
    expect(new Set(heard.map(({ tag }) => tag)).size).toBe(2);
    for (const { payload, tag } of heard.reverse()) {
      const body = Uint8Array.of(payload[0]! & 0x1f, 2, 0x11, 0, payload[3]!);
      await peer.send({ type: MESSAGE_TYPE.pldm, tag, tagOwner: false, payload: body });
    }
    const answers = await settle(clock, Promise.all(asked));
    expect(answers.map(({ payload }) => [...payload])).toEqual([
      [3, 2, 0x11, 0, 0],
      [3, 2, 0x11, 0, 1],
    ]);
  });

  it('NVMe-MI: two processes which ask one drive have one command at a time in a slot; primitives do not wait', async () => {
    const { client, clock, peer } = await world();
    const [one, two] = [await client(), await client()].map((node) => node.socket());
    const mi = { type: MESSAGE_TYPE.nvmeMi, timeoutMs: 60_000 };
    const command = (slot: number, mark: number): Uint8Array => Uint8Array.of(0x08 | slot, 0, 0, mark);
    const stop = new AbortController();
    const asked = [
      one!.request(toPeer, command(0, 1), mi),
      two!.request(toPeer, command(0, 2), mi),
      two!.request(toPeer, command(0, 3), { ...mi, signal: stop.signal }),
      two!.request(toPeer, command(1, 4), mi),
      two!.request(toPeer, Uint8Array.of(0, 0, 0, 5), mi),
    ];
    const next = () => settle(clock, peer.received());
    const answer = (tag: number): Promise<void> =>
      peer.send({ type: MESSAGE_TYPE.nvmeMi, tag, tagOwner: false, payload: Uint8Array.of(0x88) });
    const heard = [await next(), await next(), await next()].sort((a, b) => a.payload[3]! - b.payload[3]!);
    expect(heard.map(({ payload }) => payload[3])).toEqual([1, 4, 5]);
    stop.abort();
    await expect(settle(clock, asked[2]!)).rejects.toMatchObject({ code: 'ECANCELED' });
    await answer(heard[0]!.tag);
    const last = await next();
    expect(last.payload[3]).toBe(2);
    for (const { tag } of [...heard.slice(1), last]) await answer(tag);
    for (const index of [0, 1, 3, 4]) expect([...(await settle(clock, asked[index]!)).payload]).toEqual([0x88]);
  });

  it('abort ends one request, those to a peer, or all of a node: ECANCELED there, and nobody else notices', async () => {
    const { client, clock } = await world();
    const one = await client();
    const socket = one.socket();
    const bystander = (await client()).socket();
    const stop = new AbortController();
    const ask = (from: typeof socket, eid: number, signal?: AbortSignal) =>
      from.request({ eid, network: 1 }, Uint8Array.of(1), { type: TYPE, timeoutMs: 60_000, ...(signal && { signal }) });
    const other = ask(bystander, 9);
    const [single, toNine, toTen] = [ask(socket, 9, stop.signal), ask(socket, 9), ask(socket, 10)];
    const ended = { code: 'ECANCELED' };
    stop.abort();
    await expect(settle(clock, single)).rejects.toMatchObject(ended);
    const nine = expect(toNine).rejects.toMatchObject(ended);
    await settle(clock, one.connection.call('abort', { eid: 9 }));
    await nine;
    expect(await isSettled(toTen)).toBe(false);
    const ten = expect(toTen).rejects.toMatchObject(ended);
    await settle(clock, one.connection.call('abort'));
    await ten;
    expect(await isSettled(other)).toBe(false);
    bystander.close();
    await expect(other).rejects.toMatchObject({ code: 'ECANCELED', message: 'the socket was closed' });
  });

  it('a client which dies leaves no tag, binding, queue or timer', async () => {
    const { client, clock, lines, network, mctp } = await world();
    for (let round = 0; round < 100; round++) {
      const one = await client();
      const socket = one.socket();
      socket.bind({ type: TYPE });
      for (let i = 0; i < 8; i++) socket.allocateTag(toPeer);
      const waiting = socket.send({ eid: 10, network: 1 }, Uint8Array.of(1), { type: TYPE });
      const asked = socket.request({ eid: 11, network: 1 }, Uint8Array.of(1), { type: TYPE, timeoutMs: 60_000 });
      const ends = Promise.allSettled([waiting, asked]);
      lines.at(-1)!.destroy();
      one.close();
      await ends;
      expect(network().nodes()).toEqual([]);
      expect(network().bindings()).toEqual([]);
      expect(network().clients.size).toBe(0);
      await pass(clock, 7_000);
    }
    const socket = mctp.socket();
    for (let i = 0; i < 8; i++) socket.allocateTag({ eid: 11, network: 1 });
    socket.close();
    await network().close();
    await mctp.close();
    expect(clock.pending).toBe(0);
  });

  it('lossy: what a node does not read is dropped, counted and told; others get theirs', async () => {
    const { client, peer, network, lines, clock } = await world({ options: { queue: 4 } });
    const slow = await client();
    slow.socket().bind({ type: TYPE });
    const told: unknown[] = [];
    slow.on('told', (event) => told.push(event.event));
    const other = (await client()).socket();
    other.bind({ type: 5 });
    lines[0]!.pause();
    for (let i = 0; i < 10; i++) await peer.send({ type: TYPE, payload: Uint8Array.of(i) });
    await peer.send({ type: 5, payload: Uint8Array.of(1) });
    expect((await settle(clock, other.receive())).payload[0]).toBe(1);
    expect(network().nodes()[0]).toMatchObject({ queued: 4, dropped: 6, received: 4 });
    lines[0]!.resume();
    expect(told).toContain('loss');
  });

  it('lossless: the sender waits, and nothing is lost', async () => {
    const { client, network, lines, clock } = await world({ options: { queue: 2, lossless: true } });
    const slow = (await client()).socket();
    slow.bind({ type: TYPE });
    const sender = (await client()).socket();
    lines[0]!.pause();
    let sent = 0;
    const all = Array.from({ length: 6 }, (_, i) =>
      sender.send({ eid: 8, network: 1 }, Uint8Array.of(i), { type: TYPE, reply: false }).then(() => sent++),
    );
    await pass(clock, 10);
    expect(sent).toBe(2);
    lines[0]!.resume();
    await settle(clock, Promise.all(all));
    for (let i = 0; i < 6; i++) expect((await settle(clock, slow.receive())).payload[0]).toBe(i);
    expect(network().nodes()[0]).toMatchObject({ dropped: 0 });
  });

  it('a persistent node keeps its bindings and a queue, and is joined by one at a time', async () => {
    const { client, peer, clock, lines } = await world();
    const first = await client();
    first.socket().bind({ type: TYPE });
    await first.manage('persist', { node: 1, name: 'poller' });
    await expect(client({ hello: { join: 'poller' } })).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
    lines[0]!.destroy();
    first.close();
    await peer.send({ type: TYPE, payload: Uint8Array.of(5) });
    const again = (await client({ hello: { join: 'poller' } })).socket();
    again.bind({ type: TYPE });
    expect((await settle(clock, again.receive())).payload[0]).toBe(5);
    await expect(client({ hello: { join: 'nobody' } })).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('a policy which throws is counted, and the network goes on', async () => {
    const policy: Policy = {
      name: 'broken',
      newNode: (_node, free) => free,
      handleMessage: ({ type }, _from, to) => {
        if (type === TYPE) throw new Error('a bug');
        return to;
      },
    };
    const { client, clock, network, peer } = await world({ policy });
    const socket = (await client()).socket();
    await expect(settle(clock, socket.send(toPeer, Uint8Array.of(1), { type: TYPE }))).rejects.toMatchObject({
      code: 'EACCES',
    });
    expect(network().policy.faults).toBe(1);
    await settle(clock, socket.send(toPeer, Uint8Array.of(1), { type: 5, reply: false }));
    expect((await settle(clock, peer.received())).type).toBe(5);
  });

  it('when the server is killed clients hear it at once, and come back by themselves', async () => {
    const { client, clock, lines, state, make, peer } = await world();
    const one = await client();
    const socket = one.socket();
    socket.bind({ type: TYPE });
    const asked = socket.request(toPeer, Uint8Array.of(1), { timeoutMs: 60_000 });
    const outcome = expect(asked).rejects.toMatchObject({ code: 'ENETDOWN' });
    const dying = state.network!;
    state.network = undefined;
    lines[0]!.destroy();
    await outcome;
    await expect(socket.send(toPeer, Uint8Array.of(1))).rejects.toMatchObject({ code: 'ENETDOWN' });
    await dying.close();
    state.network = make();
    await pass(clock, 5_000);
    expect(one.isUp).toBe(true);
    await peer.send({ type: TYPE, payload: Uint8Array.of(3) });
    expect((await settle(clock, socket.receive())).payload[0]).toBe(3);
  });

  it('hostile frames end only the line they came by', async () => {
    const { client, clock, network } = await world();
    const good = await client();
    const hello = jsonFrame({ id: 1, op: 'hello', version: 1 });
    const message = encodeMessageFrame({ ...NO_MESSAGE, op: MESSAGE_OP.deliver });
    const hostile = [
      [Uint8Array.of(0, 0, 0, 0)],
      [message],
      [hello, message],
      [hello, Uint8Array.of(1, 0, 0, 0, 9)],
      [hello, hello],
      [jsonFrame({ op: 'nodes' })],
    ];
    for (const frames of hostile) {
      const [near, far] = memoryLines();
      let ended = false;
      near.listen({ data: () => {}, closed: () => (ended = true) });
      acceptClient(network(), far, 'use', undefined);
      for (const frame of frames) near.write(frame);
      expect(ended || frames[1] === hello).toBe(true);
      near.destroy();
    }
    expect(network().clients.size).toBe(1);
    await settle(clock, good.connection.call('nodes'));
  });

  it('wrong questions are answered with what would be right', async () => {
    const { client, clock } = await world();
    const one = await client();
    for (const [op, details, code] of [
      ['nonsense', {}, 'ENOTSUP'],
      ['bind', { handle: 0, type: 1 }, 'EINVAL'],
      ['bind', { handle: 1, type: 300 }, 'EINVAL'],
      ['untag', { handle: 1, tag: 5 }, 'ENOENT'],
      ['events', { names: 5 }, 'EINVAL'],
    ] as const) {
      await expect(settle(clock, one.connection.call(op, details))).rejects.toMatchObject({ code });
    }
  });

  it('refuses another version of the protocol', async () => {
    const { network } = await world();
    const [near, far] = memoryLines();
    const heard: unknown[] = [];
    const reader = new FrameReader((_kind, body) => heard.push(readJson(body)));
    near.listen({ data: (chunk) => reader.push(chunk), closed: () => {} });
    acceptClient(network(), far, 'use', undefined);
    near.write(jsonFrame({ id: 1, op: 'hello', version: 99 }));
    expect(heard).toMatchObject([{ id: 1, error: { code: 'ENOTSUP' } }]);
    expect(FRAME_HEADER).toBe(5);
  });

  it('modes of the sockets follow the mode of the network', () => {
    const modes = (mode: number) =>
      (['receive', 'use', 'manage'] as const).map((right) => socketMode(mode, right).toString(8));
    expect(modes(0o760)).toEqual(['660', '660', '600']);
    expect(modes(0o740)).toEqual(['660', '600', '600']);
    expect(modes(0o777)).toEqual(['666', '666', '666']);
    expect(modes(0o100)).toEqual(['0', '0', '600']);
  });
});
