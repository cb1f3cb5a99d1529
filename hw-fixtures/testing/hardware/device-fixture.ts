/** Tests of a device on real links, for vitest: `const test = device({ uuid: '...' })`. */

import type { TestAPI } from 'vitest';
import { vitestFor } from '../test-runner.js';
import type { HilBus, WantedDevice } from './hil-bus.js';
import { hilEnvironment } from './hil-environment.js';
import { KeptCapture } from './kept-capture.js';
import { sharedBus } from './shared-bus.js';
import { TestedDevice } from './tested-device.js';

export interface DeviceFixtures {
  /** The links which MCTPKIT_HIL names, open, and what is found on them. */
  readonly bus: HilBus;
  /** The device which the tests are about. */
  readonly device: TestedDevice;
}

/**
 * The `test` of vitest, with a `device` in its context. Called once, at the top of a file of tests:
 *
 *     const test = device({ uuid: '7a1c5e10-4c2b-11ee-8d01-001b21000001' });
 *
 *     test('says what it speaks', async ({ device }) => {
 *       await device.expectConforms(GetMessageTypeSupport, {});
 *     });
 *
 * Without MCTPKIT_HIL the tests are skipped and say so. The packets of a test which fails are kept as a pcapng file in
 * MCTPKIT_HIL_CAPTURES (`hil-captures`). Without a choice it is the only device on the links.
 */
export function device(wanted: WantedDevice = {}): TestAPI<DeviceFixtures> {
  const { afterAll, test } = vitestFor('device');
  sharedBus.enter();
  afterAll(() => sharedBus.leave());
  const environment = hilEnvironment();
  return test.extend<DeviceFixtures>({
    bus: async ({ task, skip, onTestFailed }, use) => {
      if (environment.links.length === 0) skip('no hardware: set MCTPKIT_HIL to the URL of its link');
      const bus = await sharedBus.open(environment.links);
      const capture = new KeptCapture(bus);
      onTestFailed(async () => {
        const path = await capture.write(environment.captures, `${task.file.name} ${task.name}`);
        process.stderr.write(`the packets of "${task.name}" are in ${path}\n`);
      });
      await use(bus);
      capture.end();
    },
    device: async ({ bus, skip }, use) => {
      const { powerCommand } = environment;
      const endpoint = await bus.find(wanted);
      const tested = new TestedDevice({ bus, endpoint, powerCommand, noPower: (reason) => skip(reason) });
      await use(tested);
      tested.close();
    },
  });
}
