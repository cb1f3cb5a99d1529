/** The verb `usb`: the MCTP interfaces of USB devices on this machine, what holds them, and our own device controllers. */

import { deviceControllers } from '../../bindings/usb/gadget/gadget-files.js';
import { holderOf, listUsbInterfaces, type UsbInterfaceInfo, udevRemedy } from '../../bindings/usb/host/usb-sysfs.js';
import { hexDigits } from '../../stack/util/text.js';
import { EXIT, printable, refusal } from '../command-error.js';
import type { Colours } from '../format/colours.js';
import { tableLines } from '../format/columns.js';
import type { UsbDocument } from '../schema/table-documents.js';
import { defineVerb, JSON_OPTION } from '../verb.js';

export const usb = defineVerb({
  name: 'usb',
  summary: 'list the USB devices with MCTP, and where this machine can be one',
  description:
    'Devices are those with an interface of class 14, subclass 00, protocol 01 (DSP0283). What the kernel or another ' +
    'program holds, or what we may not open, is shown with what to do about it. Controllers are the places where this ' +
    'machine can be a device itself: usb-gadget.',
  options: { json: JSON_OPTION },
  examples: [
    ['mctpkit usb', 'all devices and controllers'],
    ['mctpkit usb --json | jq -r ".devices[] | .link"', 'links, for programs'],
  ],
  async run({ options, world }) {
    const { io } = world;
    const devices = await listUsbInterfaces();
    const controllers = (await deviceControllers()).map((name) => ({ name, link: `usb-gadget:${name}` }));
    if (options.json) {
      io.print(JSON.stringify({ devices: devices.map(deviceJson), controllers } satisfies UsbDocument, null, 2));
    } else {
      for (const line of deviceLines(devices, io.colours)) io.print(line);
      for (const { name, link } of controllers)
        io.print(`${io.colours.name(link)}  device controller ${printable(name)}`);
    }
    if (devices.length > 0 || controllers.length > 0) return EXIT.done;
    if (options.json) return EXIT.refused;
    throw refusal('this machine has no USB device with MCTP, and no USB device controller: is the device plugged in?');
  },
});

/** Why we cannot use it at this moment, and what to do. */
function problem(info: UsbInterfaceInfo): string | undefined {
  if (!info.usable) return 'MCTP of another subclass or protocol: we speak 00 and 01';
  return holderOf(info) ?? (info.allowed ? undefined : udevRemedy(info.device));
}

const idsOf = ({ vendorId, productId }: UsbInterfaceInfo): string =>
  `${hexDigits(vendorId, 4)}:${hexDigits(productId, 4)}`;

/** One line per device, and below it what to do about it. */
export function deviceLines(devices: readonly UsbInterfaceInfo[], colours: Colours): string[] {
  const rows = devices.map((info) => [
    colours.name(`usb:${info.path}`),
    idsOf(info),
    printable([info.manufacturer, info.product].filter(Boolean).join(' ')),
    info.serial === '' ? 'no serial number' : `serial number ${printable(info.serial)}`,
    info.speed === undefined ? '' : `${info.speed} Mbit/s`,
  ]);
  return tableLines(rows).flatMap((line, index) => {
    const below = problem(devices[index]!);
    return below === undefined ? [line] : [line, colours.faint(`  ${printable(below)}`)];
  });
}

function deviceJson(info: UsbInterfaceInfo): UsbDocument['devices'][number] {
  const { path, interfaceNumber, manufacturer, product, serial, speed, driver, network, device } = info;
  return {
    path,
    interface: interfaceNumber,
    ids: idsOf(info),
    manufacturer,
    product,
    serial,
    speed: speed ?? null,
    driver: driver ?? null,
    network: network ?? null,
    device,
    link: info.usable ? `usb:${path}` : null,
    problem: problem(info) ?? null,
  };
}
