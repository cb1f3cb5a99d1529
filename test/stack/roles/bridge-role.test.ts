import { describe, expect, it } from 'vitest';
import { PacketWire } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { flush, pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import {
  ALLOCATE_OPERATION,
  ALLOCATION_STATUS,
  AllocateEndpointIDs,
  COMPLETION,
  ControlClient,
  GetNetworkID,
  GetRoutingTableEntries,
  LAST_HANDLE,
  QueryHop,
  ResolveEndpointID,
  ResolveUUID,
  ROUTE_TYPE,
  RoutingInformationUpdate,
} from '../../../stack/control/index.js';
import { Mctp, SILENT, VirtualClock } from '../../../stack/index.js';
import { fail } from '../../../stack/protocol/index.js';
import { BridgeRole, BusOwnerRole } from '../../../stack/roles/index.js';
import { addBridge, addDevice, addEndpoint, addOwner, SMBUS_100K, uuidOf } from '../../support/topology.js';

/** Bus owner EID 8; endpoint 0x1d; bridge 0x40 with two endpoints and a bridge below, which has one more. */
async function tree(options: { poolSize?: number } = {}) {
  const clock = new VirtualClock();
  const wire = new PacketWire({ clock, ...SMBUS_100K });
  const near = await addEndpoint(clock, wire, '1d', { uuid: uuidOf(0x1d) });
  const upper = await addBridge(clock, wire, '40', { uuid: uuidOf(0x40), poolSize: options.poolSize ?? 8 });
  const one = await addEndpoint(clock, upper.below, '20', { uuid: uuidOf(0x20), types: [5] });
  const two = await addEndpoint(clock, upper.below, '21', { uuid: uuidOf(0x21) });
  const lower = await addBridge(clock, upper.below, '41', { uuid: uuidOf(0x41), poolSize: 2 });
  const deep = await addEndpoint(clock, lower.below, '22', { uuid: uuidOf(0x22) });
  const world = await addOwner(clock, [{ wire, name: 'bus0' }], { settleMs: 1000 });
  const role = new BusOwnerRole({
    mctp: world.mctp,
    clock,
    owners: [world.owner],
    uuid: uuidOf(8),
    networkId: uuidOf(0xffff),
  });
  await settle(clock, world.owner.discover());
  const eid = (n: number): number => world.owner.endpoints().find((e) => e.uuid === uuidOf(n))!.eid;
  const ask = world.owner.request.bind(world.owner);
  return { clock, wire, near, upper, lower, one, two, deep, role, eid, ask, ...world };
}

const message = (owner: { eid: number }, client: ControlClient) => ({ client, to: { eid: owner.eid } });

describe('a bridge', () => {
  it('takes its pool though a listener throws: the others hear of it, and the logger is told', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const mctp = new Mctp({ clock });
    mctp.addLink(wire.port({ name: 'up', address: '40' }));
    await mctp.open();
    const errors: string[] = [];
    const logger = { ...SILENT, error: (text: string) => errors.push(text) };
    const bridge = new BridgeRole({ mctp, clock, upstream: 'up', poolSize: 4, responder: { logger } });
    const pools: unknown[] = [];
    bridge.onPool(() => {
      throw new Error('out of order');
    });
    bridge.onPool((pool) => pools.push(pool));
    const { owner, events } = await addOwner(clock, [{ wire, name: 'bus0' }]);
    const [found] = await settle(clock, owner.discover());
    expect(found).toMatchObject({ eid: 9, pool: { size: 4 }, remarks: [] });
    expect(events.map(({ type }) => type)).toEqual(['appeared']);
    expect(pools).toEqual([found?.pool]);
    expect(errors).toEqual([expect.stringContaining('out of order')]);
    owner.close();
    bridge.close();
  });

  it('hands out what it was given, and routes in both directions, over two levels', async () => {
    const { clock, eid, one, deep, near, owner, events } = await tree();
    expect(owner.endpoints()).toHaveLength(6);
    expect(events.filter(({ type }) => type === 'conflict')).toEqual([]);
    expect(new Set(owner.endpoints().map((e) => e.eid)).size).toBe(6);
    // From below to the top, to a sibling, and across.
    for (const [from, to] of [
      [deep, 8],
      [deep, eid(0x20)],
      [deep, eid(0x1d)],
      [one, eid(0x22)],
      [near, eid(0x22)],
    ] as const) {
      const socket = from.mctp.socket();
      if (from.mctp.lookupRoute(to) === undefined) await settle(clock, from.role.findWay(to));
      const answer = socket.request({ eid: to }, Uint8Array.of(0x81, 0x02), { type: 0, timeoutMs: 500 });
      expect((await settle(clock, answer)).payload[3]).toBe(to);
      socket.close();
    }
  });

  it('passes long messages on packet by packet', async () => {
    const { clock, eid, deep, mctp } = await tree();
    const far = deep.mctp.socket();
    far.bind({ type: 5 });
    far.onMessage((received) => void far.reply(received, received.payload));
    const socket = mctp.socket();
    const payload = Uint8Array.from({ length: 1000 }, (_, i) => i & 0xff);
    const answer = await settle(clock, socket.request({ eid: eid(0x22) }, payload, { type: 5, timeoutMs: 5000 }));
    expect(answer.payload).toEqual(payload);
  });

  it('shows its routing table, a page at a time', async () => {
    const { clock, owner, eid, ask, upper } = await tree({ poolSize: 15 });
    for (let n = 0x50; n < 0x58; n++) await addEndpoint(clock, upper.below, n.toString(16), { uuid: uuidOf(n) });
    await pass(clock, 12_000);
    const entries = [];
    let pages = 0;
    for (let handle = 0; handle !== LAST_HANDLE; pages++) {
      const answer = await settle(clock, ask(eid(0x40), GetRoutingTableEntries, { handle }));
      entries.push(...answer.entries);
      handle = answer.next;
    }
    expect(pages).toBe(2);
    expect(entries.filter(({ type }) => type === ROUTE_TYPE.endpoint)).toHaveLength(10);
    expect(entries.filter(({ type }) => type === ROUTE_TYPE.bridge)).toMatchObject([{ start: eid(0x41), size: 1 }]);
    expect(entries.filter(({ type }) => type === ROUTE_TYPE.pool)).toMatchObject([{ size: 2 }]);
    expect(entries.find(({ start }) => start === eid(0x20))).toMatchObject({
      binding: 1,
      medium: 4,
      phys: Uint8Array.of(0x40),
      port: 1,
    });
    // What appeared below was found by the bridge's search, and by us in its table.
    owner.monitor();
    await pass(clock, 6000);
    expect(owner.endpoints()).toHaveLength(14);
    await expect(settle(clock, ask(eid(0x40), GetRoutingTableEntries, { handle: 9 }))).rejects.toMatchObject({
      completionCode: COMPLETION.invalidData,
    });
    owner.close();
  });

  it('resolves EIDs as seen from the bus of the question', async () => {
    const { clock, eid, ask, one, upper } = await tree();
    const up = (target: number) => settle(clock, ask(eid(0x40), ResolveEndpointID, { eid: target }));
    const self = { bridgeEid: eid(0x40), phys: Uint8Array.of(0x80) };
    for (const n of [0x20, 0x22, 0x40, 0x41]) expect(await up(eid(n))).toMatchObject(self);
    await expect(up(200)).rejects.toMatchObject({ completionCode: COMPLETION.invalidData });
    const below = message({ eid: eid(0x40) }, new ControlClient({ transport: one.mctp, clock }));
    const down = (target: number) => settle(clock, below.client.request(below.to, ResolveEndpointID, { eid: target }));
    expect(await down(eid(0x21))).toMatchObject({ bridgeEid: eid(0x21), phys: Uint8Array.of(0x42) });
    expect(await down(eid(0x22))).toMatchObject({ bridgeEid: eid(0x41), phys: Uint8Array.of(0x82) });
    // Above it, which only the bus owner knows: through the bridge.
    expect(await down(eid(0x1d))).toMatchObject({ bridgeEid: eid(0x40), phys: Uint8Array.of(0x20) });
    expect(await down(8)).toMatchObject({ bridgeEid: eid(0x40) });
    await expect(down(200)).rejects.toMatchObject({ completionCode: COMPLETION.invalidData });
    expect(upper.bridge.pool).toMatchObject({ size: 8 });
  });

  it('answers Query Hop along the path', async () => {
    const { clock, eid, ask, one } = await tree();
    const hop = (bridge: number, target: number) => settle(clock, ask(eid(bridge), QueryHop, { eid: target, type: 5 }));
    const units = { inUnits: 11, outUnits: 11, type: 5 };
    expect(await hop(0x40, eid(0x22))).toMatchObject({ nextBridge: eid(0x41), ...units });
    expect(await hop(0x41, eid(0x22))).toMatchObject({ nextBridge: eid(0x22), ...units });
    expect(await hop(0x40, eid(0x20))).toMatchObject({ nextBridge: eid(0x20), ...units });
    expect(await hop(0x40, eid(0x40))).toMatchObject({ nextBridge: 0 });
    for (const target of [0, 200, 255]) {
      await expect(hop(0x40, target)).rejects.toMatchObject({ completionCode: COMPLETION.invalidData });
    }
    const below = message({ eid: eid(0x40) }, new ControlClient({ transport: one.mctp, clock }));
    const up = below.client.request(below.to, QueryHop, { eid: 8, type: 0 });
    expect(await settle(clock, up)).toMatchObject({ nextBridge: 8 });
  });

  it('resolves UUIDs, its own included', async () => {
    const { clock, eid, ask } = await tree();
    const find = (n: number) => settle(clock, ask(eid(0x40), ResolveUUID, { uuid: uuidOf(n), handle: 0 }));
    expect((await find(0x20)).entries).toMatchObject([{ eid: eid(0x20), phys: Uint8Array.of(0x40) }]);
    expect((await find(0x41)).entries).toMatchObject([{ eid: eid(0x41), phys: Uint8Array.of(0x82) }]);
    expect((await find(0x40)).entries).toMatchObject([{ eid: eid(0x40) }]);
    expect((await find(0x99)).entries).toEqual([]);
  });

  it('resolves UUIDs behind its bridges and above it for those below, with the help of the bus owner', async () => {
    const { clock, eid, one } = await tree();
    const { client, to } = message({ eid: eid(0x40) }, new ControlClient({ transport: one.mctp, clock }));
    const find = (n: number) => settle(clock, client.request(to, ResolveUUID, { uuid: uuidOf(n), handle: 0 }));
    // Behind the lower bridge, whose address on the asker's bus it gives; the others are on the bus above.
    expect((await find(0x22)).entries).toMatchObject([{ eid: eid(0x22), phys: Uint8Array.of(0x82) }]);
    expect((await find(0x1d)).entries).toMatchObject([{ eid: eid(0x1d), phys: Uint8Array.of(0x3a) }]);
    expect((await find(8)).entries).toMatchObject([{ eid: 8, phys: Uint8Array.of(0x20) }]);
    expect((await find(0x99)).entries).toEqual([]);
  });

  it('keeps its EIDs when asked the same again, renumbers when forced, gives them up for none', async () => {
    const { clock, eid, ask, upper, one } = await tree();
    const bridge = eid(0x40);
    const give = (operation: number, count: number, start: number) =>
      settle(clock, ask(bridge, AllocateEndpointIDs, { operation, count, start }));
    const { first, size } = upper.bridge.pool!;
    expect(await give(ALLOCATE_OPERATION.allocate, size, first)).toMatchObject({ status: ALLOCATION_STATUS.accepted });
    expect(upper.bridge.endpoints()).toHaveLength(3);
    await expect(give(ALLOCATE_OPERATION.allocate, 9, 100)).rejects.toMatchObject({ completionCode: 2 });
    await expect(give(ALLOCATE_OPERATION.allocate, 8, 250)).rejects.toMatchObject({ completionCode: 2 });
    await expect(give(3, 8, 100)).rejects.toMatchObject({ completionCode: 2 });
    expect(await give(ALLOCATE_OPERATION.force, 8, 100)).toMatchObject({ first: 100, poolSize: 8 });
    await pass(clock, 3000);
    expect(upper.bridge.endpoints()).toHaveLength(3);
    expect(upper.bridge.endpoints().every((e) => e.eid >= 100 && e.eid < 108)).toBe(true);
    expect(one.role.busOwner()).toBeDefined();
    expect(one.mctp.addresses()[0]?.eid).toBeGreaterThanOrEqual(100);
    expect(await give(ALLOCATE_OPERATION.allocate, 0, 0)).toMatchObject({ first: 0, poolSize: 0 });
    expect(upper.bridge.pool).toBeUndefined();
    expect(upper.bridge.endpoints()).toEqual([]);
  });

  it('gives out all of its EIDs when it gets the same again, whoever had them before and is gone', async () => {
    const { clock, eid, ask, upper, one, two, lower } = await tree();
    const { first, size } = upper.bridge.pool!;
    for (const gone of [one, two, lower]) await gone.close();
    const force = ask(eid(0x40), AllocateEndpointIDs, {
      operation: ALLOCATE_OPERATION.force,
      count: size,
      start: first,
    });
    await settle(clock, force);
    for (let n = 0; n < size; n++)
      await addEndpoint(clock, upper.below, (0x50 + n).toString(16), { uuid: uuidOf(0x50 + n) });
    await pass(clock, 20_000);
    const given = upper.bridge.endpoints().map((endpoint) => endpoint.eid);
    expect(given).toEqual(Array.from({ length: size }, (_, index) => first + index));
  });

  it('rejects EIDs from a second bus owner, unless forced', async () => {
    const { clock, wire } = await tree();
    const second = await addOwner(clock, [], {});
    const port = wire.port({ name: 'second', address: '11' });
    second.mctp.addLink(port);
    second.mctp.addAddress(200, 'second');
    await second.mctp.open();
    const client = new ControlClient({ transport: second.mctp, clock });
    const to = { eid: 0, link: 'second', physicalAddress: '40' };
    const give = (operation: number) =>
      settle(clock, client.request(to, AllocateEndpointIDs, { operation, count: 4, start: 210 }));
    expect(await give(ALLOCATE_OPERATION.allocate)).toMatchObject({ status: ALLOCATION_STATUS.rejected });
    expect(await give(ALLOCATE_OPERATION.force)).toMatchObject({ status: ALLOCATION_STATUS.accepted, first: 210 });
  });
});

