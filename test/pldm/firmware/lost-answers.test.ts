/** A device that does not repeat its answers, and a wire that loses one of them: the update goes through all the same. */

import { expect, it } from 'vitest';
import { settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { decodeHeader, PldmClient } from '../../../pldm/base/index.js';
import { CancelUpdate, PassComponentTable, RequestUpdate, UpdateComponent } from '../../../pldm/firmware/index.js';
import { World } from '../world.js';
import { agentOf, firmwareDevice, imageOfSize, packageOf, runUpdate } from './bench.js';

const REQUEST = {
  maximumTransferSize: 32,
  numberOfComponents: 1,
  maximumOutstandingTransferRequests: 1,
  packageDataLength: 0,
  componentImageSetVersionStringType: 1,
  componentImageSetVersionString: 'x',
};

/** Loses the nth answer to a command; counts its requests and what of them is refused. */
async function updateLosing(command: { readonly code: number }, nth = 1) {
  const world = await World.make();
  const components = [1, 2].map((identifier) => ({ identifier, version: '1.0' }));
  const device = firmwareDevice(await world.device(9), world.clock, { maxPeers: 1, components });
  // It keeps one answer, and another requester, which is refused, takes that place: so a repeated request is a new one for it, as it is for
  // devices that keep none (libpldm's).
  const other = new PldmClient({ transport: await world.device(10), clock: world.clock });
  const images = [imageOfSize(3000, 1), imageOfSize(1000, 2)];
  const sent = new Map<number, number>();
  let answers = 0;
  world.wire.faults = ({ bytes }) => {
    // Behind the MCTP header and the message type; only first packets have a PLDM header.
    if ((bytes[3]! & 0x80) === 0 || bytes[4] !== 1 || bytes[1] === 10 || bytes[2] === 10) return 'deliver';
    const { pldmType, command: code, rq } = decodeHeader(bytes.slice(5));
    if (pldmType !== 5) return 'deliver';
    if (rq === 1) sent.set(code, (sent.get(code) ?? 0) + 1);
    if (rq === 1 || code !== command.code || ++answers !== nth) return 'deliver';
    world.clock.schedule(1, () => void other.exchange({ eid: 9 }, RequestUpdate, REQUEST));
    return 'drop';
  };
  const { report } = await settle(world.clock, runUpdate(agentOf(world), world.at(9), await packageOf(images)));
  expect(report).toMatchObject({ outcome: 'updated', reason: '', leftInUpdateMode: false });
  expect(device.hardware.components.map(({ active }) => active.image)).toEqual(images);
  expect(device.firmware.status.state).toBe(0);
  expect(answers).toBeGreaterThanOrEqual(nth);
  device.close();
  world.client.close();
  const count = ({ code }: { readonly code: number }): number => sent.get(code) ?? 0;
  return { served: report.served, count };
}

it('lost answer to RequestUpdate: the update is cancelled and begun anew', async () => {
  const { count } = await updateLosing(RequestUpdate);
  expect([count(RequestUpdate), count(CancelUpdate)]).toEqual([2, 1]);
});

it.each([1, 2])('lost answer to PassComponentTable, entry %i of 2: the table is complete', async (nth) => {
  const { count } = await updateLosing(PassComponentTable, nth);
  expect([count(RequestUpdate), count(PassComponentTable), count(CancelUpdate)]).toEqual([1, 3, 0]);
});

it.each([1, 2])('lost answer to UpdateComponent %i: the component is downloaded once', async (nth) => {
  const { served, count } = await updateLosing(UpdateComponent, nth);
  expect(served).toBeLessThanOrEqual(4096);
  expect(count(CancelUpdate)).toBe(0);
});
