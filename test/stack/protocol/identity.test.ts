/** One device however it is spelt: requests in parallel by every spelling take distinct instance IDs. */

import { expect, it } from 'vitest';
import { loopbackPair } from '../../../bindings/loopback/loopback-link.js';
import { settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { base, PldmClient, PldmResponder, platform } from '../../../pldm/index.js';
import { VirtualClock } from '../../../stack/clock.js';
import { ControlClient, GetEndpointID } from '../../../stack/control/index.js';
import { peerKey } from '../../../stack/core/peer-key.js';
import { Mctp } from '../../../stack/mctp.js';
import { World } from '../../pldm/world.js';

async function spellings() {
  const world = await World.make();
  const requests: number[] = [];
  const device = await world.device(9);
  for (const [type, answer] of [
    [0, [2, 0, 9, 0, 0]],
    [1, [0, 2, 0, 7]],
  ] as const) {
    const socket = device.socket();
    socket.bind({ type });
    socket.onMessage((message) => {
      const id = message.payload[0]! & 0x1f;
      requests.push(id);
      void socket.reply(message, Uint8Array.of(id, ...answer));
    });
  }
  const [route] = world.bmc.routes().filter(({ start, end }) => start <= 9 && end >= 9);
  const { link } = route!;
  const physicalAddress = world.bmc.neighbours().find(({ eid }) => eid === 9)?.physicalAddress ?? '';
  const network = 1;
  const addresses = [
    { eid: 9 },
    { eid: 9, network },
    { eid: 9, link, physicalAddress },
    { eid: 0, link, physicalAddress },
  ];
  return { world, addresses, requests };
}

it('every spelling of one device, in parallel, is answered with an instance ID of its own: control', async () => {
  const { world, addresses, requests } = await spellings();
  const client = new ControlClient({ transport: world.bmc, clock: world.clock });
  const answers = Promise.all(addresses.map((to) => client.request(to, GetEndpointID, {})));
  for (const { eid } of await settle(world.clock, answers)) expect(eid).toBe(9);
  expect(requests).toEqual([0, 1, 2, 3]);
});

it('every spelling of one device, in parallel, is answered with an instance ID of its own: PLDM', async () => {
  const { world, addresses, requests } = await spellings();
  const client = new PldmClient({ transport: world.bmc, clock: world.clock, outstanding: 4 });
  const answers = Promise.all(addresses.map((to) => client.request(to, base.GetTID, {})));
  for (const { tid } of await settle(world.clock, answers)) expect(tid).toBe(7);
  expect([...requests].sort()).toEqual([0, 1, 2, 3]);
});

const tables = (neighbours: readonly (readonly [number, string])[], routes: readonly object[]) => ({
  networkOf: () => 1,
  neighbours: () => neighbours.map(([eid, physicalAddress]) => ({ network: 1, eid, link: 'a', physicalAddress })),
  routes: () => routes.map((route) => ({ network: 1, link: 'a', ...route })),
});
const place = (physicalAddress: string) => ({ link: 'a', physicalAddress });
const direct = (start: number, end = start) => ({ start, end });

/** Of each transport's tables, as its `peerKey` reads them. */
it.each([
  ['two direct routes on a point-to-point link', tables([], [direct(9), direct(10)]), ''],
  ['one range route on a point-to-point link', tables([], [direct(9, 20)]), ''],
  ['a bridge on a point-to-point link', tables([], [direct(9), { ...direct(10, 20), gateway: 9 }]), ''],
  [
    'two EIDs at one place without a gateway',
    tables(
      [
        [9, '1d'],
        [10, '1d'],
      ],
      [direct(9), direct(10)],
    ),
    '1d',
  ],
  [
    'a gateway which is the second EID of a place',
    tables(
      [
        [12, '1d'],
        [9, '1d'],
      ],
      [{ ...direct(10), gateway: 9 }],
    ),
    '1d',
  ],
])('every spelling of an EID is one device: %s', (_, of, physicalAddress) => {
  for (const eid of [9, 10]) {
    const spelt = [{ eid }, { eid, network: 1 }, { eid, ...place(physicalAddress) }];
    for (const to of spelt) expect(peerKey(of as never, to)).toBe(`1:${eid}`);
  }
  // An EID which the tables do not know is not taken for one of that place.
  expect(peerKey(of as never, { eid: 30, ...place(physicalAddress) })).not.toBe('1:30');
});

it('two spellings on a point-to-point link with two routes: what is not idempotent runs for each', async () => {
  const clock = new VirtualClock();
  const [near, far] = loopbackPair({ clock });
  const [a, b] = [new Mctp({ clock }), new Mctp({ clock })];
  a.addLink(near);
  b.addLink(far);
  a.addAddress(8, near.name);
  b.addAddress(9, far.name);
  for (const eid of [9, 10]) a.addRoute({ start: eid, link: near.name });
  b.addRoute({ start: 8, link: far.name });
  await a.open();
  await b.open();
  let runs = 0;
  const responder = new PldmResponder({ transport: b, clock });
  responder.handlers.on(platform.SetStateEffecterStates, async () => {
    runs++;
    await new Promise<void>((done) => void clock.schedule(10, done));
    return {};
  });
  responder.start();
  const client = new PldmClient({ transport: a, clock });
  const fields = { effecterId: 1, stateField: [{ setRequest: 'requestSet' as const, effecterState: 1 }] };
  const asked = [{ eid: 9 }, { eid: 9, link: near.name }].map((to) =>
    client.request(to, platform.SetStateEffecterStates, fields),
  );
  await settle(clock, Promise.all(asked));
  expect(runs).toBe(2);
});