describe('a bridge between links of different transmission units', () => {
  it('passes on what fits, drops what does not, and tells who asks', async () => {
    const clock = new VirtualClock();
    const above = new PacketWire({ clock, ...SMBUS_100K });
    const below = new PacketWire({ clock, ...SMBUS_100K });
    const mctp = new Mctp({ clock });
    mctp.addLink(above.port({ name: 'up', address: '40', transmissionUnit: { default: 64, max: 240 } }));
    mctp.addLink(below.port({ name: 'down', address: '10', transmissionUnit: { default: 64, max: 96 } }));
    await mctp.open();
    const bridge = new BridgeRole({ mctp, clock, upstream: 'up', poolSize: 2 });
    const device = await addEndpoint(clock, below, '20', { uuid: uuidOf(0x20) });
    const { owner, mctp: top } = await addOwner(clock, [{ wire: above, name: 'bus0' }]);
    await settle(clock, owner.discover());
    const target = device.mctp.addresses()[0]!.eid;
    const hop = owner.request(bridge.pool!.first - 1, QueryHop, { eid: target, type: 5 });
    expect(await settle(clock, hop)).toMatchObject({ nextBridge: target, inUnits: 11, outUnits: 2 });
    const socket = device.mctp.socket();
    socket.bind({ type: 5 });
    const sender = top.socket();
    await settle(clock, sender.send({ eid: target }, new Uint8Array(200), { type: 5, reply: false }));
    expect((await settle(clock, socket.receive())).payload).toHaveLength(200);
    const route = top.lookupRoute(target)!;
    top.removeRoute(route.start, route.end);
    top.addRoute({ ...route, transmissionUnit: 200 });
    await settle(clock, sender.send({ eid: target }, new Uint8Array(150), { type: 5, reply: false }));
    await pass(clock, 100);
    expect(mctp.links().find(({ name }) => name === 'up')?.counters.drops.unitTooLarge).toBe(1);
    bridge.close();
  });
});

