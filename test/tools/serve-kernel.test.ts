/** TAP and GRAB: interfaces of the kernel as nodes of a served network, with a kernel that a test plays. */

import { afterEach, describe, expect, it } from 'vitest';
import { GrabbedLink } from '../../bindings/kernel/grab/grabbed-link.js';
import type { JoinOptions, KernelJoin } from '../../bindings/kernel/join.js';
import { registerLinkKind } from '../../bindings/link-registry.js';
import { loopbackPair } from '../../bindings/loopback/loopback-link.js';
import type { KeptNode } from '../../bindings/shared/server/kept-nodes.js';
import type { Policy } from '../../bindings/shared/server/policy.js';
import { acceptClient } from '../../bindings/shared/server/served-client.js';
import { type NetworkEvent, ServedNetwork } from '../../bindings/shared/server/served-network.js';
import { SharedMctp, type SharedMctpOptions } from '../../bindings/shared/shared-mctp.js';
import type { SharedNode } from '../../bindings/shared/shared-protocol.js';
import { TestClock } from '../../hw-fixtures/testing/test-clock.js';
import { MctpError } from '../../stack/errors.js';
import { Mctp } from '../../stack/mctp.js';
import { parseConfig } from '../../tools/config/config-parse.js';
import { RunningNode } from '../../tools/config/running-node.js';
import { type KernelDoor, KernelNodes } from '../../tools/serve/kernel-nodes.js';
import { FakeInterfaces } from '../bindings/kernel/fake-interfaces.js';
import { memoryLines } from '../support/memory-line.js';

const TYPE = 0x7e;

/** A kernel whose stack is one of ours, behind a loopback link. */
class FakeDoor implements KernelDoor {
  readonly kernel: Mctp;
  readonly asked: JoinOptions[] = [];
  readonly routes: number[] = [];
  failure: Error | undefined;
  closed = 0;

  constructor(private readonly clock: TestClock) {
    this.kernel = new Mctp({ clock });
  }

  grabUrl = (name: string): string => `grabbed:${name}`;

  async join(mctp: Mctp, options: JoinOptions): Promise<KernelJoin> {
    if (this.failure !== undefined) throw this.failure;
    this.asked.push(options);
    const [near, far] = loopbackPair({ clock: this.clock, names: ['kernel:mctpserial0', 'far'] });
    mctp.addLink(near, { network: options.network ?? 1 });
    this.kernel.addLink(far);
    mctp.addAddress(options.ownEid, near.name);
    mctp.addRoute({ start: options.kernelEid, end: options.kernelEid, link: near.name });
    this.kernel.addAddress(options.kernelEid, far.name);
    this.kernel.addRoute({ start: options.ownEid, end: options.ownEid, link: far.name });
    await mctp.openLink(near.name);
    await this.kernel.openLink(far.name);
    return {
      interface: 'mctpserial0',
      link: near.name,
      taken: [40],
      addOurs: ([eid]) => this.routes.push(eid),
      removeOurs: ([eid]) => this.routes.splice(this.routes.indexOf(eid), 1),
      close: async () => {
        this.closed++;
        await mctp.removeLink(near.name).catch(() => {});
        await this.kernel.removeLink(far.name);
      },
    };
  }
}

const LINKS = ['[links.a]\nurl = "bench:serial0"\n', '[links.b]\nurl = "bench:smbus0"\nnetwork = 2\n'];
const I2C = { index: 4, name: 'mctpi2c0', address: [0x10] };
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function world(
  options: {
    kernel?: string;
    links?: number;
    kept?: KeptNode[];
    policy?: Policy;
    present?: boolean;
    clock?: TestClock;
  } = {},
) {
  const { kernel = 'tap = false', links = 1, kept = [], policy, present = true, clock = new TestClock() } = options;
  const machine = new FakeInterfaces();
  if (present) machine.add(I2C.index, I2C.name, I2C.address);
  ends.push(
    registerLinkKind('grabbed', {
      example: 'grabbed:mctpi2c0',
      create: async ({ place }, { clock: of }) => new GrabbedLink({ libc: machine, clock: of, interface: place }),
    }),
  );
  const door = new FakeDoor(clock);
  const config = parseConfig(`${LINKS.slice(0, links).join('')}[serve.t]\n[serve.t.kernel]\n${kernel}\n`);
  const wishes = config.serve[0]!.kernel;
  const grabbed = wishes.flatMap((wish) => (wish.kind === 'grab' ? [door.grabUrl(wish.interface)] : []));
  const problems: string[] = [];
  const node = await RunningNode.start({ config, links: grabbed, clock, env: {}, hear: () => {} });
  const interfaces = new KernelNodes({ node, clock, door, problem: (what) => problems.push(what) });
  const saved: KeptNode[][] = [];
  const network = new ServedNetwork({
    name: 't',
    stack: node.mctp,
    clock,
    time: () => clock.now(),
    interfaces,
    kept: { load: () => kept, save: (nodes) => saved.push([...nodes]) },
    ...(policy !== undefined && { policy }),
  });
  const events: NetworkEvent[] = [];
  network.on((event) => events.push(event));
  await interfaces.start(network, wishes);
  const client = (more: Partial<SharedMctpOptions> = {}): Promise<SharedMctp> => {
    const connect: SharedMctpOptions['connect'] = async (right) => {
      const [near, far] = memoryLines();
      acceptClient(network, far, right, { uid: 1000, pid: 4711 });
      return near;
    };
    return SharedMctp.open({ name: 'shared:t', clock, connect, ...more });
  };
  const close = async (): Promise<void> => {
    await clock.run(network.close());
    await clock.run(interfaces.close());
    await clock.run(node.close());
  };
  ends.push(close);
  const nodes = (): SharedNode[] => network.nodes();
  const told = (): string[] => events.map(({ event }) => event).filter((event) => event.startsWith('node'));
  return { clock, machine, door, node, network, interfaces, client, problems, saved, events, nodes, told, close };
}

