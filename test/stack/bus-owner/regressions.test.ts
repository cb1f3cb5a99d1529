/** What went wrong elsewhere, by its name in the list of regressions. */

import { describe, expect, it } from 'vitest';
import {
  ignoreSetEid,
  lateReply,
  minGap,
  nilUuid,
  noOptionalCommands,
  resetAfter,
  silent,
  truncatedTypeList,
  wrongEid,
} from '../../../hw-fixtures/bench/device/behaviours.js';
import { PacketWire } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import {
  COMPLETION,
  GetMessageTypeSupport,
  GetRoutingTableEntries,
  GetVendorDefinedMessageSupport,
  SetEndpointID,
} from '../../../stack/control/index.js';
import { VirtualClock } from '../../../stack/index.js';
import { fail } from '../../../stack/protocol/index.js';
import { addBridge, addDevice, addEndpoint, addOwner, SMBUS_100K, uuidOf } from '../../support/topology.js';

function bus() {
  const clock = new VirtualClock();
  const wire = new PacketWire({ clock, ...SMBUS_100K });
  return { clock, wire, wires: [{ wire, name: 'bus0' }] };
}

describe('set-eid-other-eid', () => {
  it('follows what the device really uses', async () => {
    const { clock, wire, wires } = bus();
    const device = await addDevice(clock, wire, '1d', { uuid: uuidOf(1), behaviours: [wrongEid(90)] });
    const { owner, mctp } = await addOwner(clock, wires);
    const [found] = await settle(clock, owner.discover());
    expect(found).toMatchObject({ eid: 99, remarks: ['was told to use EID 9 and uses 99'] });
    expect(device.eid).toBe(99);
    expect(owner.pool.entries().map(([eid]) => eid)).toEqual([8, 99]);
    expect(mctp.routes().map((route) => route.start)).toEqual([99]);
    expect(mctp.neighbours().map((neighbour) => neighbour.eid)).toEqual([99]);
  });

  it('reports a device that insists on the EID of another, and keeps no ghost of it', async () => {
    const { clock, wire, wires } = bus();
    await addDevice(clock, wire, '1d', { uuid: uuidOf(1), eid: 10 });
    await addDevice(clock, wire, '1e', { uuid: uuidOf(2), behaviours: [wrongEid(1)] });
    const { owner, mctp, events } = await addOwner(clock, wires);
    const found = await settle(clock, owner.discover());
    expect(found.map(({ eid, uuid }) => [eid, uuid])).toEqual([[10, uuidOf(1)]]);
    expect(events.filter(({ type }) => type === 'conflict')).toMatchObject([
      { place: 'bus0/0x1e', what: 'bus0/0x1e was told to use EID 9 and insists on 10, which belongs to bus0/0x1d' },
    ]);
    expect(mctp.routes().map((route) => route.start)).toEqual([10]);
    expect(owner.pool.entries().map(([eid]) => eid)).toEqual([8, 10]);
  });

  it('is not fooled by a device that says yes and does nothing', async () => {
    const { clock, wire, wires } = bus();
    await addDevice(clock, wire, '1d', { uuid: uuidOf(1), behaviours: [ignoreSetEid()] });
    const { owner, mctp, events } = await addOwner(clock, wires);
    expect(await settle(clock, owner.discover())).toEqual([]);
    expect(events).toMatchObject([{ type: 'conflict', place: 'bus0/0x1d' }]);
    expect(mctp.routes()).toEqual([]);
  });

  it('reports a refusal', async () => {
    const { clock, wire, wires } = bus();
    const device = await addEndpoint(clock, wire, '1d', { uuid: uuidOf(1) });
    device.role.responder.handlers.on(SetEndpointID, () => fail(COMPLETION.error));
    const { owner, events, mctp } = await addOwner(clock, wires);
    expect(await settle(clock, owner.discover())).toEqual([]);
    expect(events).toMatchObject([{ type: 'conflict', what: expect.stringContaining('ERROR (0x01)') }]);
    expect(mctp.routes()).toEqual([]);
  });
});

