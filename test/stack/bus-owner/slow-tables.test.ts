/** Tables which take their time: what is changed in them by one does not come between what another changes. */

import { describe, expect, it } from 'vitest';
import { PacketWire } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { BusOwner, type EndpointEvent } from '../../../stack/bus-owner/index.js';
import { MctpError } from '../../../stack/errors.js';
import { Mctp, VirtualClock } from '../../../stack/index.js';
import { slowTables } from '../../support/slow-tables.js';
import { addDevice, SMBUS_100K, uuidOf } from '../../support/topology.js';

/** Devices on a bus, found; events from then on. */
async function found({ ms = 2, tells = true, devices = ['1d', '1e'] } = {}) {
  const clock = new VirtualClock();
  const wire = new PacketWire({ clock, ...SMBUS_100K });
  for (const [index, address] of devices.entries()) await addDevice(clock, wire, address, { uuid: uuidOf(index) });
  const mctp = new Mctp({ clock });
  const port = wire.port({ name: 'bus0', address: '10', window: 8 });
  const addLink = async (): Promise<void> => {
    mctp.addLink(port);
    mctp.addAddress(8, 'bus0');
    await mctp.open();
  };
  await addLink();
  const owner = new BusOwner({ host: slowTables(mctp, clock, ms, tells), clock });
  await settle(clock, owner.discover());
  const story: string[] = [];
  owner.onEvent((e: EndpointEvent) => story.push(`${e.type} ${e.type === 'conflict' ? e.what : e.endpoint.eid}`));
  const replaceLink = async (): Promise<void> => {
    await mctp.removeLink('bus0');
    await addLink();
  };
  const reachable = (): unknown[] =>
    [9, 10].map((eid) => [mctp.lookupRoute(eid)?.link, mctp.lookupNeighbour(eid, 'bus0')]);
  return { clock, mctp, owner, story, replaceLink, reachable };
}

const REACHABLE = [
  ['bus0', '1d'],
  ['bus0', '1e'],
];

describe('tables which take their time', () => {
  it('lose the endpoints of a link which is removed, though there is one with its name again at once', async () => {
    const { clock, owner, story, replaceLink, reachable } = await found();
    await replaceLink();
    await pass(clock, 100);
    expect(story).toEqual(['vanished 9', 'vanished 10']);
    await settle(clock, owner.discover());
    expect(reachable()).toEqual(REACHABLE);
    owner.close();
    expect(clock.pending).toBe(0);
  });

  it('have the endpoints of a link which is replaced, when they are searched for at once', async () => {
    const devices = ['1d', '1e', '20', '21', '22', '23'];
    const { clock, owner, replaceLink, reachable } = await found({ ms: 20, devices });
    await replaceLink();
    await settle(clock, owner.discover());
    await pass(clock, 1000);
    expect(owner.endpoints().map(({ eid }) => eid)).toEqual([9, 10, 11, 12, 13, 14]);
    expect(reachable()).toEqual(REACHABLE);
    owner.close();
  });

  it('which refuse the way to an endpoint do not end the search for the others', async () => {
    const { clock, mctp, owner, story, replaceLink } = await found({ tells: false });
    await replaceLink();
    const add = mctp.addNeighbour.bind(mctp);
    mctp.addNeighbour = (eid, link, at) => {
      if (eid === 9) throw new MctpError('ENODEV', 'the tables say no');
      return add(eid, link, at);
    };
    expect((await settle(clock, owner.discover())).map(({ eid }) => eid)).toEqual([9, 10]);
    expect(story).toEqual(['conflict the tables say no']);
    expect(mctp.lookupRoute(10)).toMatchObject({ link: 'bus0' });
    owner.close();
  });

  it('are in order again after a discovery where nobody tells of links', async () => {
    const { clock, owner, story, replaceLink, reachable } = await found({ tells: false });
    await replaceLink();
    expect((await settle(clock, owner.discover())).map(({ eid }) => eid)).toEqual([9, 10]);
    expect(reachable()).toEqual(REACHABLE);
    expect(story).toEqual([]);
    owner.close();
  });

  it('may lose the way to an endpoint with its link while it is removed', async () => {
    const { clock, mctp, owner, story } = await found();
    const removed = owner.remove(9);
    // The route was seen, and is about to be removed.
    await pass(clock, 5);
    await mctp.removeLink('bus0');
    await settle(clock, removed);
    await pass(clock, 100);
    expect(story).toEqual(['vanished 9', 'vanished 10']);
    owner.close();
    expect(clock.pending).toBe(0);
  });

  it('have the way to an endpoint which is set up while it is removed, and it vanished before it appeared', async () => {
    const { clock, owner, story, reachable } = await found({ ms: 5 });
    await settle(clock, Promise.all([owner.remove(9), owner.setup('bus0', '1d')]));
    expect(story).toEqual(['vanished 9', 'appeared 9']);
    expect(reachable()).toEqual(REACHABLE);
    owner.close();
  });
});
