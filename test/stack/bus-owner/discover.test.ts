import { describe, expect, it } from 'vitest';
import { PacketWire } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../../stack/index.js';
import { addBridge, addEndpoint, addOwner, SMBUS_100K, uuidOf } from '../../support/topology.js';

describe('discovery by the bus owner', () => {
  it('finds the endpoints of a bus, gives them EIDs and asks what they are', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const ssd = await addEndpoint(clock, wire, '1d', { uuid: uuidOf(0x1d), types: [1, 4] });
    const nic = await addEndpoint(clock, wire, '32', { uuid: uuidOf(0x32), types: [1] });
    const { owner, mctp, close } = await addOwner(clock, [{ wire, name: 'bus0' }]);

    const found = await settle(clock, owner.discover());

    expect(found.map((e) => [e.physicalAddress, e.uuid, e.messageTypes])).toEqual([
      ['1d', uuidOf(0x1d), [1, 4]],
      ['32', uuidOf(0x32), [1]],
    ]);
    expect(found.map((e) => e.eid)).toEqual([9, 10]);
    expect(found[0]?.versions).toEqual({
      255: ['1.0', '1.1', '1.2', '1.3.1'],
      0: ['1.0', '1.1', '1.2', '1.3.1'],
      1: ['1.0'],
      4: ['1.0'],
    });
    expect(ssd.mctp.addresses()[0]?.eid).toBe(9);
    expect(nic.mctp.addresses()[0]?.eid).toBe(10);
    expect(mctp.routes()).toHaveLength(2);
    for (const c of [ssd, nic]) await c.close();
    await close();
    expect(clock.pending).toBe(0);
  });

  it('gives nobody an EID that has a route already', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    await addEndpoint(clock, wire, '1d', { uuid: uuidOf(0x1d), types: [1] });
    await addEndpoint(clock, wire, '32', { uuid: uuidOf(0x32), types: [1] });
    const other = new PacketWire({ clock, ...SMBUS_100K });
    const { owner, mctp } = await addOwner(clock, [
      { wire, name: 'bus0' },
      { wire: other, name: 'bus1' },
    ]);
    // Another program's, and a range of one.
    mctp.addRoute({ start: 9, link: 'bus1' });
    mctp.addRoute({ start: 10, end: 11, link: 'bus1' });
    // Of the owner before this one: who is there now need not be who it was.
    mctp.addRoute({ start: 12, link: 'bus0' });
    mctp.addNeighbour(12, 'bus0', '32');

    const found = await settle(clock, owner.discover({ links: ['bus0'] }));

    expect(found.map(({ eid, physicalAddress }) => [eid, physicalAddress])).toEqual([
      [13, '1d'],
      [14, '32'],
    ]);
    expect(mctp.routes().find(({ start }) => start === 9)?.link).toBe('bus1');
  });

  it('numbers what is behind two levels of bridges', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const first = await addBridge(clock, wire, '40', { uuid: uuidOf(0x40), poolSize: 8 });
    await addEndpoint(clock, first.below, '20', { uuid: uuidOf(0x20), types: [1] });
    await addEndpoint(clock, first.below, '21', { uuid: uuidOf(0x21), types: [1] });
    const second = await addBridge(clock, first.below, '41', { uuid: uuidOf(0x41), poolSize: 3 });
    await addEndpoint(clock, second.below, '22', { uuid: uuidOf(0x22), types: [5] });
    const { owner, events } = await addOwner(clock, [{ wire, name: 'bus0' }], { settleMs: 3000 });

    const found = await settle(clock, owner.discover());

    expect(events.filter((e) => e.type === 'conflict')).toEqual([]);
    expect(found.map((e) => e.uuid).sort()).toEqual([0x20, 0x21, 0x22, 0x40, 0x41].map(uuidOf));
    expect(new Set(found.map((e) => e.eid)).size).toBe(5);
    const deepest = found.find((e) => e.uuid === uuidOf(0x22))!;
    expect(deepest.bridge).toBe(found.find((e) => e.uuid === uuidOf(0x41))!.eid);
    expect(deepest.messageTypes).toEqual([5]);
  });
});
