/** Read the sensors of a PLDM terminus: names, units and limits from its PDRs. Run: npx tsx docs/examples/pldm.ts */

import { BusOwner, Mctp } from 'mctpkit';
import { systemClock } from 'mctpkit/bindings';
import { openBenchLinks } from 'mctpkit/fixtures';
import { PldmClient, platform, Terminus } from 'mctpkit/pldm';

const { bench, links } = await openBenchLinks('bench:smbus0', { clock: systemClock });
const mctp = new Mctp({ clock: systemClock });
for (const link of links) {
  mctp.addLink(link);
  mctp.addAddress(8, link.name);
}
await mctp.open();
const owner = new BusOwner({ host: mctp, clock: systemClock });
const endpoints = await owner.discover();

// Known by its UUID: which EID a device gets depends on when it answers.
const drive = endpoints.find(({ uuid }) => uuid === '7a1c5e10-4c2b-11ee-8d01-001b21000001');
const client = new PldmClient({ transport: mctp, clock: systemClock });
const terminus = new Terminus(client, { eid: drive!.eid });
await terminus.discover();
console.log(`PLDM types ${[...terminus.types.keys()].join(', ')}`);

const repository = new platform.PdrRepository(terminus);
await repository.download();
for (const sensor of repository.view.numericSensors) {
  const { value, unit, presentState } = await platform.readNumericSensor(terminus, sensor);
  console.log(`${sensor.name}: ${value?.toFixed(0)} ${unit}, ${presentState}`);
}

// Any command is a declaration with typed fields; a refusal is a CompletionCodeError.
const { recordCount } = await terminus.call(platform.GetPDRRepositoryInfo, {});
console.log(`${recordCount} records`);

client.close();
owner.close();
await mctp.close();
await bench.close();
