/** A device on a real link, whatever it is: it is found, conforms in what every endpoint has, and comes back. */

import { expect } from 'vitest';
import { device } from '../../hw-fixtures/testing/index.js';
import {
  GetEndpointID,
  GetEndpointUUID,
  GetMCTPVersionSupport,
  GetMessageTypeSupport,
} from '../../stack/control/index.js';
import { isEid } from '../../stack/ids.js';

const ASKED = 100;
/** Per answer, on average: MT1 of DSP0237 is 100 ms. */
const BUDGET_MS = 100;
const FIRST_VENDOR_TYPE = 0x7e;

const place = process.env.MCTPKIT_HIL_PLACE;
const test = device(place === undefined ? {} : { place });

test('has an EID', async ({ device }) => {
  expect(isEid(device.eid)).toBe(true);
  const { eid } = await device.expectConforms(GetEndpointID, {});
  expect(eid).toBe(device.eid);
});

test('says what it speaks, as the standard wants it', async ({ device }) => {
  const { types } = await device.expectConforms(GetMessageTypeSupport, {});
  expect(types).toEqual(device.info.messageTypes.filter((type) => type !== 0));
  await device.expectConforms(GetMCTPVersionSupport, { type: 0xff });
  // Vendors need not have versions.
  for (const type of types.filter((one) => one < FIRST_VENDOR_TYPE))
    await device.expectConforms(GetMCTPVersionSupport, { type });
});

test(`answers ${ASKED} times in time, and no frame is damaged on the way`, { timeout: 60_000 }, async ({
  bus,
  device,
}) => {
  await device.within(ASKED * BUDGET_MS, async () => {
    for (let asked = 0; asked < ASKED; asked++) expect((await device.ask(GetEndpointID, {})).eid).toBe(device.eid);
  });
  for (const { counters } of bus.mctp.links()) expect(counters.drops.linkFault).toBe(0);
});

test('is the same one after its power was away', { timeout: 120_000 }, async ({ device }) => {
  const { uuid } = device.info;
  await device.powerCycle();
  expect((await device.ask(GetEndpointID, {})).eid).toBe(device.eid);
  if (uuid !== undefined) expect((await device.expectConforms(GetEndpointUUID, {})).uuid).toBe(uuid);
});
