/** Clients of libmctp's mctp-demux-daemon on a served network: records, types, tags and rights. */

import { describe, expect, it } from 'vitest';
import { DemuxClient } from '../../../bindings/shared/server/demux/demux-client.js';
import { DemuxServer, mayUse } from '../../../bindings/shared/server/demux/demux-server.js';
import type { RecordLine, RecordLineUser } from '../../../bindings/shared/server/demux/record-line.js';
import { SeqpacketLine } from '../../../bindings/shared/server/demux/seqpacket-line.js';
import { ServedNetwork, type ServedNetworkOptions } from '../../../bindings/shared/server/served-network.js';
import { settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { PacketPeer } from '../../support/packet-peer.js';
import { oneStack } from '../../support/stacks.js';
import { FakeInterfaces } from '../kernel/fake-interfaces.js';

const TYPE = 0x7e;
const PLDM = 1;

/** The client's end. */
class Records implements RecordLine {
  readonly read: number[][] = [];
  isPaused = false;
  isClosed = false;
  #user: RecordLineUser | undefined;

  listen(user: RecordLineUser): void {
    this.#user = user;
  }

  write(bytes: Uint8Array, taken: () => void): void {
    this.read.push([...bytes]);
    taken();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#user?.closed();
  }

  /** The client writes. */
  says(...bytes: readonly number[]): void {
    this.#user?.record(Uint8Array.from(bytes));
  }
}

async function world(options: Partial<ServedNetworkOptions> = {}) {
  const { clock, mctp, link } = await oneStack();
  const network = new ServedNetwork({ name: 't', stack: mctp, clock, time: () => clock.now(), ...options });
  const told: unknown[] = [];
  network.on(({ event, what }) => event === 'demuxFailed' && told.push(what));
  const client = (...first: number[]): Records => {
    const line = new Records();
    new DemuxClient(network, line, { uid: 1000, pid: 4711 }).start();
    line.says(...first);
    return line;
  };
  const peer = new PacketPeer(link, 8);
  return { clock, mctp, network, told, client, peer };
}

describe('mctp-demux', () => {
  it('a record longer than any message is told, and the client stays', async () => {
    const { network, told } = await world();
    const machine = new FakeInterfaces();
    const fd = machine.socket(1);
    const descriptor = machine.descriptors.get(fd)!;
    const says = (record: Uint8Array): void => {
      descriptor.answers.push(record);
      descriptor.ready?.();
    };
    new DemuxClient(network, new SeqpacketLine(machine, fd), { uid: 1000, pid: 4711 }).start();
    says(Uint8Array.of(PLDM));
    says(new Uint8Array(70_000));
    expect(told).toEqual(['a record of 70000 bytes is longer than any message']);
    expect(network.nodes()).toMatchObject([{ node: 1 }]);
  });

  it('sends with a tag of its own and TO = 1; the answer comes as EID, type and payload', async () => {
    const { clock, client, peer, network } = await world();
    const one = client(PLDM);
    one.says(9, PLDM, 0x81, 2, 3);
    const request = await settle(clock, peer.received());
    expect(request).toMatchObject({ type: PLDM, tagOwner: true, eid: 9 });
    expect([...request.payload]).toEqual([0x81, 2, 3]);
    await peer.send({ type: PLDM, tag: request.tag, tagOwner: false, payload: Uint8Array.of(1, 2, 3, 0) });
    expect(one.read).toEqual([[9, PLDM, 1, 2, 3, 0]]);
    expect(network.nodes()).toMatchObject([
      { node: 1, description: 'mctp-demux, PLDM', right: 'use', uid: 1000, pid: 4711, sent: 1, received: 1 },
    ]);
  });

  it('several clients of one type get what comes for it, each its own answers; others get EADDRINUSE', async () => {
    const { clock, client, peer, network, told } = await world();
    const [one, two, other] = [client(TYPE), client(TYPE), client(5)];
    await peer.send({ type: TYPE, payload: Uint8Array.of(7) });
    expect([one.read, two.read, other.read]).toEqual([[[9, TYPE, 7]], [[9, TYPE, 7]], []]);
    two.says(9, TYPE, 1);
    const { tag } = await settle(clock, peer.received());
    await peer.send({ type: TYPE, tag, tagOwner: false, payload: Uint8Array.of(8) });
    expect([one.read.length, two.read.length]).toEqual([1, 2]);
    one.close();
    await peer.send({ type: TYPE, payload: Uint8Array.of(9) });
    expect(two.read.at(-1)).toEqual([9, TYPE, 9]);
    expect(network.nodes().map(({ node }) => node)).toEqual([2, 3]);
    // A node of ours keeps its type for itself.
    const socket = network.stack.socket();
    socket.bind({ type: 6 });
    expect(client(6).isClosed).toBe(true);
    expect(told).toHaveLength(1);
  });

  it('an answer to a request which was delivered goes on its tag, with TO = 0', async () => {
    const { clock, client, peer } = await world();
    const responder = client(PLDM);
    await peer.send({ type: PLDM, tag: 5, payload: Uint8Array.of(0x83, 0, 2) });
    expect(responder.read).toEqual([[9, PLDM, 0x83, 0, 2]]);
    responder.says(9, PLDM, 0x03, 0, 2, 0, 42);
    expect(await settle(clock, peer.received())).toMatchObject({ type: PLDM, tag: 5, tagOwner: false });
    // Nobody asked that: it is a message of its own.
    responder.says(9, PLDM, 0x03, 0, 2, 0, 42);
    expect(await settle(clock, peer.received())).toMatchObject({ tagOwner: true });
  });

  it('the bit of an integrity check passes both ways', async () => {
    const { clock, client, peer } = await world();
    const one = client(4);
    one.says(9, 0x84, 1, 2);
    const sent = await settle(clock, peer.received());
    expect(sent).toMatchObject({ type: 4, integrityCheck: true });
    await peer.send({ type: 4, integrityCheck: true, tag: sent.tag, tagOwner: false, payload: Uint8Array.of(3) });
    expect(one.read).toEqual([[9, 0x84, 3]]);
  });

  it('what is not of the protocol ends the line; nothing is left', async () => {
    const { client, network } = await world();
    for (const [first, ...more] of [[[200]], [[TYPE], [9]]] as number[][][]) {
      const line = client(...first!);
      for (const record of more) line.says(...record);
      expect(line.isClosed).toBe(true);
    }
    expect(network.counters.hostile).toBe(2);
    expect([network.nodes(), network.bindings(), network.clients.size]).toEqual([[], [], 0]);
  });

  it('who sends more than goes is read no further until some of it is gone', async () => {
    const { clock, client } = await world();
    const one = client(TYPE);
    // Eight tags of the peer are in use after eight of them; the others wait.
    for (let i = 0; i < 64; i++) one.says(9, TYPE, i);
    expect(one.isPaused).toBe(true);
    await settle(clock, new Promise<void>((resolve) => void clock.schedule(30_000, resolve)));
    expect(one.isPaused).toBe(false);
  });

  it('a manager ends one, and it counts for max-nodes', async () => {
    const { client, network, told } = await world({ options: { 'max-nodes': 1 } });
    const one = client(TYPE);
    expect(client(5).isClosed).toBe(true);
    expect(told).toEqual([expect.stringContaining('has 1 nodes already')]);
    network.kick(1);
    expect(one.isClosed).toBe(true);
    expect(network.nodes()).toEqual([]);
  });

  it('who does not name its type is ended after a time', async () => {
    const { clock, client, network } = await world();
    const [silent, named] = [new Records(), client(TYPE)];
    new DemuxClient(network, silent, undefined).start();
    await settle(clock, new Promise<void>((resolve) => void clock.schedule(9_000, resolve)));
    expect([silent.isClosed, named.isClosed]).toEqual([false, false]);
    await settle(clock, new Promise<void>((resolve) => void clock.schedule(2_000, resolve)));
    expect([silent.isClosed, named.isClosed]).toEqual([true, false]);
    named.close();
    expect(network.clients.size).toBe(0);
  });

  it('who comes when there is no descriptor for it waits, and the process does not run in a circle', async () => {
    const { clock, network, told } = await world();
    const machine = new FakeInterfaces();
    const owner = { uid: 0, gid: 0, mode: 0o700 };
    const timers = clock.pending;
    const server = await DemuxServer.open('@t', network, owner, async () => machine);
    const [socket] = machine.descriptors.values();
    /** As the event loop does while somebody waits. */
    const turn = (): void => socket!.ready?.();
    const EMFILE = 24;
    machine.comers.push(EMFILE, EMFILE, 0);
    turn();
    expect(socket!.ready).toBeUndefined();
    for (let round = 0; round < 2; round++) {
      clock.advance(200);
      turn();
    }
    expect(network.clients.size).toBe(1);
    expect(told).toEqual(['a client waits: this process has no more descriptors: close sockets or raise ulimit -n']);
    machine.comers.push(EMFILE);
    turn();
    server.close();
    for (const one of network.clients) one.end();
    expect(machine.descriptors.size).toBe(0);
    expect(clock.pending).toBe(timers);
  });

  it('who may connect is decided as for a file with the mode of the network', () => {
    const access = { uid: 100, gid: 50, mode: 0o760 };
    const may = (uid: number, ...groups: number[]): boolean => mayUse(access, { uid, groups });
    expect([may(0), may(100), may(7, 3, 50), may(7, 3)]).toEqual([true, true, true, false]);
    // The owner is not in the class of the group.
    expect(mayUse({ ...access, mode: 0o060 }, { uid: 100, groups: [50] })).toBe(false);
    expect(mayUse({ ...access, mode: 0o006 }, { uid: 7, groups: [] })).toBe(true);
  });
});
