import { describe, expect, it } from 'vitest';
import { PacketWire } from '../../../hw-fixtures/bench/packet-wire.js';
import { Mctp, VirtualClock } from '../../../stack/index.js';
import { onOpenLinks } from '../../../tools/config/model.js';
import { startNode } from '../../../tools/config/node.js';
import { parseConfig } from '../../../tools/config/parse.js';
import { addEndpoint, addOwner, SMBUS_100K, uuidOf } from '../../support/topology.js';
import { pass, settle } from '../../support/virtual-time.js';

const LINKS = '[links.top]\nurl = "bus:top"\nrole = "endpoint"\n[links.slots]\nurl = "bus:slots"\n';

async function world(text: string) {
  const clock = new VirtualClock();
  const top = new PacketWire({ clock, ...SMBUS_100K });
  const slots = new PacketWire({ clock, ...SMBUS_100K });
  const mctp = new Mctp({ clock });
  mctp.addLink(top.port({ name: 'bus:top', address: '40' }));
  mctp.addLink(slots.port({ name: 'bus:slots', address: '10' }));
  await mctp.open();
  const node = startNode({ config: parseConfig(LINKS + text), mctp, clock, onProblem: () => {} });
  const device = await addEndpoint(clock, slots, '1d', { uuid: uuidOf(0x1d) });
  const above = await addOwner(clock, [{ wire: top, name: 'top' }]);
  return { clock, mctp, node, device, above };
}

describe('the roles of a configuration', () => {
  it('are endpoint on one link and bus owner on another', async () => {
    const { clock, mctp, node, device, above } = await world(
      'own-eid = 50\n[devices.a]\nlink = "slots"\naddress = 0x1d\neid = 60\n',
    );
    expect(node.bridge).toBeUndefined();
    await settle(clock, node.owners[0]!.discover());
    expect(device.mctp.addresses()[0]?.eid).toBe(60);
    expect(await settle(clock, above.owner.discover())).toMatchObject([{ eid: 9, endpointType: 1 }]);
    expect(mctp.addresses().map(({ eid, link }) => `${eid} ${link}`)).toEqual(['50 bus:slots', '9 bus:top']);
    node.close();
  });

  it('are a bridge with its firewall', async () => {
    const { clock, node, device, above } = await world(
      '[bridge]\nupstream = "top"\npool-size = 3\n[firewall]\n[[firewall.rules]]\naction = "deny"\nto = ["slots"]\ntypes = ["pldm"]\n',
    );
    const found = await settle(clock, above.owner.discover());
    expect(found.map((e) => [e.eid, e.uuid])).toEqual([
      [9, undefined],
      [10, uuidOf(0x1d)],
    ]);
    const received: number[] = [];
    for (const type of [1, 5]) {
      const socket = device.mctp.socket();
      socket.bind({ type });
      socket.onMessage((message) => received.push(message.type));
      await settle(clock, above.mctp.socket().send({ eid: 10 }, new Uint8Array(3), { type, reply: false }));
    }
    await pass(clock, 50);
    expect(received).toEqual([5]);
    expect(node.firewall?.counters.denied).toBe(1);
    expect(node.bridge?.pool).toEqual({ first: 10, size: 3 });
    node.close();
  });

  it('are an endpoint and nothing else', async () => {
    const { clock, node, above } = await world('role = "endpoint"\n');
    expect(node.owners).toEqual([]);
    expect(await settle(clock, above.owner.discover())).toMatchObject([{ eid: 9, endpointType: 0 }]);
    node.close();
  });

  it('are bus owner of several networks, with the same EIDs in each', async () => {
    const clock = new VirtualClock();
    const wires = ['a', 'b'].map(() => new PacketWire({ clock, ...SMBUS_100K }));
    const mctp = new Mctp({ clock });
    for (const [index, wire] of wires.entries()) {
      mctp.addLink(wire.port({ name: `bus:${index}`, address: '10' }), { network: index + 1 });
    }
    await mctp.open();
    const text = '[links.a]\nurl = "bus:0"\n[links.b]\nurl = "bus:1"\nnetwork = 2\n';
    const node = startNode({ config: parseConfig(text), mctp, clock, onProblem: () => {} });
    const devices = [];
    for (const [index, wire] of wires.entries()) {
      devices.push(await addEndpoint(clock, wire, '1d', { uuid: uuidOf(0x1d + index) }));
    }
    await settle(clock, Promise.all(node.owners.map((owner) => owner.discover())));
    expect(node.owners.map((owner) => owner.endpoints().map(({ network, eid }) => [network, eid]))).toEqual([
      [[1, 9]],
      [[2, 9]],
    ]);
    expect(devices.map((device) => device.mctp.addresses()[0]?.eid)).toEqual([9, 9]);
    node.close();
  });
});

describe('the links of a configuration, once open', () => {
  it('have the names of the stack, in links and in the firewall, one entry for each of a bench', () => {
    const config = parseConfig(
      '[links.slots]\nurl = "i2c:1?address=0x10"\n[links.bench]\nurl = "bench:"\nnetwork = 2\n' +
        '[firewall]\n[[firewall.rules]]\naction = "deny"\nfrom = ["slots"]\nto = ["bench"]\n',
    );
    const bound = onOpenLinks(config, [
      { name: 'i2c:1', url: 'i2c:1?address=0x10' },
      { name: 'bench:smbus0', url: 'bench:' },
      { name: 'bench:serial0', url: 'bench:' },
    ]);
    expect(bound.links.map(({ name, url, network }) => [name, url, network])).toEqual([
      ['slots', 'i2c:1', 1],
      ['bench', 'bench:smbus0', 2],
      ['bench', 'bench:serial0', 2],
    ]);
    expect(bound.firewall?.rules).toEqual([{ action: 'deny', from: ['i2c:1'], to: ['bench:smbus0', 'bench:serial0'] }]);
  });
});