describe('nil-uuid', () => {
  it('tells devices with an all-zero UUID apart by where they are', async () => {
    const { clock, wire, wires } = bus();
    for (const address of ['1d', '1e'])
      await addDevice(clock, wire, address, { uuid: uuidOf(1), behaviours: [nilUuid()] });
    const { owner } = await addOwner(clock, wires);
    const found = await settle(clock, owner.discover());
    expect(found.map((e) => [e.eid, e.physicalAddress, e.uuid, e.remarks])).toEqual([
      [9, '1d', undefined, ['reports a UUID that says nothing']],
      [10, '1e', undefined, ['reports a UUID that says nothing']],
    ]);
  });

  it('does not merge two devices that share a UUID', async () => {
    const { clock, wire, wires } = bus();
    for (const address of ['1d', '1e']) await addDevice(clock, wire, address, { uuid: uuidOf(1) });
    const { owner, events } = await addOwner(clock, wires);
    const found = await settle(clock, owner.discover());
    expect(found.map((e) => [e.eid, e.uuid])).toEqual([
      [9, uuidOf(1)],
      [10, undefined],
    ]);
    expect(events.filter(({ type }) => type === 'conflict')).toMatchObject([
      { what: `bus0/0x1e and bus0/0x1d report the same UUID ${uuidOf(1)}` },
    ]);
  });

  it('lets one device have an endpoint on each of two links', async () => {
    const { clock, wire, wires } = bus();
    const other = new PacketWire({ clock, ...SMBUS_100K });
    await addDevice(clock, wire, '1d', { uuid: uuidOf(1) });
    await addDevice(clock, other, '1d', { uuid: uuidOf(1) });
    const { owner, events } = await addOwner(clock, [...wires, { wire: other, name: 'bus1' }]);
    const found = await settle(clock, owner.discover());
    expect(found.map((e) => [e.link, e.uuid])).toEqual([
      ['bus0', uuidOf(1)],
      ['bus1', uuidOf(1)],
    ]);
    expect(events.filter(({ type }) => type === 'conflict')).toEqual([]);
  });
});

describe('optional-command-missing', () => {
  it('needs nothing but what is mandatory', async () => {
    const { clock, wire, wires } = bus();
    await addDevice(clock, wire, '1d', { uuid: uuidOf(1), types: [1, 0x7e], behaviours: [noOptionalCommands()] });
    const { owner, events } = await addOwner(clock, wires);
    const [found] = await settle(clock, owner.discover());
    expect(found).toMatchObject({ eid: 9, uuid: undefined, messageTypes: [1, 0x7e], vendorDefined: [] });
    expect(events.map(({ type }) => type)).toEqual(['appeared']);
  });
});

describe('ghost-after-reset', () => {
  it('a reset device gets its EID back', async () => {
    const { clock, wire, wires } = bus();
    const devices = [];
    for (const n of [0x1d, 0x1e]) devices.push(await addDevice(clock, wire, n.toString(16), { uuid: uuidOf(n) }));
    const { owner, events } = await addOwner(clock, wires, { pollMs: 1000 });
    await settle(clock, owner.discover());
    owner.monitor();
    devices[1]!.reset();
    await pass(clock, 1500);
    expect(devices.map(({ eid }) => eid)).toEqual([9, 10]);
    expect(events.at(-1)).toMatchObject({ type: 'recovered', what: 'was reset and has EID 10 again' });
    expect(owner.endpoints().map(({ eid, uuid }) => [eid, uuid])).toEqual([
      [9, uuidOf(0x1d)],
      [10, uuidOf(0x1e)],
    ]);
    owner.close();
  });

  it('a device that restarts while it is set up is set up all the same', async () => {
    for (let after = 0; after < 9; after++) {
      const { clock, wire, wires } = bus();
      const device = await addDevice(clock, wire, '1d', {
        uuid: uuidOf(1),
        types: [1],
        behaviours: [resetAfter(after)],
      });
      const { owner, mctp } = await addOwner(clock, wires, { pollMs: 500, scanMs: 500 });
      await settle(clock, owner.discover());
      owner.monitor();
      await pass(clock, 3000);
      expect([after, device.eid, device.counters.resets]).toEqual([after, 9, 1]);
      expect(owner.endpoints()).toMatchObject([{ eid: 9, connectivity: 'available', messageTypes: [1] }]);
      expect(mctp.routes().map((route) => route.start)).toEqual([9]);
      owner.close();
    }
  });

  it('a device that forgets its EID while it is set up leaves nobody that EID', async () => {
    for (let after = 1; after < 9; after++) {
      const { clock, wire, wires } = bus();
      const device = await addDevice(clock, wire, '1d', { uuid: uuidOf(1), behaviours: [resetAfter(after)] });
      device.mctp!.addAddress(20, 'dev-1d');
      const assignments = [{ eid: 50, link: 'bus0', physicalAddress: '1d' }];
      const { owner } = await addOwner(clock, wires, { pollMs: 500, assignments });
      await settle(clock, owner.discover());
      owner.monitor();
      await pass(clock, 8000);
      expect([after, device.counters.resets]).toEqual([after, 1]);
      expect(owner.pool.entries().map(([eid]) => eid)).toEqual([8, 50]);
      expect(device.eid).toBe(50);
      owner.close();
    }
  });
});