describe('routing information', () => {
  it('is sent by the bus owner to the bridges below: what is beside them, and where the rest is', async () => {
    const { clock, eid, upper, lower } = await tree();
    await pass(clock, 1000);
    const up = upper.mctp.routes().filter((route) => route.link === 'up-40');
    expect(up.map((r) => [r.start, r.end, r.gateway])).toEqual([
      [8, 8, undefined],
      [8, 254, 8],
      [eid(0x1d), eid(0x1d), undefined],
    ]);
    expect(upper.mctp.lookupNeighbour(eid(0x1d), 'up-40')).toBe('1d');
    // The bridge in its turn tells the one below it.
    const next = lower.mctp.routes().filter((route) => route.link === 'up-41');
    expect(next.map((r) => r.start).sort((a, b) => a - b)).toEqual(
      [8, eid(0x40), eid(0x20), eid(0x21)].sort((a, b) => a - b),
    );
  });

  it('replaces what was told before, splitting ranges, and leaves other routes alone', async () => {
    const { clock, eid, ask, upper } = await tree();
    await pass(clock, 1000);
    const tell = (entries: { type: number; size: number; first: number; phys: Uint8Array }[]) =>
      settle(clock, ask(eid(0x40), RoutingInformationUpdate, { entries }));
    await tell([
      { type: ROUTE_TYPE.bridge, size: 1, first: 150, phys: Uint8Array.of(0x60) },
      { type: ROUTE_TYPE.pool, size: 9, first: 151, phys: Uint8Array.of(0x60) },
    ]);
    await tell([{ type: ROUTE_TYPE.endpoint, size: 1, first: 155, phys: Uint8Array.of(0x62) }]);
    const routes = () =>
      upper.mctp
        .routes()
        .filter((route) => route.start >= 150)
        .map((r) => [r.start, r.end, r.gateway]);
    expect(routes()).toEqual([
      [150, 150, undefined],
      [151, 154, 150],
      [155, 155, undefined],
      [156, 159, 150],
    ]);
    const own = upper.bridge.pool!;
    await tell([{ type: ROUTE_TYPE.endpoint, size: 1, first: own.first, phys: Uint8Array.of(0x62) }]);
    expect(upper.mctp.lookupRoute(own.first)?.link).toBe('down-40');
    const bad = { completionCode: COMPLETION.invalidData };
    await expect(tell([{ type: 0, size: 9, first: 250, phys: Uint8Array.of(0x60) }])).rejects.toMatchObject(bad);
    await expect(tell([{ type: 0, size: 0, first: 100, phys: Uint8Array.of(0x60) }])).rejects.toMatchObject(bad);
    upper.bridge.reset();
    await flush();
    expect(upper.mctp.routes()).toEqual([]);
    expect(upper.mctp.neighbours()).toEqual([]);
    expect(upper.mctp.addresses()).toEqual([]);
  });

  it('is taken from above only', async () => {
    const { clock, one, eid } = await tree();
    const client = new ControlClient({ transport: one.mctp, clock });
    const entries = [{ type: 0, size: 1, first: 150, phys: Uint8Array.of(0x60) }];
    await expect(
      settle(clock, client.request({ eid: eid(0x40) }, RoutingInformationUpdate, { entries })),
    ).rejects.toMatchObject({ completionCode: COMPLETION.unsupportedCommand });
  });
});