describe('TAP: an interface of the kernel is made for the network', () => {
  it('is a node; programs of the kernel and other nodes talk to each other', async () => {
    const { clock, door, client, nodes, close, node } = await world({ kernel: 'kernel-eid = 30' });
    expect(door.asked).toMatchObject([{ kernelEid: 30, ownEid: 8, kernelNetwork: 1, network: 1 }]);
    expect(nodes()).toMatchObject([
      { node: 1, description: 'kernel, EID 30', interface: 'kernel:mctpserial0', present: true, uid: null },
    ]);
    // Neither is given to a device.
    expect([30, 40].map((eid) => node.owners[0]!.pool.isFree(eid, 'a device'))).toEqual([false, false]);
    const poller = (await client()).socket();
    poller.bind({ type: TYPE });
    const program = door.kernel.socket();
    program.bind({ type: 5 });
    await clock.run(program.send({ eid: 8 }, Uint8Array.of(1), { type: TYPE, reply: false }));
    expect(await clock.run(poller.receive())).toMatchObject({ source: 30 });
    await clock.run(poller.send({ eid: 30 }, Uint8Array.of(2), { type: 5, reply: false }));
    expect([...(await clock.run(program.receive())).payload]).toEqual([2]);
    await close();
    expect(door.closed).toBe(1);
  });

  it('the kernel reaches what the bus owner finds', async () => {
    const { door, interfaces } = await world({ kernel: '' });
    const endpoint = { eid: 9, network: 1, link: 'bench:serial0' } as never;
    interfaces.hear({ type: 'appeared', endpoint, at: 0 });
    expect(door.routes).toEqual([9]);
    interfaces.hear({ type: 'vanished', endpoint, reason: '', at: 0 });
    expect(door.routes).toEqual([]);
  });

  it('a policy hears of it by its number, both ways', async () => {
    const seen: [number, readonly number[]][] = [];
    const policy: Policy = {
      name: 'watch',
      newNode: (_node, free) => free,
      handleMessage: (_message, from, to) => {
        seen.push([from, to]);
        return to;
      },
    };
    const { clock, door, client } = await world({ kernel: 'kernel-eid = 30', policy });
    const poller = (await client()).socket();
    poller.bind({ type: TYPE });
    await clock.run(door.kernel.socket().send({ eid: 8 }, Uint8Array.of(1), { type: TYPE, reply: false }));
    await clock.run(poller.receive());
    await clock.run(poller.send({ eid: 30 }, Uint8Array.of(2), { type: 5, reply: false }));
    await clock.run(
      poller.send({ eid: 9, link: 'bench:serial0', physicalAddress: '' }, Uint8Array.of(2), { type: 5, reply: false }),
    );
    expect(seen).toEqual([
      [1, [2]],
      [2, [1]],
      [2, [0]],
    ]);
  });

  it('one of the configuration which goes away is made again, with pauses that grow', async () => {
    const { clock, door, nodes, told, problems, node, close } = await world({ kernel: '' });
    door.failure = new MctpError('EACCES', 'needs CAP_NET_ADMIN');
    await node.mctp.closeLink('kernel:mctpserial0');
    expect(nodes()).toMatchObject([{ node: 1, present: false }]);
    await clock.pass(3_500);
    expect(problems).toEqual(['node 1: needs CAP_NET_ADMIN', 'node 1: needs CAP_NET_ADMIN']);
    door.failure = undefined;
    await clock.pass(4_000);
    expect(nodes()).toMatchObject([{ node: 1, present: true, interface: 'kernel:mctpserial0' }]);
    expect(told()).toEqual(['nodeJoined', 'nodeAway', 'nodeJoined']);
    await close();
    expect(door.closed).toBe(2);
  });

  it('in another network of ours: only what is found there is passed on; a network without links is refused', async () => {
    const { clock, door, client, interfaces, node } = await world({ links: 2, kernel: 'network = 2' });
    expect(door.asked).toMatchObject([{ kernelEid: 254, network: 2 }]);
    const isFree = (network: number) =>
      node.owners.find((owner) => owner.network === network)!.pool.isFree(254, 'a device');
    expect([isFree(1), isFree(2)]).toEqual([true, false]);
    interfaces.hear({ type: 'appeared', endpoint: { eid: 9, network: 1 } as never, at: 0 });
    interfaces.hear({ type: 'appeared', endpoint: { eid: 10, network: 2 } as never, at: 0 });
    expect(door.routes).toEqual([10]);
    const third = (await client()).manage('attach', { kind: 'tap', kernelEid: 31, network: 3 });
    await expect(clock.run(third)).rejects.toThrow(
      'no link is in network 3: an interface of the kernel for it reaches nothing',
    );
    expect(door.asked).toHaveLength(1);
  });

  it('a manager makes one and ends it; a use node may not', async () => {
    const { clock, door, client, nodes } = await world();
    const manager = await client();
    const refused = manager.connection.call('attach', { kind: 'tap' });
    await expect(clock.run(refused)).rejects.toMatchObject({ code: 'EACCES' });
    const wrong = manager.manage('attach', { kind: 'tap', kernelEid: 8, ownEid: 8 });
    await expect(clock.run(wrong)).rejects.toMatchObject({ code: 'EINVAL' });
    expect(await clock.run(manager.manage('attach', { kind: 'tap', kernelEid: 31, ownEid: 10 }))).toEqual({ node: 2 });
    expect(door.asked).toMatchObject([{ kernelEid: 31, ownEid: 10 }]);
    await clock.run(manager.manage('kick', { node: 2 }));
    expect(nodes().map(({ node }) => node)).toEqual([1]);
    expect(door.closed).toBe(1);
  });

  it('without room for a node nothing is left of it', async () => {
    const { clock, door, client, network, node } = await world();
    network.setOption('max-nodes', 1);
    const manager = await client();
    await expect(clock.run(manager.manage('attach', { kind: 'tap' }))).rejects.toMatchObject({ code: 'ENOBUFS' });
    expect(door.closed).toBe(1);
    expect(node.mctp.links()).toHaveLength(1);
  });
});

