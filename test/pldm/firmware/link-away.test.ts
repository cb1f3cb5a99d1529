/** The link to a device goes away in the middle of an update, with what is on it, and comes back: the update goes on. */

import { expect, it } from 'vitest';
import { settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { decodeHeader } from '../../../pldm/base/index.js';
import {
  ActivateFirmware,
  ApplyComplete,
  PassComponentTable,
  RequestFirmwareData,
  RequestUpdate,
  TransferComplete,
  UpdateComponent,
  VerifyComplete,
} from '../../../pldm/firmware/index.js';
import { World } from '../world.js';
import { agentOf, firmwareDevice, imageOfSize, packageOf, runUpdate } from './bench.js';

/** Which message is lost with it: the request, or its answer. */
const MOMENTS = [
  [RequestUpdate, 'request', 1],
  [RequestUpdate, 'answer', 1],
  [PassComponentTable, 'request', 1],
  [PassComponentTable, 'answer', 1],
  [PassComponentTable, 'answer', 2],
  [UpdateComponent, 'request', 1],
  [UpdateComponent, 'answer', 1],
  [UpdateComponent, 'answer', 2],
  [RequestFirmwareData, 'request', 1],
  [RequestFirmwareData, 'answer', 2],
  [TransferComplete, 'request', 1],
  [TransferComplete, 'answer', 1],
  [VerifyComplete, 'request', 1],
  [VerifyComplete, 'answer', 2],
  [ApplyComplete, 'request', 1],
  [ApplyComplete, 'answer', 2],
  [ActivateFirmware, 'request', 1],
  [ActivateFirmware, 'answer', 1],
] as const;

const images = [imageOfSize(3000, 1), imageOfSize(1000, 2)];

async function updateWithout(command: { readonly code: number }, lost: 'request' | 'answer', nth: number, ms: number) {
  const world = await World.make();
  const components = [1, 2].map((identifier) => ({ identifier, version: '1.0' }));
  const device = firmwareDevice(await world.device(9), world.clock, { components });
  const ours = world.ports.get(8)!;
  let count = 0;
  world.wire.faults = ({ bytes }) => {
    if ((bytes[3]! & 0x80) === 0 || bytes[4] !== 1) return 'deliver';
    const { pldmType, command: code, rq } = decodeHeader(bytes.slice(5));
    if (pldmType !== 5 || code !== command.code || (rq === 1) !== (lost === 'request') || ++count !== nth) {
      return 'deliver';
    }
    world.clock.schedule(0, () => ours.unplug());
    world.clock.schedule(ms, () => ours.plug());
    return 'drop';
  };
  const { report, events } = await settle(world.clock, runUpdate(agentOf(world), world.at(9), await packageOf(images)));
  expect(count).toBeGreaterThanOrEqual(nth);
  const notes = events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
  const inUse = device.hardware.components.map(({ active }) => active.image);
  device.close();
  world.client.close();
  return { report, notes, inUse, state: device.firmware.status.state };
}

const CASES = MOMENTS.map(([command, lost, nth]) => [command.name, lost, nth, command] as const);

it.each(CASES)('%s, %s %i lost with the link: it waits, and goes on', async (_name, lost, nth, command) => {
  const { report, inUse, state } = await updateWithout(command, lost, nth, 8000);
  expect(report).toMatchObject({ outcome: 'updated', reason: '', leftInUpdateMode: false });
  expect(inUse).toEqual(images);
  expect(state).toBe(0);
});

it('says that it waits, and for what', async () => {
  const { notes } = await updateWithout(PassComponentTable, 'answer', 1, 30_000);
  expect(notes).toEqual(['waiting for the device to be in reach again: link dev8 is down: dev8 was unplugged']);
});

it('fails with the reason when the link stays away', async () => {
  const { report, inUse } = await updateWithout(PassComponentTable, 'request', 1, 3_600_000);
  expect(report).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('dev8'), leftInUpdateMode: true });
  expect(inUse).not.toEqual(images);
});
