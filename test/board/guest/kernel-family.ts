// Runs inside the board: one transport over the kernel's stack and a link of our own. EID 9 is a device of ours on adapter 1,
// which the kernel reaches by adapter 0.

import { LinuxI2cPort } from '../../../bindings/i2c/linux/linux-i2c-port.js';
import { openTransport } from '../../../bindings/index.js';
import { SmbusLink } from '../../../bindings/smbus/smbus-link.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { ControlClient, GetEndpointUUID } from '../../../stack/control/index.js';
import { Mctp } from '../../../stack/mctp.js';
import { EndpointRole } from '../../../stack/roles/index.js';
import { addTarget } from './sysfs.js';

export interface FamilyReport {
  readonly resolved: readonly unknown[];
  readonly uuid: string;
  readonly echoed: number;
  readonly heard: string;
}

const UUID = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
addTarget(1, 'slave-mqueue', 0x1d);
const device = new Mctp({ clock: systemClock });
const port = new LinuxI2cPort({ bus: 1, clock: systemClock });
device.addLink(new SmbusLink({ name: 'i2c:1', port, clock: systemClock, ownAddress: 0x1d }));
device.addAddress(9, 'i2c:1');
device.addRoute({ start: 8, end: 8, link: 'i2c:1' });
device.addNeighbour(8, 'i2c:1', '20');
await device.open();
const role = new EndpointRole({ mctp: device, clock: systemClock, uuid: UUID });
const echo = device.socket();
echo.bind({ type: 0x7e });
echo.onMessage((message) => void echo.reply(message, message.payload));

const transport = await openTransport(['kernel:']);
const resolved = [];
for (const text of ['9', 'kernel:9']) {
  const { to, family } = await transport.resolve(text);
  resolved.push({ to, family });
}
const { to } = await transport.resolve('9');
const client = new ControlClient({ transport, clock: systemClock });
const { uuid } = await client.request(to, GetEndpointUUID, {});
client.close();
const socket = transport.socket();
socket.bind({ type: 0x7f });
const heard = new Promise<string>((resolve) => {
  socket.onMessage(({ source, payload }) => resolve(`${source}: ${Buffer.from(payload).toString('hex')}`));
});
const asking = transport.socket();
const answer = await asking.request(to, new Uint8Array(2000).fill(0x55), { type: 0x7e, timeoutMs: 60_000 });
await echo.send({ eid: 8 }, Uint8Array.of(1, 2, 3), { type: 0x7f, reply: false });
const report: FamilyReport = { resolved, uuid, echoed: answer.payload.length, heard: await heard };
role.close();
await transport.close();
await device.close();
console.log(JSON.stringify(report));