describe('GRAB: the network takes a link of the kernel', () => {
  it('one of the configuration is a link of ours, and a node which comes back with its interface', async () => {
    const { nodes, machine, told, node } = await world({ kernel: 'tap = false\ngrab = ["mctpi2c0"]' });
    const shown = { node: 1, description: "kernel's mctpi2c0", interface: 'kernel:mctpi2c0' };
    expect(nodes()).toMatchObject([{ ...shown, present: true }]);
    expect(node.links.map(({ name, role }) => [name, role])).toContainEqual(['kernel:mctpi2c0', 'bus-owner']);
    machine.remove(I2C.index);
    expect(nodes()).toMatchObject([{ ...shown, present: false }]);
    machine.add(9, I2C.name, I2C.address);
    expect(nodes()).toMatchObject([{ ...shown, present: true }]);
    expect(told()).toEqual(['nodeJoined', 'nodeAway', 'nodeJoined']);
  });

  it('a manager grabs one, EADDRNOTAVAIL while it is held; it ends with its interface', async () => {
    const { clock, client, machine, nodes, node } = await world();
    const manager = await client();
    const grab = () => clock.run(manager.manage('attach', { kind: 'grab', interface: 'mctpi2c0' }));
    expect(await grab()).toEqual({ node: 2 });
    await expect(grab()).rejects.toMatchObject({
      code: 'EADDRNOTAVAIL',
      message: "the kernel's link mctpi2c0 is held by node 2 already",
    });
    const other = manager.manage('attach', { kind: 'grab', interface: 'mctpusb0' });
    await expect(clock.run(other)).rejects.toMatchObject({ code: 'ENODEV' });
    machine.remove(I2C.index);
    await clock.pass(1);
    expect(nodes().map((one) => one.node)).toEqual([1]);
    expect(node.mctp.links().map(({ name }) => name)).toEqual(['bench:serial0']);
    machine.add(I2C.index, I2C.name, I2C.address);
    expect(await grab()).toEqual({ node: 2 });
    await clock.run(manager.manage('kick', { node: 2 }));
    await clock.pass(1);
    expect(machine.descriptors.size).toBe(0);
  });

  it('EADDRNOTAVAIL while another process holds it', async () => {
    const { clock, client, machine, nodes, node } = await world();
    const other = new GrabbedLink({ libc: machine, clock, interface: 'mctpi2c0' });
    const stack = new Mctp({ clock });
    stack.addLink(other);
    await stack.open();
    const manager = await client();
    const grab = () => clock.run(manager.manage('attach', { kind: 'grab', interface: 'mctpi2c0' }));
    await expect(grab()).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
    expect(nodes()).toHaveLength(1);
    expect(node.mctp.links()).toHaveLength(1);
    await stack.close();
    expect(await grab()).toEqual({ node: 2 });
  });

  it('SETPERSIST by a manager: it stays while its interface is away, is kept, and nobody else joins it', async () => {
    const { clock, client, machine, nodes, saved } = await world();
    const manager = await client();
    await clock.run(manager.manage('attach', { kind: 'grab', interface: 'mctpi2c0' }));
    await clock.run(manager.manage('persist', { node: 2, name: 'i2c' }));
    const kept = { node: 2, name: 'i2c', interface: { kind: 'grab', interface: 'mctpi2c0' } };
    expect(saved.at(-1)).toMatchObject([kept]);
    machine.remove(I2C.index);
    expect(nodes()[1]).toMatchObject({ persistent: 'i2c', present: false });
    await expect(client({ hello: { join: 'i2c' } })).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
    machine.add(I2C.index, I2C.name, I2C.address);
    expect(nodes()[1]).toMatchObject({ persistent: 'i2c', present: true });
    machine.remove(I2C.index);
    // CLRPERSIST of one which is away ends it.
    await clock.run(manager.manage('persist', { node: 2 }));
    expect(nodes()).toHaveLength(1);
    expect(saved.at(-1)).toEqual([]);
  });

  it('a server which starts again has persistent ones again, when their interface is there', async () => {
    const kept: KeptNode[] = [
      {
        node: 5,
        name: 'i2c',
        description: "kernel's mctpi2c0",
        right: 'use',
        lossless: false,
        bindings: [],
        interface: { kind: 'grab', interface: 'mctpi2c0' },
      },
      {
        node: 6,
        name: 'programs',
        description: 'kernel, EID 30',
        right: 'use',
        lossless: false,
        bindings: [],
        interface: { kind: 'tap', kernelEid: 30, ownEid: 8, kernelNetwork: 1, network: 1 },
      },
    ];
    const { clock, nodes, machine, problems, door } = await world({ kept, present: false });
    expect(nodes()).toMatchObject([
      { node: 5, persistent: 'i2c', present: false },
      { node: 6, persistent: 'programs', present: true },
    ]);
    expect(problems).toEqual([expect.stringContaining('node 5: the kernel has no MCTP link mctpi2c0')]);
    expect(door.asked).toMatchObject([{ kernelEid: 30 }]);
    machine.add(I2C.index, I2C.name, I2C.address);
    await clock.pass(1_100);
    expect(nodes()[0]).toMatchObject({ node: 5, present: true, interface: 'kernel:mctpi2c0' });
  });
});

describe('[serve.NAME.kernel]', () => {
  const wishes = (text: string) => parseConfig(`[links.a]\nurl = "bench:"\n[serve.t]\n${text}`).serve[0]!.kernel;

  it('without it there is none; alone it is an interface as mctpkit join makes it', () => {
    expect(wishes('')).toEqual([]);
    expect(wishes('[serve.t.kernel]\n')).toEqual([
      { kind: 'tap', kernelEid: 254, ownEid: 8, kernelNetwork: 1, network: 1 },
    ]);
    expect(wishes('[serve.t.kernel]\ntap = false\ngrab = ["mctpi2c0", "mctpusb0"]')).toEqual([
      { kind: 'grab', interface: 'mctpi2c0' },
      { kind: 'grab', interface: 'mctpusb0' },
    ]);
  });

  it.each([
    ['kernel-eid = 8', /the kernel and the server cannot both have EID 8/],
    ['kernel-eid = 255', /kernel-eid/],
    ['grab = ["a b"]', /"a b" is not the name of an interface/],
    ['grabs = []', /grabs/],
  ])('%s: one line', (text, what) => {
    expect(() => wishes(`[serve.t.kernel]\n${text}`)).toThrow(what);
  });
});
