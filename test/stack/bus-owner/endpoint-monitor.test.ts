import { afterEach, describe, expect, it, vi } from 'vitest';
import { PacketWire } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { flush, pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import type { BusOwnerOptions, BusOwnerState } from '../../../stack/bus-owner/index.js';
import {
  AllocateEndpointIDs,
  COMPLETION,
  GetEndpointUUID,
  GetMessageTypeSupport,
} from '../../../stack/control/index.js';
import { VirtualClock } from '../../../stack/index.js';
import { fail } from '../../../stack/protocol/index.js';
import { addBridge, addDevice, addEndpoint, addOwner, SMBUS_100K, uuidOf } from '../../support/topology.js';

/** Two devices on a bus, found; events from then on. */
async function watched(options: Partial<BusOwnerOptions> = {}) {
  const clock = new VirtualClock();
  const wire = new PacketWire({ clock, ...SMBUS_100K });
  const ssd = await addDevice(clock, wire, '1d', { uuid: uuidOf(1), types: [1] });
  const nic = await addDevice(clock, wire, '1e', { uuid: uuidOf(2) });
  const world = await addOwner(clock, [{ wire, name: 'bus0' }], options);
  await settle(clock, world.owner.discover());
  world.events.length = 0;
  const story = () => world.events.map((e) => `${e.type} ${e.type === 'conflict' ? e.place : e.endpoint.eid}`);
  return { clock, wire, ssd, nic, ...world, story };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('an endpoint that is silent', () => {
  it('is degraded at the next look, and given up after TRECLAIM and three more tries', async () => {
    const { clock, owner, ssd, events, mctp, story } = await watched();
    owner.monitor();
    const start = clock.now();
    await ssd.powerOff();
    await pass(clock, 6000);
    expect(story()).toEqual(['degraded 9']);
    expect(owner.endpoint(9)).toMatchObject({ connectivity: 'degraded' });
    await pass(clock, 20_000);
    expect(story()).toEqual(['degraded 9', 'vanished 9']);
    const [degraded, vanished] = events.map(({ at }) => at - start);
    expect(vanished! - degraded!).toBeGreaterThanOrEqual(5000 + 2 * 2500);
    expect(vanished! - degraded!).toBeLessThan(5000 + 4 * 2600);
    expect(mctp.routes().map((route) => route.start)).toEqual([10]);
    expect(mctp.neighbours().map((neighbour) => neighbour.eid)).toEqual([10]);
    expect(owner.pool.entries().map(([eid]) => eid)).toEqual([8, 10]);
    owner.close();
    expect(clock.pending).toBe(0);
  });

  it('that comes back in time keeps its EID, reset or not', async () => {
    const { clock, owner, ssd, story } = await watched({ pollMs: 1000 });
    owner.monitor();
    await ssd.powerOff();
    await pass(clock, 3000);
    await ssd.powerOn();
    expect(ssd.eid).toBe(0);
    await pass(clock, 3000);
    expect(story()).toEqual(['degraded 9', 'recovered 9']);
    expect(ssd.eid).toBe(9);
    expect(owner.endpoint(9)).toMatchObject({ connectivity: 'available' });
    owner.close();
  });

  it('that comes back too late is found by the search, and still gets its EID, as nobody else took it', async () => {
    const { clock, owner, ssd, story } = await watched({ pollMs: 1000, scanMs: 2000 });
    owner.monitor();
    await ssd.powerOff();
    await pass(clock, 30_000);
    await ssd.powerOn();
    await pass(clock, 3000);
    expect(story()).toEqual(['degraded 9', 'vanished 9', 'appeared 9']);
    owner.close();
  });

  it('on a fixed address is marked, and never given up', async () => {
    const { clock, owner, ssd, story } = await watched({ pollMs: 1000, policy: () => ({ fixed: true }) });
    owner.monitor();
    await ssd.powerOff();
    await pass(clock, 60_000);
    expect(story()).toEqual(['degraded 9']);
    await ssd.powerOn();
    await pass(clock, 3000);
    expect(story()).toEqual(['degraded 9', 'recovered 9']);
    owner.close();
  });

  it('is not looked for when nobody monitors, and noticed when somebody asks', async () => {
    const { clock, owner, ssd, story } = await watched();
    await ssd.powerOff();
    await pass(clock, 60_000);
    expect(story()).toEqual([]);
    expect(await settle(clock, owner.check(9))).toMatchObject({ connectivity: 'degraded' });
    await ssd.powerOn();
    expect(await settle(clock, owner.check(9))).toMatchObject({ connectivity: 'available', eid: 9 });
    expect(story()).toEqual(['degraded 9', 'recovered 9']);
  });
});

describe('an EID that was taken back', () => {
  it('rests before another device gets it', async () => {
    const { clock, wire, owner, ssd } = await watched({ dynamic: [9, 10], pollMs: 1000 });
    owner.monitor();
    await ssd.powerOff();
    await pass(clock, 3000);
    await owner.remove(9);
    await addDevice(clock, wire, '1f', { uuid: uuidOf(3) });
    await expect(settle(clock, owner.setup('bus0', '1f'))).rejects.toMatchObject({ code: 'ENOBUFS' });
    await pass(clock, 5000);
    expect(await settle(clock, owner.setup('bus0', '1f'))).toMatchObject({ eid: 9 });
    owner.close();
  });
});

describe('a device that is exchanged', () => {
  it('for another at the same place is another endpoint', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const first = await addEndpoint(clock, wire, '1d', { uuid: uuidOf(1), types: [1] });
    const { owner, events } = await addOwner(clock, [{ wire, name: 'bus0' }], { pollMs: 1000 });
    await settle(clock, owner.discover());
    owner.monitor();
    // The new one has, of all EIDs, the one we gave to the old one.
    first.role.responder.handlers.on(GetEndpointUUID, () => ({ uuid: uuidOf(2) }));
    await pass(clock, 2000);
    expect(events.map((e) => `${e.type} ${e.type === 'conflict' ? '' : e.endpoint.uuid}`)).toEqual([
      `appeared ${uuidOf(1)}`,
      `vanished ${uuidOf(1)}`,
      `appeared ${uuidOf(2)}`,
    ]);
    expect(owner.endpoints()).toMatchObject([{ eid: 9, uuid: uuidOf(2) }]);
    owner.close();
  });

  it('for one with its EID which has no UUID is another endpoint', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const first = await addEndpoint(clock, wire, '1d', { uuid: uuidOf(1) });
    const { owner, events } = await addOwner(clock, [{ wire, name: 'bus0' }], { pollMs: 1000 });
    await settle(clock, owner.discover());
    owner.monitor();
    first.role.responder.handlers.on(GetEndpointUUID, () => fail(COMPLETION.unsupportedCommand));
    await pass(clock, 2000);
    expect(owner.endpoints()).toMatchObject([{ eid: 9, uuid: undefined }]);
    expect(events.map(({ type }) => type)).toEqual(['appeared', 'vanished', 'appeared']);
    owner.close();
  });

  it('for one that was reset does not inherit its EID', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const first = await addEndpoint(clock, wire, '1d', { uuid: uuidOf(1) });
    const { owner, mctp } = await addOwner(clock, [{ wire, name: 'bus0' }], { pollMs: 1000 });
    await settle(clock, owner.discover());
    owner.monitor();
    first.role.responder.handlers.on(GetEndpointUUID, () => ({ uuid: uuidOf(2) }));
    first.role.reset();
    await pass(clock, 2000);
    expect(owner.endpoints()).toMatchObject([{ eid: 10, uuid: uuidOf(2) }]);
    expect(mctp.routes().map((route) => route.start)).toEqual([10]);
    owner.close();
  });

  it('with its neighbour: each keeps the EID it had', async () => {
    const { clock, wire, owner, ssd, nic } = await watched({ pollMs: 1000, scanMs: 1000 });
    owner.monitor();
    await ssd.powerOff();
    await nic.powerOff();
    for (const [address, uuid] of [
      ['2d', uuidOf(1)],
      ['2e', uuidOf(2)],
    ] as const) {
      await addDevice(clock, wire, address, { uuid });
    }
    await pass(clock, 6000);
    expect(owner.endpoints().map((e) => [e.eid, e.uuid, e.physicalAddress])).toEqual([
      [9, uuidOf(1), '2d'],
      [10, uuidOf(2), '2e'],
    ]);
    owner.close();
  });
});

