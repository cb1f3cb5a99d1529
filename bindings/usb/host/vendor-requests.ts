/**
 * Control requests of the type "vendor" to a USB device with MCTP, by libusb. They claim no interface: a driver of the
 * kernel, or another program, may hold it.
 */

import type { Device } from 'usb';
import { findUsbDevice, loadUsb, type UsbSelector, usbError } from './usb-devices.js';
import { releaseText } from './usb-sysfs.js';

const VENDOR_IN = 0xc0;
const VENDOR_OUT = 0x40;

export interface VendorDevice {
  /** Bus and ports: `1-1.4`. */
  readonly path: string;
  readonly product: string;
  readonly serialNumber: string;
  /** `bcdDevice`: `1.0`. */
  readonly release: string;
  /** What the device sends, `bytes` at most. @throws MctpError EIO when it refuses; ENODEV */
  read(request: number, bytes: number): Promise<Uint8Array>;
  /** A request without data. @throws MctpError EIO when it refuses; ENODEV */
  order(request: number, value: number, index: number): Promise<void>;
}

/** Use the device that is meant. @throws MctpError ENODEV, EBUSY (several), EACCES, ENOPACKAGE, EIO */
export async function withVendorDevice<T>(
  selector: UsbSelector,
  use: (device: VendorDevice) => Promise<T>,
): Promise<T> {
  const { device, path } = await findUsbDevice(await loadUsb('a USB device'), selector);
  const what = `USB device ${path}`;
  try {
    device.open();
  } catch (cause) {
    throw usbError(cause, what);
  }
  try {
    const { bcdDevice, iProduct, iSerialNumber } = device.deviceDescriptor;
    return await use({
      path,
      product: await textOf(device, iProduct, what),
      serialNumber: await textOf(device, iSerialNumber, what),
      release: releaseText(bcdDevice),
      read: async (request, bytes) =>
        (await transfer(device, what, [VENDOR_IN, request, 0, 0], bytes)) ?? new Uint8Array(0),
      order: async (request, value, index) => {
        await transfer(device, what, [VENDOR_OUT, request, value, index], Buffer.alloc(0));
      },
    });
  } finally {
    device.close();
  }
}

type Setup = readonly [type: number, request: number, value: number, index: number];

/** The bytes of a request for data; undefined where none were asked for. */
function transfer(device: Device, what: string, setup: Setup, data: number | Buffer): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    device.controlTransfer(...setup, data, (error, answer) => {
      if (error) reject(usbError(error, what));
      else resolve(answer instanceof Uint8Array ? Uint8Array.from(answer) : undefined);
    });
  });
}

function textOf(device: Device, index: number, what: string): Promise<string> {
  if (index === 0) return Promise.resolve('');
  return new Promise((resolve, reject) => {
    device.getStringDescriptor(index, (error, text) => {
      if (error) reject(usbError(error, what));
      else resolve(text ?? '');
    });
  });
}
