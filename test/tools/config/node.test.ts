import { describe, expect, it } from 'vitest';
import { PacketWire } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import type { AnyCommand, RequestInput } from '../../../stack/codec/index.js';
import { QueryRateLimit, RequestTXRateLimit } from '../../../stack/control/index.js';
import { Mctp, VirtualClock } from '../../../stack/index.js';
import { RateLimitedLink } from '../../../stack/roles/index.js';
import { startNode } from '../../../tools/config/config-node.js';
import { parseConfig } from '../../../tools/config/config-parse.js';
import { addEndpoint, addOwner, SMBUS_100K, uuidOf } from '../../support/topology.js';

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

  it('answer for rates, and keep to what is asked of them', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const mctp = new Mctp({ clock });
    const link = new RateLimitedLink(wire.port({ name: 'bus:top', address: '40' }), clock);
    mctp.addLink(link);
    await mctp.open();
    const config = parseConfig(
      '[links.top]\nurl = "bus:top"\nrole = "endpoint"\n[rate-limits]\nrx-rate = 900\ntx-max = 50\nburst-max = 4\n',
    );
    const node = startNode({ config, mctp, clock, rateLimited: [link], onProblem: () => {} });
    const above = await addOwner(clock, [{ wire, name: 'top' }]);
    await settle(clock, above.owner.discover());
    const ask = <C extends AnyCommand>(command: C, fields: RequestInput<C>) =>
      settle(clock, above.owner.request(9, command, fields));
    expect(await ask(QueryRateLimit, {})).toMatchObject({ rxRate: 900, txMax: 50, burstMax: 4, txNow: 0 });
    expect(await ask(RequestTXRateLimit, { burst: 9, rate: 20 })).toMatchObject({ burst: 4, rate: 20 });
    expect(await ask(QueryRateLimit, {})).toMatchObject({ txNow: 20, burstNow: 4 });
    const refused = settle(clock, above.owner.request(9, RequestTXRateLimit, { burst: 1, rate: 51 }));
    await expect(refused).rejects.toMatchObject({ completionCode: 2 });
    node.close();
  });

  it('are an endpoint and nothing else', async () => {
    const { clock, node, above } = await world('role = "endpoint"\n');
    expect(node.owners).toEqual([]);
    expect(await settle(clock, above.owner.discover())).toMatchObject([{ eid: 9, endpointType: 0 }]);
    node.close();
  });
});