describe('a link that goes down', () => {
  it('degrades what is on it without counting against it, and restores it when it is up', async () => {
    const { clock, owner, mctp, story, wire } = await watched({ pollMs: 1000 });
    owner.monitor();
    const port = mctp.linkByName('bus0') as ReturnType<typeof wire.port>;
    port.unplug();
    expect(story()).toEqual(['degraded 9', 'degraded 10']);
    await pass(clock, 60_000);
    expect(story()).toEqual(['degraded 9', 'degraded 10']);
    port.plug();
    await pass(clock, 500);
    expect(story()).toEqual(['degraded 9', 'degraded 10', 'recovered 9', 'recovered 10']);
    owner.close();
    expect(clock.pending).toBe(0);
  });

  it('does not keep an endpoint behind a bridge, which was silent before, from being looked at again', async () => {
    const { clock, owner, mctp, story, wire } = await watched({ pollMs: 1000 });
    const bridge = await addBridge(clock, wire, '40', { uuid: uuidOf(0x40), poolSize: 4 });
    const deep = await addDevice(clock, bridge.below, '20', { uuid: uuidOf(0x20) });
    await settle(clock, owner.discover());
    expect(owner.endpoint(12)).toMatchObject({ bridge: 11 });
    owner.monitor();
    await deep.powerOff();
    await pass(clock, 4000);
    expect(story().at(-1)).toBe('degraded 12');
    const port = mctp.linkByName('bus0') as ReturnType<typeof wire.port>;
    port.unplug();
    await pass(clock, 4000);
    port.plug();
    await deep.powerOn();
    await pass(clock, 10_000);
    expect(owner.endpoint(12)).toMatchObject({ connectivity: 'available' });
    owner.close();
    await bridge.close();
  });

  it('and comes up at once while a bridge is given its EIDs does not leave it without them', async () => {
    const { clock, owner, mctp, wire } = await watched();
    const bridge = await addBridge(clock, wire, '40', { uuid: uuidOf(0x40), poolSize: 4 });
    const port = mctp.linkByName('bus0') as ReturnType<typeof wire.port>;
    let flickers = 0;
    mctp.tap(({ buffer, start, direction }) => {
      const given = direction === 'tx' && buffer[start + 1] === 11 && buffer[start + 6] === AllocateEndpointIDs.code;
      if (!given || flickers++ > 0) return;
      clock.schedule(0, () => {
        port.unplug();
        port.plug();
      });
    });
    await settle(clock, owner.discover());
    expect(flickers).toBeGreaterThan(0);
    await settle(clock, owner.discover());
    expect(owner.endpoint(11)).toMatchObject({ pool: { first: 12, size: 4 }, remarks: [] });
    owner.close();
    await bridge.close();
  });

  it('says nothing of endpoints which were not shown yet', async () => {
    const { clock, owner, mctp, story, wire } = await watched();
    const bridge = await addBridge(clock, wire, '40', { uuid: uuidOf(0x40), poolSize: 4 });
    await addDevice(clock, bridge.below, '20', { uuid: uuidOf(0x20), types: [1] });
    owner.monitor();
    const port = mctp.linkByName('bus0') as ReturnType<typeof wire.port>;
    // Known already, it is asked what it speaks.
    mctp.tap(({ buffer, start, direction }) => {
      const asked = direction === 'tx' && buffer[start + 1] === 12 && buffer[start + 6] === GetMessageTypeSupport.code;
      if (asked) clock.schedule(0, () => port.unplug());
    });
    await settle(
      clock,
      owner.discover().catch(() => {}),
    );
    expect(story().slice(0, 4)).toEqual(['appeared 11', 'degraded 9', 'degraded 10', 'degraded 11']);
    expect(story()).not.toContain('degraded 12');
    owner.close();
    await bridge.close();
  });
});

