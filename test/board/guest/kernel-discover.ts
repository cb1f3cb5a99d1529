// Runs inside the board: a bus owner that works through the kernel finds a device of our own stack on an I2C wire.
// Adapter 0 is the kernel's (mctpi2c0 at 0x10), adapter 1 the device's (at 0x1d).

import { execFileSync } from 'node:child_process';
import { LinuxI2cPort } from '../../../bindings/i2c/linux/linux-i2c-port.js';
import { findMctpd, KernelMctp } from '../../../bindings/kernel/index.js';
import { SmbusLink } from '../../../bindings/smbus/smbus-link.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { BusOwner } from '../../../stack/bus-owner/index.js';
import { MctpError } from '../../../stack/errors.js';
import { Mctp } from '../../../stack/mctp.js';
import { EndpointRole } from '../../../stack/roles/index.js';
import { addTarget } from './sysfs.js';

export interface DiscoverReport {
  readonly links: readonly unknown[];
  readonly found: readonly unknown[];
  readonly routes: readonly unknown[];
  readonly neighbours: readonly unknown[];
  readonly deviceEid: number | undefined;
  readonly echoed: number;
  /** A second look, with tables that are not ours. */
  readonly mctpd: boolean;
  readonly learnt: readonly unknown[];
  readonly refusal: string;
  /** EIDs behind a gateway, on a kernel that has none. */
  readonly bridged: { readonly routes: number; readonly neighbours: number; readonly left: number };
  readonly ms: number;
}

const start = performance.now();
addTarget(0, 'mctp-i2c-interface', 0x10);
addTarget(1, 'slave-mqueue', 0x1d);

const device = new Mctp({ clock: systemClock });
const port = new LinuxI2cPort({ bus: 1, clock: systemClock });
device.addLink(new SmbusLink({ name: 'i2c:1', port, clock: systemClock, ownAddress: 0x1d }));
await device.open();
const role = new EndpointRole({ mctp: device, clock: systemClock, uuid: '6ba7b810-9dad-11d1-80b4-00c04fd430c8' });
const echo = device.socket();
echo.bind({ type: 0x7e });
echo.onMessage((message) => void echo.reply(message, message.payload));

const kernel = await KernelMctp.open({ probe: { mctpi2c0: ['1c', '1d', '1e'] } });
const { link } = { link: kernel.tables.link('mctpi2c0') };
kernel.tables.changeLink(link, { up: true });
kernel.addAddress(8, 'mctpi2c0');
const links = kernel.links().filter(({ name }) => name !== 'kernel:lo');

const owner = new BusOwner({ host: kernel, clock: systemClock, pollMs: 0 });
const found = await owner.discover();
const routes = kernel.routes();
const neighbours = kernel.neighbours();
const deviceEid = device.addresses()[0]?.eid;
const socket = kernel.socket();
const answer = await socket.request({ eid: deviceEid ?? 0 }, new Uint8Array(2000).fill(0x55), {
  type: 0x7e,
  timeoutMs: 60_000,
});
owner.close();

const mctpd = (await findMctpd()) !== undefined;
const onlooker = await KernelMctp.open({ readOnly: mctpd, probe: { mctpi2c0: ['1d'] } });
const second = new BusOwner({ host: onlooker, clock: systemClock, pollMs: 0 });
const learnt = await second.discover();
let refusal = 'none';
try {
  onlooker.addAddress(10, 'mctpi2c0');
} catch (error) {
  refusal = MctpError.is(error) ? `${error.code}: ${error.message}` : String(error);
}
second.close();
onlooker.close();

kernel.addRoute({ start: 20, end: 24, link: 'mctpi2c0', gateway: deviceEid! });
const bridged = {
  routes: kernel.routes().length,
  neighbours: kernel.neighbours().filter(({ physicalAddress }) => physicalAddress === '1d').length,
  left: 0,
};
kernel.removeRoute(20, 24, 1);
bridged.left = kernel.neighbours().length;

role.close();
await device.close();
kernel.close();
execFileSync('i2c-target', ['-d', '0', String(0x10)]);
const report: DiscoverReport = {
  links,
  found,
  routes,
  neighbours,
  deviceEid,
  echoed: answer.payload.length,
  mctpd,
  learnt,
  refusal,
  bridged,
  ms: Math.round(performance.now() - start),
};
console.log(JSON.stringify(report));
