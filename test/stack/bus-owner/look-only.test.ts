import { describe, expect, it } from 'vitest';
import { PacketWire } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { settle, settleError } from '../../../hw-fixtures/testing/virtual-time.js';
import { BusOwner, type EndpointEvent } from '../../../stack/bus-owner/index.js';
import { AllocateEndpointIDs, SetEndpointID } from '../../../stack/control/index.js';
import { VirtualClock } from '../../../stack/index.js';
import { addBridge, addDevice, addOwner, SMBUS_100K, uuidOf } from '../../support/topology.js';

/** A bus that has its owner already, and a second one that only looks. */
async function owned() {
  const clock = new VirtualClock();
  const wire = new PacketWire({ clock, ...SMBUS_100K });
  await addDevice(clock, wire, '1d', { uuid: uuidOf(0x1d), types: [1] });
  const bridge = await addBridge(clock, wire, '40', { uuid: uuidOf(0x40), poolSize: 4 });
  await addDevice(clock, bridge.below, '20', { uuid: uuidOf(0x20), types: [5] });
  const first = await addOwner(clock, [{ wire, name: 'bus0' }], { dynamic: [100, 200] });
  const given = await settle(clock, first.owner.discover());
  await first.owner.retire('its time is over');
  await addDevice(clock, wire, '32', { uuid: uuidOf(0x32), types: [1] });
  const { mctp } = first;
  const owner = new BusOwner({ host: mctp, clock, dynamic: [9, 99], mayAssign: () => false });
  const events: EndpointEvent[] = [];
  owner.onEvent((event) => events.push(event));
  return { clock, given, mctp, owner, events };
}

describe('a bus owner that only looks', () => {
  it('changes nothing: who has an EID keeps it, a bridge its pool, and who has none is told', async () => {
    const { clock, given, owner, events, mctp } = await owned();
    const changes: number[] = [];
    mctp.tap(({ direction, buffer, start }) => {
      const command = buffer[start + 6]!;
      if (direction === 'tx' && (command === SetEndpointID.code || command === AllocateEndpointIDs.code)) {
        changes.push(command === AllocateEndpointIDs.code && buffer[start + 7] === 2 ? 0 : command);
      }
    });
    const found = await settle(clock, owner.discover());
    expect(changes.filter((command) => command !== 0)).toEqual([]);
    expect(found.map(({ eid, uuid, pool, bridge }) => ({ eid, uuid, pool, bridge }))).toEqual(
      given.map(({ eid, uuid, pool, bridge }) => ({ eid, uuid, pool, bridge })),
    );
    expect(events.filter(({ type }) => type === 'conflict')).toMatchObject([
      { place: 'bus0/0x32', what: 'bus0/0x32 has no EID yet', error: { code: 'EADDRNOTAVAIL' } },
    ]);
  });

  it('gives no EID on request either', async () => {
    const { clock, owner } = await owned();
    expect(await settleError(clock, owner.assign('bus0', '32'))).toMatchObject({ code: 'EACCES' });
    expect(await settleError(clock, owner.assignStatic('bus0', '1d', 50))).toMatchObject({ code: 'EACCES' });
  });
});