describe('what changes about an endpoint', () => {
  it('is told when it is set up again', async () => {
    const { clock, owner, ssd, events } = await watched();
    ssd.role!.types.add(5);
    expect(await settle(clock, owner.setup('bus0', '1d'))).toMatchObject({ messageTypes: [1, 5] });
    expect(events).toMatchObject([{ type: 'changed', what: 'other message types, versions than before' }]);
    expect(owner.pool.entries().map(([eid]) => eid)).toEqual([8, 9, 10]);
  });

  it('leaves it reachable all the time', async () => {
    const { clock, owner, mctp, wire } = await watched();
    const bridge = await addBridge(clock, wire, '40', { uuid: uuidOf(0x40), poolSize: 4 });
    await settle(clock, owner.discover());
    const changes: string[] = [];
    for (const change of ['removeRoute', 'removeNeighbour'] as const) {
      vi.spyOn(mctp, change).mockImplementation((...given: unknown[]) => void changes.push(`${change} ${given}`));
    }
    await settle(clock, Promise.all([owner.setup('bus0', '1d'), owner.setup('bus0', '40')]));
    expect(changes).toEqual([]);
    expect(mctp.routes().map(({ start, end }) => [start, end])).toEqual([
      [9, 9],
      [10, 10],
      [11, 11],
      [12, 15],
    ]);
    owner.close();
    await bridge.close();
  });

  it('is not told of one that was removed while it was set up again', async () => {
    const { clock, owner, wire, story } = await watched();
    const bridge = await addBridge(clock, wire, '40', { uuid: uuidOf(0x40), poolSize: 4 });
    await settle(clock, owner.discover());
    bridge.bridge.reset();
    const checked = owner.check(11);
    // It has its EID again, and is asked what is behind it.
    await pass(clock, 200);
    expect(bridge.mctp.addresses()).toMatchObject([{ eid: 11 }]);
    await settle(clock, owner.remove(11));
    await settle(clock, checked);
    expect(story()).toEqual(['appeared 11', 'vanished 11']);
    owner.close();
    await bridge.close();
  });
});

