/** Field, rows 1 and 5: what bridges, routes and links that go do to a network. */

import { describe, expect, it } from 'vitest';
import { PacketWire } from '../../hw-fixtures/bench/wires/packet-wire.js';
import { flush, pass, settle } from '../../hw-fixtures/testing/virtual-time.js';
import {
  ControlClient,
  GetRoutingTableEntries,
  RoutingInformationUpdate,
  SetEndpointID,
} from '../../stack/control/index.js';
import { Mctp, VirtualClock } from '../../stack/index.js';
import { BridgeRole } from '../../stack/roles/index.js';
import { packet } from '../support/scripted-link.js';
import { oneStack } from '../support/stacks.js';
import { addBridge, addEndpoint, addOwner, SMBUS_100K, uuidOf } from '../support/topology.js';

describe('row 5: two bridges whose routes point at each other', () => {
  it('a packet ends after one round, is counted and told', async () => {
    const clock = new VirtualClock();
    const ring = [1, 2].map(() => new PacketWire({ clock, ...SMBUS_100K }));
    const bridges = await Promise.all(
      ['40', '41'].map(async (address) => {
        const mctp = new Mctp({ clock, forwarding: true });
        for (const [at, wire] of ring.entries()) mctp.addLink(wire.port({ name: `ring${at}`, address }));
        await mctp.open();
        return mctp;
      }),
    );
    const [a, b] = bridges as [Mctp, Mctp];
    a.addRoute({ start: 50, link: 'ring1' });
    a.addNeighbour(50, 'ring1', '41');
    b.addRoute({ start: 50, link: 'ring0' });
    b.addNeighbour(50, 'ring0', '40');
    const told: unknown[] = [];
    for (const mctp of bridges) mctp.on('circling', (packet) => told.push(packet));
    const sender = ring[0]!.port({ name: 'sender', address: '1d' });
    const mctp = new Mctp({ clock });
    mctp.addLink(sender);
    mctp.addAddress(9, 'sender');
    mctp.addRoute({ start: 50, link: 'sender' });
    mctp.addNeighbour(50, 'sender', '40');
    await mctp.open();
    const socket = mctp.socket();
    await settle(clock, socket.send({ eid: 50 }, new Uint8Array(40), { type: 1 }));
    await pass(clock, 10_000);
    const forwarded = bridges.flatMap((each) => each.links().map(({ counters }) => counters.forwarded));
    expect(forwarded.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(a.links()[0]!.counters.drops.circling).toBe(1);
    expect(told).toEqual([{ link: 'ring0', source: 9, destination: 50 }]);
    // What the sender sends again by itself is passed on again.
    const again = packet({ dest: 50, src: 9 }, '01 02');
    for (let at = 0; at < 5; at++) sender.transmit(again, 0, again.length, '40', 0);
    await pass(clock, 1000);
    expect(a.links()[1]!.counters.forwarded).toBe(6);
  });
});

describe('row 5: an answer', () => {
  const answer = packet({ dest: 8, src: 9, to: false, tag: 0 }, '00 01 02 00 09 00 00');

  it.each([
    ['from where it was asked', '09', 1],
    ['from another place', '33', 0],
  ])('%s', async (_, from, taken) => {
    const { mctp, link, clock, drops } = await oneStack({ addressSize: 1, ownAddress: '10' });
    const socket = mctp.socket();
    let answers = 0;
    const asked = socket.request({ eid: 9 }, Uint8Array.of(0x81, 2), { type: 0, timeoutMs: 100 });
    asked.then(
      () => answers++,
      () => {},
    );
    await flush();
    link.inject(answer, from);
    await pass(clock, 200);
    expect(answers).toBe(taken);
    expect(drops()).toEqual(taken === 1 ? {} : { wrongPlace: 1 });
  });
});

describe('row 5: a change of owner', () => {
  it('is told with who it was before; the same owner again is not', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const device = await addEndpoint(clock, wire, '1d', { uuid: uuidOf(1) });
    const heard: unknown[] = [];
    device.role.onAssigned((owner, eid, before) => heard.push([owner.physicalAddress, eid, before?.physicalAddress]));
    const clients = new Map<string, ControlClient>();
    for (const address of ['10', '11']) {
      const mctp = new Mctp({ clock });
      mctp.addLink(wire.port({ name: 'bus', address }));
      mctp.addAddress(8, 'bus');
      await mctp.open();
      clients.set(address, new ControlClient({ transport: mctp, clock }));
    }
    const to = { eid: 0, link: 'bus', physicalAddress: '1d' };
    for (const address of ['10', '10', '11']) {
      await settle(clock, clients.get(address)!.request(to, SetEndpointID, { operation: 0, eid: 20 }));
    }
    expect(heard).toEqual([
      ['10', 20, undefined],
      ['10', 20, undefined],
      ['11', 20, '10'],
    ]);
  });
});

