/** Find the endpoints of a link and print what they are. Run: npx tsx docs/examples/discover.ts */

import { BusOwner, Mctp } from 'mctpkit';
import { systemClock } from 'mctpkit/bindings';
import { openBenchLinks } from 'mctpkit/fixtures';

// On real hardware: const link = await createLink('serial:/dev/ttyUSB0?baud=115200') of mctpkit/bindings.
const { bench, links } = await openBenchLinks('bench:smbus0', { clock: systemClock });
const mctp = new Mctp({ clock: systemClock });
for (const link of links) {
  mctp.addLink(link);
  mctp.addAddress(8, link.name);
}
await mctp.open();

const owner = new BusOwner({ host: mctp, clock: systemClock });
await owner.discover();
for (const { eid, uuid, messageTypes } of owner.endpoints())
  console.log(`EID ${eid}: ${uuid}, types ${messageTypes.join(', ')}`);

owner.close();
await mctp.close();
await bench.close();