describe('a second run of the bus owner', () => {
  it('gives everybody the EID of the first, whoever comes first', async () => {
    let state: BusOwnerState = { eids: {} };
    const { owner, ssd, nic, clock, wire } = await watched({
      onState: (now) => {
        state = now;
      },
    });
    owner.close();
    expect(state.eids).toEqual({ [`${uuidOf(1)} on bus0`]: 9, [`${uuidOf(2)} on bus0`]: 10 });
    ssd.reset();
    nic.reset();
    await pass(clock, 100);
    const port = wire.port({ name: 'again', address: '11' });
    const again = await addOwner(clock, [], { state });
    again.mctp.addLink(port);
    again.mctp.addAddress(8, 'again');
    await again.mctp.open();
    await addDevice(clock, wire, '08', { uuid: uuidOf(3) });
    const found = await settle(clock, again.owner.discover());
    const of = (uuid: string) => found.find((e) => e.uuid === uuid)?.eid;
    expect([of(uuidOf(1)), of(uuidOf(2)), of(uuidOf(3))]).toEqual([9, 10, 11]);
  });

  it('without a state file leaves everybody the EID they have', async () => {
    const { owner, clock, wire } = await watched();
    owner.close();
    await addDevice(clock, wire, '08', { uuid: uuidOf(3) });
    const port = wire.port({ name: 'again', address: '11' });
    const again = await addOwner(clock, [], {});
    again.mctp.addLink(port);
    again.mctp.addAddress(8, 'again');
    await again.mctp.open();
    const found = await settle(clock, again.owner.discover());
    expect(found.map((e) => [e.eid, e.uuid])).toEqual([
      [9, uuidOf(1)],
      [10, uuidOf(2)],
      [11, uuidOf(3)],
    ]);
    expect(again.events.filter(({ type }) => type === 'conflict')).toEqual([]);
  });
});

