/** Test code that talks to a device that is slow, without waiting: time is ours. Run: npx tsx docs/examples/virtual-time.ts */

import { Mctp } from 'mctpkit';
import { Bench, parseBench } from 'mctpkit/fixtures';
import { TestClock } from 'mctpkit/testing';

const clock = new TestClock();
const description = parseBench(`
  [wires.line]
  kind = "serial"
  host = true
  [devices.slowpoke]
  wire = "line"
  behaviours = ["lateReply(2500)"]
`);
const bench = new Bench({ clock, description });
const mctp = new Mctp({ clock });
const [link] = bench.hostLinks();
mctp.addLink(link!);
mctp.addAddress(8, link!.name);
await Promise.all([bench.powerOn(), mctp.open()]);

const socket = mctp.socket();
await clock.run(
  socket.request({ eid: 0, link: link!.name }, Uint8Array.of(0xcc, 0xde, 0xf0), { type: 0x7e, timeoutMs: 3000 }),
);
console.log(`answered after ${Math.round(clock.now() / 100) / 10} s of virtual time`);

await mctp.close();
await bench.close();