describe('min-gap-between-commands', () => {
  it('a policy keeps the gap for the device that needs it', async () => {
    const { clock, wire, wires } = bus();
    await addDevice(clock, wire, '1d', { uuid: uuidOf(1), types: [1], behaviours: [minGap(40)] });
    const policy = ({ physicalAddress }: { physicalAddress: string | undefined }) =>
      physicalAddress === '1d' ? { minGapMs: 45 } : undefined;
    const { owner, mctp } = await addOwner(clock, wires, { policy });
    const [found] = await settle(clock, owner.discover());
    expect(found).toMatchObject({ eid: 9, messageTypes: [1], connectivity: 'available' });
    expect(mctp.peerCounters().every(({ counters }) => counters.retries === 0)).toBe(true);
    expect(clock.now()).toBeLessThan(1000);
  });
});

describe('truncated-type-list', () => {
  it('is noticed, and the endpoint is there all the same', async () => {
    const { clock, wire, wires } = bus();
    await addDevice(clock, wire, '1d', { uuid: uuidOf(1), types: [1, 5], behaviours: [truncatedTypeList()] });
    const { owner } = await addOwner(clock, wires);
    const [found] = await settle(clock, owner.discover());
    expect(found).toMatchObject({ eid: 9, messageTypes: [] });
    expect(found?.remarks[0]).toMatch(/^its list of message types cannot be read: /);
  });
});

describe('endless-more-processing', () => {
  it('a device that is never ready does not hold us forever', async () => {
    const { clock, wire, wires } = bus();
    const device = await addEndpoint(clock, wire, '1d', { uuid: uuidOf(1) });
    device.role.responder.handlers.on(GetMessageTypeSupport, () => fail(COMPLETION.notReady));
    const { owner } = await addOwner(clock, wires);
    expect(await settle(clock, owner.discover())).toMatchObject([{ eid: 9, messageTypes: [] }]);
    expect(clock.now()).toBeLessThan(7000);
  });

  it('a list of vendor-defined sets without end is cut off', async () => {
    const { clock, wire, wires } = bus();
    const device = await addEndpoint(clock, wire, '1d', { uuid: uuidOf(1), types: [0x7e] });
    let next = 0;
    device.role.responder.handlers.on(GetVendorDefinedMessageSupport, () => {
      next = (next + 1) % 200;
      return { nextSelector: next, format: 0, vendorId: 0x1ab4, commandSet: 1 };
    });
    const { owner } = await addOwner(clock, wires);
    const [found] = await settle(clock, owner.discover());
    expect(found?.vendorDefined).toHaveLength(32);
    expect(found?.remarks).toEqual(['its list of vendor-defined sets has no end']);
  });

  it('a routing table without end is cut off', async () => {
    const { clock, wire, wires } = bus();
    const { bridge } = await addBridge(clock, wire, '40', { uuid: uuidOf(0x40), poolSize: 4 });
    let asked = 0;
    bridge.endpoint.responder.handlers.on(GetRoutingTableEntries, ({ handle }) => {
      asked++;
      return { next: (handle + 1) % 0xff, entries: [] };
    });
    const { owner } = await addOwner(clock, wires, { settleMs: 0 });
    const [found] = await settle(clock, owner.discover());
    expect(asked).toBe(64);
    expect(found?.remarks).toEqual(['its routing table has no end']);
  });
});

describe('late replies', () => {
  it.each([200, 350, 1000])('of %i ms do not put one device in the place of another', async (ms) => {
    const { clock, wire, wires } = bus();
    await addDevice(clock, wire, '1d', { uuid: uuidOf(1), types: [1], behaviours: [lateReply(ms)] });
    await addDevice(clock, wire, '1e', { uuid: uuidOf(2), types: [5] });
    await addDevice(clock, wire, '1f', { uuid: uuidOf(3), behaviours: [silent()] });
    const policy = () => ({ timeoutMs: 2500 });
    const { owner } = await addOwner(clock, wires, { policy });
    const found = await settle(clock, owner.discover());
    const byAddress = new Map(found.map((e) => [e.physicalAddress, [e.uuid, e.messageTypes]]));
    expect(byAddress).toEqual(
      new Map([
        ['1d', [uuidOf(1), [1]]],
        ['1e', [uuidOf(2), [5]]],
      ]),
    );
  });

  it('a device slower than its time is found by its later tries, or not at all, and leaves nothing behind', async () => {
    const { clock, wire, wires } = bus();
    const device = await addDevice(clock, wire, '1d', { uuid: uuidOf(1), behaviours: [lateReply(1200)] });
    const { owner, mctp } = await addOwner(clock, wires);
    expect(await settle(clock, owner.discover())).toEqual([]);
    expect(mctp.routes()).toEqual([]);
    expect(device.eid).toBe(0);
  });
});