describe('the event stream', () => {
  it('that a listener throws at disturb nobody else', async () => {
    const thrown: unknown[] = [];
    vi.stubGlobal('queueMicrotask', (callback: () => void) => {
      try {
        callback();
      } catch (error) {
        thrown.push(error);
      }
    });
    const { clock, owner, mctp, wire, story } = await watched();
    const mistake = new Error('a mistake of the listener');
    owner.onEvent(() => {
      throw mistake;
    });
    await addDevice(clock, wire, '1f');
    await settle(clock, owner.discover());
    expect(story()).toEqual(['appeared 11']);
    expect(mctp.lookupRoute(11)).toMatchObject({ link: 'bus0' });
    expect(thrown).toEqual([mistake]);
    owner.close();
  });

  it('can be iterated, ends with its signal, and says what it lost', async () => {
    const { owner, clock, ssd } = await watched({ pollMs: 1000 });
    const abort = new AbortController();
    const reader = owner.events({ signal: abort.signal });
    const small = owner.events({ limit: 1 });
    owner.monitor();
    await ssd.powerOff();
    await pass(clock, 2000);
    await ssd.powerOn();
    await pass(clock, 5000);
    expect(await reader.next()).toMatchObject({ value: { type: 'degraded', endpoint: { eid: 9 } } });
    expect(await reader.next()).toMatchObject({ value: { type: 'recovered', endpoint: { eid: 9 } } });
    const third = reader.next();
    abort.abort();
    expect(await third).toEqual({ value: undefined, done: true });
    expect(small.missed).toBe(1);
    owner.close();
    const seen = [];
    for await (const event of small) seen.push(event.type);
    expect(seen).toEqual(['recovered']);
    expect((await owner.events().next()).done).toBe(true);
  });
});

