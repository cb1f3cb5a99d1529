/** USB devices with MCTP, and device controllers to be one on. */

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { deviceControllers } from '../../bindings/usb/gadget/gadget-files.js';
import { holderOf, listUsbInterfaces, UDEV_REMEDY } from '../../bindings/usb/host/usb-sysfs.js';
import { BRIDGE_PRODUCT } from '../../hw-fixtures/pico/bridge-requests.js';
import { BRIDGE_FIRMWARE_VERSION, isOldFirmware } from '../../hw-fixtures/pico/firmware-version.js';
import type { Check, Roots } from './check.js';

export async function checkUsb(roots: Roots): Promise<Check[]> {
  const devices = await listUsbInterfaces(roots);
  return devices.map((info): Check => {
    const id = `usb:${info.path}:1.${info.interfaceNumber}`;
    const what = `USB device with MCTP at ${info.path}`;
    if (!info.usable) {
      return { id, status: 'warning', what: `${what}, of another subclass or protocol than 00 and 01: not for us` };
    }
    const holder = holderOf(info);
    if (holder !== undefined) return { id, status: 'warning', what: holder };
    if (info.product === BRIDGE_PRODUCT && isOldFirmware(info.release, BRIDGE_FIRMWARE_VERSION)) {
      const what = `usb:${info.path} has the old firmware ${info.release}: ${BRIDGE_FIRMWARE_VERSION} comes with this mctpkit`;
      return { id, status: 'warning', what, fix: `mctpkit adapter flash --link usb:${info.path}` };
    }
    if (info.allowed) return { id, status: 'ok', what: `usb:${info.path} (${info.product || 'no name'})` };
    return { id, status: 'broken', what: `${info.device} may not be opened`, fix: UDEV_REMEDY };
  });
}

export async function checkUsbGadget({ sys }: Roots): Promise<Check[]> {
  const controllers = await deviceControllers(sys);
  if (controllers.length === 0) return [];
  const gadgets = join(sys, 'kernel/config/usb_gadget');
  const ready = await access(gadgets).then(
    () => true,
    () => false,
  );
  return [
    ...controllers.map(
      (name): Check => ({ id: `usb-gadget:${name}`, status: 'ok', what: `USB device controller ${name}` }),
    ),
    ...(ready
      ? []
      : [
          {
            id: 'usb-gadget:configfs',
            status: 'missing' as const,
            what: `no USB gadgets in ${join(sys, 'kernel/config')}: usb-gadget links mount it as root`,
            fix: 'sudo modprobe libcomposite usb_f_fs',
          },
        ]),
  ];
}
