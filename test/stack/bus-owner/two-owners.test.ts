import { describe, expect, it } from 'vitest';
import { PacketWire } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import type { EndpointEvent } from '../../../stack/bus-owner/index.js';
import { VirtualClock } from '../../../stack/index.js';
import { BusOwnerRole } from '../../../stack/roles/index.js';
import { addDevice, addEndpoint, addOwner, SMBUS_100K, uuidOf } from '../../support/topology.js';

const MINUTE = 60_000;

/** Two devices, and two bus owners which give them different EIDs and look every five seconds. */
async function contested() {
  const clock = new VirtualClock();
  const wire = new PacketWire({ clock, ...SMBUS_100K });
  const ssd = await addDevice(clock, wire, '1d', { uuid: uuidOf(1) });
  const nic = await addDevice(clock, wire, '1e', { uuid: uuidOf(2) });
  const bus = [{ wire, name: 'bus0' }];
  const options = { keepForeign: false, policy: () => ({ fixed: true }) };
  const ours = await addOwner(clock, bus, { ...options, dynamic: [20, 29] });
  const theirs = await addOwner(clock, bus, { ...options, dynamic: [40, 49] }, { eid: 9, address: '11' });
  for (const { owner } of [ours, theirs]) {
    await settle(clock, owner.discover({ addresses: ['1d', '1e'] }));
    owner.monitor();
  }
  return { clock, wire, ssd, nic, ours, theirs };
}

function told(events: readonly EndpointEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'conflict' ? [event.what] : []));
}

describe('a second bus owner on a bus', () => {
  it('is told once for each device, and its EIDs are changed at ever longer intervals', async () => {
    const { clock, ours, theirs } = await contested();
    await pass(clock, 20 * MINUTE);
    for (const { events } of [ours, theirs]) {
      expect(told(events)).toEqual([
        expect.stringMatching(
          /^bus0\/0x1d was given EID .0 and has EID .0, 3 times now: another bus owner seems to give EIDs on bus0/,
        ),
        expect.stringMatching(
          /^bus0\/0x1e was given EID .1 and has EID .1, 3 times now: another bus owner seems to give EIDs on bus0/,
        ),
      ]);
      const given = events.filter(({ type }) => type === 'recovered').map(({ at }) => at);
      // Twice at once; after 30, 60, 120 and 240 s; then every 5 minutes.
      expect(given.length / 2).toBeGreaterThan(4);
      expect(given.length / 2).toBeLessThan(10);
    }
    expect(ours.owner.endpoints().map(({ eid }) => eid)).toEqual([20, 21]);
    ours.owner.close();
    theirs.owner.close();
  });

  it('that has ended leaves the devices to us, and is told again when it comes back', async () => {
    const { clock, wire, ssd, nic, ours, theirs } = await contested();
    await pass(clock, 5 * MINUTE);
    theirs.owner.close();
    await pass(clock, 6 * MINUTE);
    expect([ssd.eid, nic.eid]).toEqual([20, 21]);
    expect(ours.owner.endpoints().map(({ connectivity }) => connectivity)).toEqual(['available', 'available']);
    await pass(clock, 11 * MINUTE);
    ours.events.length = 0;
    const back = await addOwner(
      clock,
      [{ wire, name: 'bus0' }],
      { keepForeign: false, dynamic: [60, 69] },
      { eid: 9, address: '12' },
    );
    await settle(clock, back.owner.discover({ addresses: ['1d'] }));
    back.owner.monitor();
    await pass(clock, MINUTE);
    expect(told(ours.events)).toHaveLength(1);
    ours.owner.close();
    back.owner.close();
  });
});

describe('a bus owner on the bus, which takes no EID', () => {
  it('is called so, once while it is searched for again and again, and at every discovery', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const bus = [{ wire, name: 'bus0' }];
    const theirs = await addOwner(clock, bus, {}, { eid: 9, address: '11' });
    const role = new BusOwnerRole({ mctp: theirs.mctp, clock, owners: [theirs.owner] });
    const { owner, events } = await addOwner(clock, bus, { keepForeign: false, dynamic: [20, 29], scanMs: 1000 });
    await settle(clock, owner.discover());
    owner.monitor();
    await pass(clock, 10_000);
    expect(told(events)).toEqual([
      'bus0/0x11 takes no EID, as a bus owner which gives EIDs itself: SetEndpointID to bus0/0x11 was answered with ERROR_UNSUPPORTED_CMD (0x05)',
    ]);
    await settle(clock, owner.discover());
    expect(told(events)).toHaveLength(2);
    // It is gone, and comes back.
    role.close();
    await pass(clock, 3000);
    new BusOwnerRole({ mctp: theirs.mctp, clock, owners: [theirs.owner] });
    await pass(clock, 3000);
    expect(told(events).filter((what) => what.includes('takes no EID'))).toHaveLength(3);
    owner.close();
  });
});

describe('a device with a static EID', () => {
  it('that is reset again and again is not taken for one which another bus owner numbers', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const { role } = await addEndpoint(clock, wire, '1d', { uuid: uuidOf(1), staticEid: 50 });
    const { owner, events } = await addOwner(clock, [{ wire, name: 'bus0' }], { keepForeign: false, dynamic: [9, 20] });
    await settle(clock, owner.discover());
    owner.monitor();
    for (let times = 0; times < 5; times++) {
      role.reset();
      await pass(clock, 6000);
    }
    expect(events.map(({ type }) => type)).toEqual(['appeared', ...Array<string>(5).fill('recovered')]);
    expect(events.at(-1)).toMatchObject({ what: 'had EID 50 and has EID 9 again' });
    owner.close();
  });
});