describe('assignments', () => {
  it('by place and by UUID are kept for those they are meant for', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    for (const n of [0x1a, 0x1b, 0x1c, 0x1d]) await addDevice(clock, wire, n.toString(16), { uuid: uuidOf(n) });
    const { owner, mctp } = await addOwner(clock, [{ wire, name: 'bus0' }], {
      assignments: [
        { eid: 9, link: 'bus0', physicalAddress: '1d' },
        { eid: 30, uuid: uuidOf(0x1b) },
        { eid: 10, uuid: uuidOf(0x77) },
        { eid: 12, uuid: uuidOf(0x1c), reserve: false },
      ],
    });
    const found = await settle(clock, owner.discover());
    expect(Object.fromEntries(found.map((e) => [e.physicalAddress, e.eid]))).toEqual({
      '1a': 11,
      '1b': 30,
      '1c': 12,
      '1d': 9,
    });
    // A card with a reserved EID in another slot, long after.
    expect(await settle(clock, owner.assignStatic('bus0', '1a', 40))).toMatchObject({ eid: 40 });
    await expect(settle(clock, owner.assignStatic('bus0', '1a', 30))).rejects.toMatchObject({ code: 'ECONFLICT' });
    expect(owner.endpoints().map(({ eid }) => eid)).toEqual([9, 12, 30, 40]);
    expect(mctp.routes().map(({ start }) => start)).toEqual([30, 12, 9, 40]);
    expect(mctp.neighbours()).toHaveLength(4);
    expect(owner.pool.entries().map(([eid]) => eid)).toEqual([8, 9, 12, 30, 40]);
  });

  it('set up keeps a usable EID, assign does not, learn only takes note', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const device = await addDevice(clock, wire, '1d', { uuid: uuidOf(1), eid: 77 });
    const { owner, mctp } = await addOwner(clock, [{ wire, name: 'bus0' }]);
    expect(await settle(clock, owner.setup('bus0', '1d'))).toMatchObject({ eid: 77 });
    await owner.remove(77);
    expect(await settle(clock, owner.assign('bus0', '1d'))).toMatchObject({ eid: 77 });
    await expect(settle(clock, owner.setup('bus0', '20'))).rejects.toMatchObject({ code: 'ENACK' });
    await owner.remove(77);
    expect(mctp.routes()).toEqual([]);
    await expect(owner.learn(77)).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
    mctp.addNeighbour(77, 'bus0', '1d');
    mctp.addRoute({ start: 70, end: 80, link: 'bus0', gateway: 77 });
    mctp.addRoute({ start: 77, link: 'bus0' });
    expect(await settle(clock, owner.learn(77))).toMatchObject({ eid: 77, uuid: uuidOf(1) });
    expect(device.eid).toBe(77);
    await expect(owner.remove(50)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('learned by the route there is, it is the same one when it is found at its place', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const device = await addDevice(clock, wire, '1d', { uuid: uuidOf(1), eid: 77 });
    const { owner, mctp, events } = await addOwner(clock, [{ wire, name: 'bus0' }]);
    mctp.addNeighbour(77, 'bus0', '1d');
    mctp.addRoute({ start: 77, link: 'bus0' });
    await settle(clock, owner.learn(77));
    await settle(clock, owner.discover());
    expect(device.eid).toBe(77);
    expect(owner.endpoints()).toMatchObject([{ eid: 77, physicalAddress: '1d', remarks: [] }]);
    expect(events.map(({ type }) => type)).toEqual(['appeared', 'vanished', 'appeared']);
    // And when both happens at once.
    await owner.remove(77);
    const setUp = owner.setup('bus0', '1d');
    while (mctp.lookupRoute(77) === undefined) {
      clock.step();
      await flush();
    }
    await settle(clock, Promise.all([setUp, owner.learn(77)]));
    expect(owner.endpoints()).toMatchObject([{ eid: 77, physicalAddress: '1d' }]);
  });

  it('asks what is asked for, by EID, as the policy wants it', async () => {
    const { clock, owner } = await watched();
    expect(await settle(clock, owner.request(9, GetMessageTypeSupport, {}))).toMatchObject({ types: [1] });
    await expect(settle(clock, owner.request(99, GetMessageTypeSupport, {}))).rejects.toMatchObject({
      code: 'EHOSTUNREACH',
    });
  });

  it('leaves alone what the policy says to leave alone', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const device = await addDevice(clock, wire, '1d', { uuid: uuidOf(1) });
    const { owner } = await addOwner(clock, [{ wire, name: 'bus0' }], { policy: () => ({ ignore: true }) });
    expect(await settle(clock, owner.discover())).toEqual([]);
    expect(device.counters.packetsIn).toBe(0);
  });

  it('skips the questions a device does not take well', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    await addDevice(clock, wire, '1d', { uuid: uuidOf(1), types: [1] });
    const policy = () => ({ skip: ['uuid', 'versions'] as const });
    const { owner } = await addOwner(clock, [{ wire, name: 'bus0' }], { policy });
    expect(await settle(clock, owner.discover())).toMatchObject([{ uuid: undefined, versions: {}, messageTypes: [1] }]);
  });
});

describe('closing', () => {
  it('in the middle of a discovery leaves no timer and no promise behind', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const device = await addDevice(clock, wire, '1d', { uuid: uuidOf(1) });
    const { owner, close } = await addOwner(clock, [{ wire, name: 'bus0' }], { scanMs: 100 });
    const done = owner.discover().catch((error: unknown) => error);
    owner.monitor();
    await pass(clock, 70);
    await close();
    await device.powerOff();
    await flush();
    await done;
    expect(clock.pending).toBe(0);
  });
});
