/**
 * A device of ours does what the standards require: one test for each check. Time is virtual, so that minutes pass at
 * once. With hardware it is `validate('our drive', { uuid: '...' })`, and MCTPKIT_HIL names the link. Run: npx vitest
 */

import { EndpointRole, Mctp } from 'mctpkit';
import { loopbackPair } from 'mctpkit/bindings';
import { PldmTerminus } from 'mctpkit/pldm';
import { type ReachedDevice, TestClock, validate } from 'mctpkit/testing';

async function ourDevice(): Promise<ReachedDevice> {
  const clock = new TestClock();
  const [link, far] = loopbackPair({ clock, async: true });
  const device = new Mctp({ clock });
  device.addLink(far);
  const role = new EndpointRole({ mctp: device, clock, uuid: '7a1c5e10-4c2b-11ee-8d07-001b21000042' });
  role.types.add(1, { versions: ['f1f0f000'] });
  const numericSensors = [{ id: 1, name: 'Inlet', unit: '°C', thresholds: { upperCritical: 90 }, read: () => 41 }];
  const terminus = new PldmTerminus({ transport: device, clock, description: { numericSensors } });
  terminus.start();
  await device.open();
  const close = async () => {
    terminus.close();
    role.close();
    await device.close();
  };
  return { link, clock, run: (work) => clock.run(work), close };
}

validate('our device', ourDevice, { groups: ['transport', 'control', 'pldm-base'] });