describe("row 5: a stranger's Routing Information Update", () => {
  it("is refused and changes nothing; the known owner's counts", async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const { bridge, mctp } = await addBridge(clock, wire, '40', { uuid: uuidOf(0x40), poolSize: 4 });
    const { owner } = await addOwner(clock, [{ wire, name: 'bus0' }]);
    await settle(clock, owner.discover());
    const stranger = new Mctp({ clock });
    const port = wire.port({ name: 'stranger', address: '66' });
    stranger.addLink(port);
    stranger.addAddress(30, 'stranger');
    await stranger.open();
    const client = new ControlClient({ transport: stranger, clock });
    const to = { eid: 0, link: 'stranger', physicalAddress: '40' };
    const entries = [{ type: 0, size: 1, first: 77, phys: Uint8Array.of(0xcc) }];
    const before = mctp.routes();
    await expect(settle(clock, client.request(to, RoutingInformationUpdate, { entries }))).rejects.toMatchObject({
      code: 'ECOMPLETION',
    });
    expect(mctp.routes()).toEqual(before);
    expect(bridge.endpoint.busOwner()?.eid).toBe(8);
    await settle(clock, owner.request(owner.endpoints()[0]!.eid, RoutingInformationUpdate, { entries }));
    expect(mctp.lookupRoute(77)).toMatchObject({ start: 77, end: 77 });
  });
});

describe('row 5: Get Routing Table Entries below a serial uplink', () => {
  it.each([9, 20, 40])('%i SMBus endpoints come in pages of 64 bytes at most', async (count) => {
    const clock = new VirtualClock();
    const line = new PacketWire({ clock, addressSize: 0, bitRate: 115_200, bitsPerByte: 10, overheadBytes: 6 });
    const bus = new PacketWire({ clock, ...SMBUS_100K });
    const mctp = new Mctp({ clock });
    mctp.addLink(line.port({ name: 'up', address: '' }));
    mctp.addLink(bus.port({ name: 'bus', address: '10' }));
    await mctp.open();
    const bridge = new BridgeRole({ mctp, clock, upstream: 'up', poolSize: count, uuid: uuidOf(0x40) });
    for (let at = 0; at < count; at++) {
      await addEndpoint(clock, bus, (0x20 + at).toString(16), { uuid: uuidOf(0x1000 + at) });
    }
    const { owner } = await addOwner(clock, [{ wire: line, name: 'line' }], { settleMs: 5000, maxBridgePool: count });
    await settle(clock, owner.discover());
    expect(owner.endpoints()).toHaveLength(count + 1);
    const { eid } = owner.endpoints().find((e) => e.pool !== undefined)!;
    let listed = 0;
    for (let handle = 0; handle !== 0xff; ) {
      const { next, entries } = await settle(clock, owner.request(eid, GetRoutingTableEntries, { handle }));
      expect(6 + entries.reduce((sum, { phys }) => sum + 6 + phys.length, 0)).toBeLessThanOrEqual(64);
      listed += entries.length;
      handle = next;
    }
    expect(listed).toBeGreaterThanOrEqual(count);
    owner.close();
    bridge.close();
  });
});

describe('row 1: a link', () => {
  it('that is removed for good takes its endpoints with it; one that is down does not', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    await addEndpoint(clock, wire, '1d', { uuid: uuidOf(0x1d) });
    const { owner, mctp, events } = await addOwner(clock, [{ wire, name: 'bus0' }]);
    await settle(clock, owner.discover());
    await mctp.closeLink('bus0');
    await flush();
    expect(owner.endpoints()).toHaveLength(1);
    await mctp.removeLink('bus0');
    await flush();
    expect(owner.endpoints()).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: 'vanished', reason: 'link bus0 was removed' });
    expect(mctp.routes()).toEqual([]);
    expect(owner.pool.holder(9)).toBeUndefined();
  });
});
