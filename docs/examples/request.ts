/** Send a message of a vendor's own and wait for the answer, with a time-out. Run: npx tsx docs/examples/request.ts */

import { Mctp, MctpError } from 'mctpkit';
import { systemClock } from 'mctpkit/bindings';
import { openBenchLinks } from 'mctpkit/fixtures';

const { bench, links } = await openBenchLinks('bench:serial0', { clock: systemClock });
const mctp = new Mctp({ clock: systemClock });
const [link] = links;
mctp.addLink(link!);
mctp.addAddress(8, link!.name);
await mctp.open();

// A link that is point to point needs no EID of the device: the one which is there answers.
const device = { eid: 0, link: link!.name };
const socket = mctp.socket();
const answer = await socket.request(device, Uint8Array.of(0xcc, 0xde, 0xf0, 1, 2, 3), { type: 0x7e, timeoutMs: 500 });
console.log(`echo: ${Buffer.from(answer.payload).toString('hex')}`);

try {
  await socket.request(device, Uint8Array.of(0), { type: 0x05, timeoutMs: 100, retries: 1 });
} catch (error) {
  if (!MctpError.is(error, 'ETIMEDOUT')) throw error;
  console.log(`no SPDM here: ${error.code}`);
}

socket.close();
await mctp.close();
await bench.close();
