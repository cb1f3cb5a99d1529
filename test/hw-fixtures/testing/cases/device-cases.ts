/** Tests of a user's device, some of which fail: `device-fixture.test.ts` runs them and looks at what came of each. */

import { expect, vi } from 'vitest';
import { device } from '../../../../hw-fixtures/testing/hardware/device-fixture.js';
import { GetTID } from '../../../../pldm/base/index.js';
import { GetEndpointID, GetMessageTypeSupport, ResolveEndpointID } from '../../../../stack/control/index.js';

/** Captures in a folder beside that of the run. */
export const ELSEWHERE = { MCTPKIT_HIL_CAPTURES: `${process.env.MCTPKIT_HIL_CAPTURES}-elsewhere` };

/** Called once by a file of tests, with what is not as in the environment of the run. */
export function deviceCases(environment: Readonly<Record<string, string>> = {}): void {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const test = device({ uuid: process.env.CASE_UUID ?? '' });
  vi.unstubAllEnvs();

  test('conforms', async ({ device }) => {
    await device.expectConforms(GetMessageTypeSupport, {});
    expect((await device.expectConforms(GetTID, {})).completionCode).toBe(0);
    expect((await device.ask(GetEndpointID, {})).eid).toBe(device.eid);
  });

  test('does not have the command', async ({ device }) => {
    await device.expectConforms(ResolveEndpointID, { eid: 9 });
  });

  test('is within its time', async ({ device }) => {
    expect(await device.within(5000, async () => 7)).toBe(7);
  });

  test('is not within its time', async ({ device }) => {
    await device.within(5, () => new Promise((resolve) => setTimeout(resolve, 1000)));
  });

  test('is switched off and on', async ({ device }) => {
    await device.powerCycle();
    expect((await device.ask(GetEndpointID, {})).eid).toBe(device.eid);
  });
}
