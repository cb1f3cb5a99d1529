import { describe, expect, it } from 'vitest';
import { PacketWire } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { settle } from '../../../hw-fixtures/testing/virtual-time.js';
import type { EndpointEvent } from '../../../stack/bus-owner/index.js';
import { VirtualClock } from '../../../stack/index.js';
import { addBridge, addDevice, addOwner, SMBUS_100K, uuidOf } from '../../support/topology.js';

async function twoBuses(dynamicOf: (link: string) => readonly [number, number] | undefined) {
  const clock = new VirtualClock();
  const [one, two] = [new PacketWire({ clock, ...SMBUS_100K }), new PacketWire({ clock, ...SMBUS_100K })];
  for (const address of ['1d', '32']) await addDevice(clock, one, address, { uuid: uuidOf(Number(`0x${address}`)) });
  await addDevice(clock, two, '1d', { uuid: uuidOf(0x11d) });
  const bridge = await addBridge(clock, two, '40', { uuid: uuidOf(0x40), poolSize: 3 });
  await addDevice(clock, bridge.below, '20', { uuid: uuidOf(0x20) });
  const wires = [
    { wire: one, name: 'bus0' },
    { wire: two, name: 'bus1' },
  ];
  const { owner } = await addOwner(clock, wires, { dynamic: [9, 99], dynamicOf, keepForeign: false });
  const events: EndpointEvent[] = [];
  owner.onEvent((event) => events.push(event));
  const found = await settle(clock, owner.discover());
  return { found: found.map(({ link, eid, pool }) => [link, eid, pool?.first]), events };
}

describe('a link with a range of its own', () => {
  it('gives its EIDs, and its bridges their pools, from that range; other links give those of the network', async () => {
    const { found } = await twoBuses((link) => (link === 'bus1' ? [200, 210] : undefined));
    expect(found).toEqual([
      ['bus0', 9, undefined],
      ['bus0', 10, undefined],
      ['bus1', 200, undefined],
      ['bus1', 201, 202],
      ['bus1', 202, undefined],
    ]);
  });

  it('is full when its EIDs are given, though the network has more', async () => {
    const { found, events } = await twoBuses((link) => (link === 'bus0' ? [50, 50] : undefined));
    expect(found.filter(([link]) => link === 'bus0')).toEqual([['bus0', 50, undefined]]);
    expect(events.filter(({ type }) => type === 'conflict')).toMatchObject([
      { error: { code: 'ENOBUFS', message: 'no EID is left between 50 and 50 for bus0/0x32' } },
    ]);
  });

  it('may share EIDs with another: none is given twice', async () => {
    const { found } = await twoBuses(() => [30, 60]);
    expect(new Set(found.map(([, eid]) => eid)).size).toBe(found.length);
  });
});