describe('the bus owner as others see it', () => {
  it('answers where endpoints are, and for itself', async () => {
    const { clock, near, eid, upper } = await tree();
    const client = new ControlClient({ transport: near.mctp, clock });
    const to = { eid: 8 };
    const ask = <T>(asked: Promise<T>) => settle(clock, asked);
    expect(await ask(client.request(to, ResolveEndpointID, { eid: eid(0x22) }))).toMatchObject({
      bridgeEid: eid(0x40),
      phys: Uint8Array.of(0x80),
    });
    expect(await ask(client.request(to, ResolveEndpointID, { eid: eid(0x1d) }))).toMatchObject({
      bridgeEid: eid(0x1d),
      phys: Uint8Array.of(0x3a),
    });
    expect(await ask(client.request(to, QueryHop, { eid: eid(0x22), type: 1 }))).toMatchObject({ nextBridge: 0 });
    expect(await ask(client.request(to, GetNetworkID, {}))).toMatchObject({ networkId: uuidOf(0xffff) });
    const table = await ask(client.request(to, GetRoutingTableEntries, { handle: 0 }));
    expect(table.entries.map(({ start }) => start).sort((a, b) => a - b)).toEqual(
      [eid(0x1d), eid(0x40), upper.bridge.pool!.first].sort((a, b) => a - b),
    );
    await expect(ask(client.request(to, RoutingInformationUpdate, { entries: [] }))).rejects.toMatchObject({
      completionCode: COMPLETION.unsupportedCommand,
    });
  });

  it('comes when a device asks to be discovered', async () => {
    const { clock, wire, owner } = await tree();
    const late = await addEndpoint(clock, wire, '30', { uuid: uuidOf(0x30) });
    await settle(clock, late.role.notifyBusOwner('dev-30', '10'));
    await pass(clock, 500);
    expect(owner.endpoints().find((e) => e.uuid === uuidOf(0x30))).toMatchObject({ physicalAddress: '30' });
    late.role.reset();
    await settle(clock, late.role.notifyBusOwner('dev-30', '10'));
    await pass(clock, 500);
    expect(late.mctp.addresses()).toHaveLength(1);
  });
});

