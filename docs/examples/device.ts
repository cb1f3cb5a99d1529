/**
 * Be a device: an endpoint that a bus owner finds, with a PLDM terminus that has a sensor. The link is a loopback; on
 * hardware it is createLink('serial:/dev/ttyS1') or 'i2c:1?address=0x1d'. Run: npx tsx docs/examples/device.ts
 */

import { BusOwner, EndpointRole, Mctp } from 'mctpkit';
import { loopbackPair, systemClock } from 'mctpkit/bindings';
import { PldmClient, PldmTerminus, platform, Terminus } from 'mctpkit/pldm';

const [near, far] = loopbackPair({ clock: systemClock, async: true });

const device = new Mctp({ clock: systemClock });
device.addLink(far);
// Answers the control protocol, and takes the EID that it is given.
const role = new EndpointRole({ mctp: device, clock: systemClock, uuid: '7a1c5e10-4c2b-11ee-8d07-001b21000042' });
role.types.add(1, { versions: ['f1f0f000'] });
const terminus = new PldmTerminus({
  transport: device,
  clock: systemClock,
  description: {
    numericSensors: [{ id: 1, name: 'Inlet', unit: '°C', thresholds: { upperCritical: 90 }, read: () => 41 }],
  },
});
terminus.start();
await device.open();

// The other side, so that this program shows something.
const host = new Mctp({ clock: systemClock });
host.addLink(near);
host.addAddress(8, near.name);
await host.open();
const owner = new BusOwner({ host, clock: systemClock });
await owner.discover();
for (const { eid, uuid, messageTypes } of owner.endpoints()) {
  console.log(`EID ${eid}: ${uuid}, types ${messageTypes.join(', ')}`);
  const client = new PldmClient({ transport: host, clock: systemClock });
  const repository = new platform.PdrRepository(new Terminus(client, { eid }));
  await repository.download();
  const [inlet] = repository.view.numericSensors;
  const { value, unit } = await platform.readNumericSensor(repository.terminus, inlet!);
  console.log(`${inlet!.name}: ${value} ${unit}`);
  client.close();
}

owner.close();
terminus.close();
role.close();
await Promise.all([host.close(), device.close()]);
