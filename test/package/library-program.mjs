// A program of a user: run where the package is installed, on each Node.

import { BusOwner, Mctp } from 'mctpkit';
import { systemClock } from 'mctpkit/bindings';
import { openBenchLinks } from 'mctpkit/fixtures';
import * as nvme from 'mctpkit/nvme-mi';
import * as pldm from 'mctpkit/pldm';

const { bench, links } = await openBenchLinks('bench:smbus0', { clock: systemClock });
const mctp = new Mctp({ clock: systemClock });
for (const link of links) {
  mctp.addLink(link);
  mctp.addAddress(8, link.name);
}
await mctp.open();
const owner = new BusOwner({ host: mctp, clock: systemClock });
await owner.discover();
if (Object.keys(pldm).length === 0 || Object.keys(nvme).length === 0) throw new Error('nothing is exported');
console.log(`${[...owner.endpoints()].length} endpoints`);
owner.close();
await mctp.close();
await bench.close();
