/** MCTP interfaces of USB devices on this machine, as Linux's sysfs describes them: no package, no permission needed. */

import { constants } from 'node:fs';
import { access, readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MCTP_INTERFACE } from '../mctp-interface.js';

/** How many interfaces a list has at most: a tree of USB has 127 devices per bus. */
const MOST = 1024;

export interface UsbInterfaceInfo {
  /** Bus and ports: `1-1.4`. */
  readonly path: string;
  /** bInterfaceNumber. */
  readonly interfaceNumber: number;
  readonly vendorId: number;
  readonly productId: number;
  readonly manufacturer: string;
  readonly product: string;
  /** '' when the device has none. */
  readonly serial: string;
  /** `bcdDevice`, the version of the device: `1.0`. */
  readonly release: string;
  /** Mbit/s; undefined when unknown. */
  readonly speed: number | undefined;
  /** Whether it is an interface we speak: MCTP of another subclass or protocol is listed, too. */
  readonly usable: boolean;
  /** The kernel's driver that holds it; `usbfs`: a program. */
  readonly driver: string | undefined;
  /** The network interface of the kernel's driver. */
  readonly network: string | undefined;
  /** `/dev/bus/usb/001/004` */
  readonly device: string;
  /** Whether we may open it. */
  readonly allowed: boolean;
}

/** All MCTP interfaces, in the order of their paths. */
export async function listUsbInterfaces(roots: { sys?: string; dev?: string } = {}): Promise<UsbInterfaceInfo[]> {
  const { sys = '/sys', dev = '/dev' } = roots;
  const folder = join(sys, 'bus/usb/devices');
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^\d+-[\d.]+:\d+\.\d+$/.test(name)).sort();
  const found = await Promise.all(names.slice(0, MOST).map((name) => readInterface(folder, name, dev)));
  return found.filter((info) => info !== undefined);
}

async function readInterface(folder: string, name: string, dev: string): Promise<UsbInterfaceInfo | undefined> {
  const ofInterface = join(folder, name);
  if ((await hexOf(ofInterface, 'bInterfaceClass')) !== MCTP_INTERFACE.class) return undefined;
  const path = name.slice(0, name.indexOf(':'));
  const ofDevice = join(folder, path);
  const node = (await textOf(ofDevice, 'busnum')).padStart(3, '0');
  const device = join(dev, 'bus/usb', node, (await textOf(ofDevice, 'devnum')).padStart(3, '0'));
  const speed = Number(await textOf(ofDevice, 'speed'));
  const [network] = await readdir(join(ofInterface, 'net')).catch(() => []);
  const subclass = await hexOf(ofInterface, 'bInterfaceSubClass');
  return {
    path,
    interfaceNumber: await hexOf(ofInterface, 'bInterfaceNumber'),
    vendorId: await hexOf(ofDevice, 'idVendor'),
    productId: await hexOf(ofDevice, 'idProduct'),
    manufacturer: await textOf(ofDevice, 'manufacturer'),
    product: await textOf(ofDevice, 'product'),
    serial: await textOf(ofDevice, 'serial'),
    release: releaseText(await hexOf(ofDevice, 'bcdDevice')),
    speed: speed > 0 ? speed : undefined,
    usable:
      subclass === MCTP_INTERFACE.subclass &&
      (await hexOf(ofInterface, 'bInterfaceProtocol')) === MCTP_INTERFACE.protocol,
    driver: await readlink(join(ofInterface, 'driver')).then(basename, () => undefined),
    network,
    device,
    allowed: await access(device, constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    ),
  };
}

/** A version in BCD: 0x0110 is 1.10. */
export function releaseText(bcdDevice: number): string {
  return `${(bcdDevice >> 8).toString(16)}.${(bcdDevice & 0xff).toString(16)}`;
}

async function textOf(folder: string, name: string): Promise<string> {
  return (await readFile(join(folder, name), 'utf8').catch(() => '')).trim();
}

/** 0 when it is not a hexadecimal number. */
async function hexOf(folder: string, name: string): Promise<number> {
  const value = Number.parseInt(await textOf(folder, name), 16);
  return Number.isNaN(value) ? 0 : value;
}

/** Why an interface cannot be used by us at this moment, with the remedy; undefined: it can. */
export function holderOf({ path, interfaceNumber, driver, network }: UsbInterfaceInfo): string | undefined {
  if (driver === undefined) return undefined;
  if (driver === 'usbfs') return `USB device ${path} is in use by another program`;
  const instead = network === undefined ? '' : `use kernel:${network}, or `;
  return (
    `the kernel's driver ${driver} holds USB device ${path}: ${instead}release it: ` +
    `echo ${path}:1.${interfaceNumber} | sudo tee /sys/bus/usb/drivers/${driver}/unbind`
  );
}

/** What lets everybody who sits at the machine, and the group plugdev, use such devices; for /etc/udev/rules.d. */
const UDEV_RULE =
  'SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ENV{ID_USB_INTERFACES}=="*:140001:*", GROUP="plugdev", MODE="0660", TAG+="uaccess"';
export const UDEV_REMEDY = `as root: echo '${UDEV_RULE}' > /etc/udev/rules.d/70-mctp-usb.rules; udevadm control --reload; then plug it in again`;

export function udevRemedy(what: string): string {
  return `${what}: permission denied; ${UDEV_REMEDY}`;
}
