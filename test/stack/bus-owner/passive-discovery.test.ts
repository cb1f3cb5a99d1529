import { describe, expect, it } from 'vitest';
import { PacketWire } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { settle, settleError } from '../../../hw-fixtures/testing/virtual-time.js';
import { BusOwner, type NetworkStack } from '../../../stack/bus-owner/index.js';
import { SetEndpointID } from '../../../stack/control/index.js';
import { type Mctp, VirtualClock } from '../../../stack/index.js';
import { addEndpoint, addOwner, SMBUS_100K, uuidOf } from '../../support/topology.js';

/** The tables of `mctp` as another program's: every change is written down instead of made. */
function othersTables(mctp: Mctp, changes: string[]): NetworkStack {
  const change = (what: string) => (): void => void changes.push(what);
  return {
    readOnly: true,
    socket: () => mctp.socket(),
    peerKey: (to) => mctp.peerKey(to),
    links: () => mctp.links(),
    addresses: () => mctp.addresses(),
    routes: () => mctp.routes(),
    neighbours: () => mctp.neighbours(),
    addAddress: change('addAddress'),
    addRoute: change('addRoute'),
    removeRoute: change('removeRoute'),
    addNeighbour: change('addNeighbour'),
    removeNeighbour: change('removeNeighbour'),
    probeAddresses: (link) => mctp.probeAddresses(link),
  };
}

async function world() {
  const clock = new VirtualClock();
  const wire = new PacketWire({ clock, ...SMBUS_100K });
  const devices = [
    await addEndpoint(clock, wire, '1d', { uuid: uuidOf(0x1d), types: [1] }),
    await addEndpoint(clock, wire, '32', { uuid: uuidOf(0x32), types: [1] }),
  ];
  const { owner, mctp, close } = await addOwner(clock, [{ wire, name: 'bus0' }]);
  await settle(clock, owner.discover());
  owner.close();
  const changes: string[] = [];
  const given: number[] = [];
  mctp.tap((packet) => {
    const { buffer, start, direction } = packet;
    const [type, , command] = buffer.subarray(start + 4);
    if (direction === 'tx' && type === 0 && command === SetEndpointID.code) given.push(buffer[start + 1]!);
  });
  const onlooker = new BusOwner({ host: othersTables(mctp, changes), clock, scanMs: 1_000, pollMs: 1_000 });
  return { clock, wire, devices, mctp, onlooker, changes, given, close };
}

describe('a bus owner where EIDs are given by another program', () => {
  it('learns those that there are routes to, and nobody else', async () => {
    const { clock, wire, onlooker, changes, given, mctp } = await world();
    await addEndpoint(clock, wire, '44', { uuid: uuidOf(0x44), types: [1] });
    mctp.addRoute({ start: 100, end: 103, link: 'bus0' });
    const found = await settle(clock, onlooker.discover());
    expect(found.map(({ eid, uuid }) => [eid, uuid])).toEqual([
      [9, uuidOf(0x1d)],
      [10, uuidOf(0x32)],
    ]);
    const one = await settle(clock, onlooker.discover({ links: ['nowhere'] }));
    expect(one).toHaveLength(2);
    expect({ changes, given }).toEqual({ changes: [], given: [] });
  });

  it('with physical addresses: those that have one of them', async () => {
    const { clock, onlooker } = await world();
    const found = await settle(clock, onlooker.discover({ addresses: ['32'] }));
    expect(found.map(({ eid }) => eid)).toEqual([10]);
  });

  it('that is watching gives no EID to a device that lost its own, and sees new ones when they have routes', async () => {
    const { clock, wire, devices, onlooker, changes, given, mctp } = await world();
    await settle(clock, onlooker.discover());
    onlooker.monitor();
    await devices[0]!.close();
    await addEndpoint(clock, wire, '44', { uuid: uuidOf(0x44), types: [1] });
    await settle(clock, new Promise<void>((resolve) => clock.schedule(40_000, resolve)));
    expect(onlooker.endpoints().map(({ eid }) => eid)).toEqual([10]);
    expect({ changes, given }).toEqual({ changes: [], given: [] });
    // The other program has found the device that moved.
    const other = new BusOwner({ host: mctp, clock });
    await settle(clock, other.assign('bus0', '44'));
    other.close();
    const appeared = new Promise<string | undefined>((resolve) =>
      onlooker.onEvent((event) => event.type === 'appeared' && resolve(event.endpoint.uuid)),
    );
    expect(await settle(clock, appeared)).toBe(uuidOf(0x44));
    expect(changes).toEqual([]);
    onlooker.close();
  });

  it('refuses to set up a device', async () => {
    const { clock, onlooker, given } = await world();
    expect(await settleError(clock, onlooker.setup('bus0', '1d'))).toMatchObject({ code: 'EACCES' });
    expect(await settleError(clock, onlooker.assign('bus0', '1d'))).toMatchObject({ code: 'EACCES' });
    expect(given).toEqual([]);
  });
});