describe('a bridge that is reset', () => {
  it('and everything behind it is there again, with the same EIDs, and no EID twice', async () => {
    const { clock, upper, lower, owner, events, eid } = await tree();
    owner.monitor();
    const before = owner.endpoints().map((e) => [e.uuid, e.eid]);
    events.length = 0;
    upper.bridge.reset();
    await pass(clock, 12_000);
    expect(owner.endpoints().map((e) => [e.uuid, e.eid])).toEqual(before);
    expect(events.filter(({ type }) => type === 'conflict')).toEqual([]);
    expect(owner.endpoints().every((e) => e.connectivity === 'available')).toBe(true);
    expect(lower.mctp.addresses()[0]?.eid).toBe(eid(0x41));
    owner.close();
  });

  it('vanishes with everything behind it when it is gone', async () => {
    const { clock, upper, owner, mctp, eid } = await tree();
    owner.monitor();
    const near = eid(0x1d);
    await upper.close();
    await pass(clock, 40_000);
    expect(owner.endpoints().map((e) => e.eid)).toEqual([near]);
    expect(mctp.routes().map((r) => r.start)).toEqual([near]);
    expect(owner.pool.entries().map(([id]) => id)).toEqual([8, near]);
    owner.close();
  });
});

describe('a bridge that shows no routing table', () => {
  it('is asked for every EID it was given', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const { bridge, below } = await addBridge(clock, wire, '40', { uuid: uuidOf(0x40), poolSize: 4 });
    bridge.endpoint.responder.handlers.on(GetRoutingTableEntries, () => fail(COMPLETION.unsupportedCommand));
    await addDevice(clock, below, '20', { uuid: uuidOf(0x20) });
    await addDevice(clock, below, '21', { uuid: uuidOf(0x21) });
    const { owner } = await addOwner(clock, [{ wire, name: 'bus0' }], {});
    const found = await settle(clock, owner.discover());
    expect(found.map((e) => e.uuid).sort()).toEqual([uuidOf(0x20), uuidOf(0x21), uuidOf(0x40)]);
  });
});
