/** Be an endpoint that answers a message type, and ask it over a loopback. Run: npx tsx docs/examples/endpoint.ts */

import { Mctp } from 'mctpkit';
import { loopbackPair, systemClock } from 'mctpkit/bindings';

const [near, far] = loopbackPair({ clock: systemClock, async: true });
const host = new Mctp({ clock: systemClock });
const device = new Mctp({ clock: systemClock });
host.addLink(near);
device.addLink(far);
host.addAddress(8, near.name);
device.addAddress(9, far.name);
host.addRoute({ start: 9, link: near.name });
await Promise.all([host.open(), device.open()]);

const server = device.socket();
server.bind({ type: 0x7f });
server.onMessage((message) => {
  void server.reply(
    message,
    message.payload.map((byte) => byte ^ 0xff),
  );
});

const client = host.socket();
const { payload, source } = await client.request({ eid: 9 }, Uint8Array.of(0x0f, 0xf0), { type: 0x7f });
console.log(`EID ${source} says ${Buffer.from(payload).toString('hex')}`);

await Promise.all([host.close(), device.close()]);
