/** NVMe drives behind a mux: what they are, how they do, and what they tell by themselves. Run: npx tsx docs/examples/drives.ts */

import { BusOwner, Mctp } from 'mctpkit';
import { systemClock } from 'mctpkit/bindings';
import { openBench } from 'mctpkit/fixtures';
import { DriveEvents, NvmeMiClient } from 'mctpkit/nvme-mi';

// Both drives are at 0x1d, each on a channel of its own. On real hardware: createLink('i2c:1:70.0') of mctpkit/bindings.
const description = `
[wires.smbus0]
kind = "smbus"
host = 0x10
[muxes.backplane]
wire = "smbus0"
address = 0x70
channels = ["bay0", "bay1"]
[devices.left]
wire = "bay0"
address = 0x1d
behaviours = ["floodEvents(200)"]
[devices.left.nvme]
model = "Acme NV-3840"
events = true
[devices.right]
wire = "bay1"
address = 0x1d
[devices.right.nvme]
model = "Acme NV-7680"
`;
const bench = await openBench({ clock: systemClock, description });
const mctp = new Mctp({ clock: systemClock });
for (const link of bench.hostLinks()) {
  mctp.addLink(link);
  mctp.addAddress(8, link.name);
}
await mctp.open();
const owner = new BusOwner({ host: mctp, clock: systemClock });
await owner.discover();

const client = new NvmeMiClient({ transport: mctp, clock: systemClock });
const events = new DriveEvents({ transport: mctp, client, clock: systemClock });
const told = new Promise<void>((resolve) => {
  events.subscribe(({ drive, events: some }) => {
    console.log(`EID ${drive.eid} tells: ${some.map(({ name }) => name).join(', ')}`);
    resolve();
  });
});
const drives = owner.endpoints().map(({ eid, link }) => ({ eid, link }));
for (const { eid, link } of drives.reverse()) {
  const { modelNumber } = await client.identify({ eid }, 0);
  const { compositeTemperature } = await client.health({ eid });
  const on = await events.enable({ eid });
  console.log(`EID ${eid} on ${link}: ${modelNumber}, ${compositeTemperature} °C, ${on.length} kinds of events`);
}
await told;

for (const { eid } of drives) await events.disable({ eid });
events.close();
client.close();
owner.close();
await mctp.close();
await bench.close();
