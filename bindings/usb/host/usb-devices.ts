/** Finding the USB device a link is to use, by libusb. */

import type { Device, InterfaceDescriptor } from 'usb';
import { MctpError } from '../../../stack/errors.js';
import { hexDigits } from '../../../stack/util/text.js';
import { optionalPackage } from '../../optional.js';
import { MCTP_INTERFACE } from '../mctp-interface.js';
import { listUsbInterfaces, udevRemedy } from './usb-sysfs.js';

/** Which device: what is left out does not matter. */
export interface UsbSelector {
  readonly vendorId?: number;
  readonly productId?: number;
  /** Bus and ports: `1-1.4`. */
  readonly path?: string;
  readonly serial?: string;
  readonly interfaceNumber?: number;
}

export interface FoundUsbDevice {
  readonly device: Device;
  readonly interface: InterfaceDescriptor;
  readonly path: string;
}

export type UsbPackage = typeof import('usb');

/** @throws MctpError ENOPACKAGE, EIO */
export async function loadUsb(purpose: string): Promise<UsbPackage> {
  const module = await optionalPackage('usb', purpose, () => import('usb'));
  if (module.usb.INIT_ERROR) {
    throw new MctpError('EIO', `${purpose}: libusb does not start (${module.usb.INIT_ERROR}): is /dev/bus/usb there?`);
  }
  return module;
}

/** "any", "1209:0001", "1-1.4", "serial number 42": for messages. */
export function selectorText(selector: UsbSelector): string {
  const { vendorId, productId, path, serial } = selector;
  if (path !== undefined) return `USB device at ${path}`;
  if (serial !== undefined) return `USB device with the serial number ${serial}`;
  if (vendorId !== undefined && productId !== undefined) return `USB device ${ids(vendorId, productId)}`;
  return 'USB device';
}

/** @throws MctpError ENODEV: none; EBUSY: several; EACCES: not ours to ask for its serial number */
export async function findUsbDevice({ usb }: UsbPackage, selector: UsbSelector): Promise<FoundUsbDevice> {
  const what = selectorText(selector);
  const named = usb.getDeviceList().filter((device) => matches(device, selector));
  const candidates = named.flatMap((device) => {
    const found = interfaceOf(device, selector.interfaceNumber);
    return found === undefined ? [] : [{ device, interface: found, path: pathOf(device) }];
  });
  if (candidates.length === 0) {
    const wanted = selector.path !== undefined || selector.vendorId !== undefined;
    throw new MctpError(
      'ENODEV',
      wanted && named.length > 0
        ? `the ${what} has no MCTP interface (class 14, subclass 00, protocol 01) with a bulk endpoint each way`
        : `no ${what} with an MCTP interface: is it plugged in?`,
    );
  }
  const { serial } = selector;
  const chosen = serial === undefined ? candidates : await withSerial(candidates, serial);
  const [first, second] = chosen;
  if (first === undefined) throw new MctpError('ENODEV', `no ${what}: is it plugged in?`);
  if (second !== undefined) {
    const paths = chosen
      .map(({ path }) => `usb:${path}`)
      .sort()
      .join(', ');
    throw new MctpError('EBUSY', `several USB devices have an MCTP interface: name one: ${paths}`);
  }
  return first;
}

function pathOf(device: Device): string {
  return `${device.busNumber}-${(device.portNumbers ?? []).join('.')}`;
}

function matches(device: Device, { vendorId, productId, path }: UsbSelector): boolean {
  const { idVendor, idProduct } = device.deviceDescriptor;
  return (
    (vendorId === undefined || idVendor === vendorId) &&
    (productId === undefined || idProduct === productId) &&
    (path === undefined || pathOf(device) === path)
  );
}

/** Its MCTP interface, when it has a bulk endpoint each way. Descriptors may be nonsense: then it has none. */
function interfaceOf(device: Device, wanted: number | undefined): InterfaceDescriptor | undefined {
  let settings: InterfaceDescriptor[];
  try {
    settings = (device.configDescriptor?.interfaces ?? []).flat();
  } catch {
    return undefined;
  }
  return settings.find(
    (setting) =>
      setting.bInterfaceClass === MCTP_INTERFACE.class &&
      setting.bInterfaceSubClass === MCTP_INTERFACE.subclass &&
      setting.bInterfaceProtocol === MCTP_INTERFACE.protocol &&
      setting.bAlternateSetting === 0 &&
      (wanted === undefined || setting.bInterfaceNumber === wanted) &&
      bulkEndpoint(setting, true) !== undefined &&
      bulkEndpoint(setting, false) !== undefined,
  );
}

const TRANSFER_TYPE_BULK = 2;
const DIRECTION_IN = 0x80;

export function bulkEndpoint(setting: InterfaceDescriptor, inward: boolean): number | undefined {
  return setting.endpoints.find(
    ({ bmAttributes, bEndpointAddress }) =>
      (bmAttributes & 3) === TRANSFER_TYPE_BULK && ((bEndpointAddress & DIRECTION_IN) !== 0) === inward,
  )?.bEndpointAddress;
}

async function withSerial(candidates: readonly FoundUsbDevice[], serial: string): Promise<FoundUsbDevice[]> {
  const found: FoundUsbDevice[] = [];
  let refused: MctpError | undefined;
  // Linux knows it already: other programs' devices are left alone, and no permission is needed to tell them apart.
  const known = new Map((await listUsbInterfaces()).map((info) => [info.path, info.serial]));
  for (const candidate of candidates) {
    try {
      if ((known.get(candidate.path) ?? (await serialOf(candidate.device))) === serial) found.push(candidate);
    } catch (cause) {
      const error = usbError(cause, `USB device ${candidate.path}`);
      if (error.code === 'EACCES') refused = error;
    }
  }
  if (found.length === 0 && refused !== undefined) throw refused;
  return found;
}

function serialOf(device: Device): Promise<string | undefined> {
  const opened = (device.interfaces as unknown) === undefined;
  if (opened) device.open();
  return new Promise<string | undefined>((resolve, reject) => {
    device.getStringDescriptor(device.deviceDescriptor.iSerialNumber, (error, text) => {
      if (error) reject(error);
      else resolve(text);
    });
  }).finally(() => {
    if (opened) device.close();
  });
}

/** What libusb failed with, as something to act on. */
export function usbError(cause: unknown, what: string): MctpError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (message.includes('ACCESS')) {
    return new MctpError('EACCES', udevRemedy(what), { cause });
  }
  if (message.includes('BUSY')) return new MctpError('EBUSY', `${what} is in use by another program`, { cause });
  if (/NO_DEVICE|NOT_FOUND/.test(message)) return new MctpError('ENODEV', `${what} is gone`, { cause });
  return new MctpError('EIO', `${what}: ${message}`, { cause });
}

function ids(vendorId: number, productId: number): string {
  return `${hexDigits(vendorId, 4)}:${hexDigits(productId, 4)}`;
}
