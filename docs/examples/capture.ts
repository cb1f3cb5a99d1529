/** Record the packets of a stack in a file, for Wireshark or `mctpkit decode`. Run: npx tsx docs/examples/capture.ts FILE */

import { closeSync, openSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlClient, GetEndpointID, Mctp } from 'mctpkit';
import { CaptureStream, record, systemClock } from 'mctpkit/bindings';
import { openBenchLinks } from 'mctpkit/fixtures';

const path = process.argv[2] ?? join(tmpdir(), 'trace.pcapng');
const { bench, links } = await openBenchLinks('bench:serial0', { clock: systemClock });
const mctp = new Mctp({ clock: systemClock });
for (const link of links) {
  mctp.addLink(link);
  mctp.addAddress(8, link.name);
}
await mctp.open();

const file = openSync(path, 'w');
const described = () => links.map(({ name, ownAddress }) => ({ name, description: 'our link', ownAddress }));
const program = { name: 'capture.ts', system: process.platform };
const stream = new CaptureStream(described, program, (bytes) => writeSync(file, bytes));
let packets = 0;
// Packets have the time of day; the stack's clock counts from some other moment.
const originMs = Date.now() - systemClock.now();
const stop = record(
  mctp,
  (recorded) => {
    stream.packet(recorded);
    packets++;
  },
  { originMs },
);

const control = new ControlClient({ transport: mctp, clock: systemClock });
const { eid } = await control.request({ eid: 0, link: links[0]!.name }, GetEndpointID, {});
console.log(eid === 0 ? 'it has no EID' : `it has EID ${eid}`);

stop();
stream.end();
closeSync(file);
console.log(`${packets} packets in ${path}`);
control.close();
await mctp.close();
await bench.close();
