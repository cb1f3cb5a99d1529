/** One device however it is spelt: requests in parallel by every spelling take distinct instance IDs. */

import { expect, it } from 'vitest';
import { settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { base, PldmClient } from '../../../pldm/index.js';
import { ControlClient, GetEndpointID } from '../../../stack/control/index.js';
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
