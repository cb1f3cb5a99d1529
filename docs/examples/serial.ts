/** MCTP on a serial line, both ends of it: a pseudo terminal takes the cable's place. Run: npx tsx docs/examples/serial.ts */

import { ControlClient, EndpointRole, GetEndpointID, GetEndpointUUID, Mctp, SetEndpointID } from 'mctpkit';
import { createLink, openPty, SerialLink, systemClock } from 'mctpkit/bindings';

const cable = await openPty();

// On real hardware: 'serial:/dev/ttyUSB0?baud=115200'. What goes wrong on a line is in mctp.links() and link.hints().
const link = await createLink(`serial:${cable.path}?baud=115200`);
const host = new Mctp({ clock: systemClock });
host.addLink(link);
host.addAddress(8, link.name);

const far = new SerialLink({ port: cable.port, clock: systemClock, name: 'far' });
const device = new Mctp({ clock: systemClock });
device.addLink(far);
const role = new EndpointRole({ mctp: device, clock: systemClock, uuid: '7a1c5e10-4c2b-11ee-8d07-001b21000099' });
await Promise.all([host.open(), device.open()]);

// A serial line has one other end: EID 0 is whoever that is.
const there = { eid: 0, link: link.name };
const control = new ControlClient({ transport: host, clock: systemClock });
console.log(`EID ${(await control.request(there, GetEndpointID, {})).eid}`);
await control.request(there, SetEndpointID, { operation: 'set', eid: 9 });
host.addRoute({ start: 9, link: link.name });
console.log(`EID 9: ${(await control.request({ eid: 9 }, GetEndpointUUID, {})).uuid}`);

control.close();
role.close();
await host.close();
await device.close();
