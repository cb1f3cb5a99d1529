/** `usb:`, `usb:1-1.4`, `usb:1209:0001`, `usb:SERIAL` */

import type { Link } from '../../../stack/link.js';
import type { LinkContext } from '../../link-context.js';
import { type LinkUrl, readOptions, wholeNumber, yesOrNo } from '../../link-url.js';
import { MAX_UNIT, UsbLink } from '../usb-link.js';
import { UsbHostPort } from './host-port.js';
import type { UsbSelector } from './usb-devices.js';

const OPTIONS = {
  /** bInterfaceNumber, when a device has several for MCTP. */
  interface: wholeNumber(0, 255),
  /** Payload bytes per packet sent. */
  unit: wholeNumber(64, MAX_UNIT),
  /** Several packets per transfer. */
  batch: yesOrNo,
};

export function usbLink(url: LinkUrl, { clock }: LinkContext): Link {
  const options = readOptions(url, OPTIONS);
  const selector = {
    ...selectorOf(url.place),
    ...(options.interface !== undefined && { interfaceNumber: options.interface }),
  };
  return new UsbLink({
    clock,
    name: `usb:${url.place}`,
    port: new UsbHostPort(url.place === '' ? 'with MCTP' : url.place, selector),
    ...(options.unit !== undefined && { transmissionUnit: options.unit }),
    ...(options.batch !== undefined && { batch: options.batch }),
  });
}

/** A place that is neither ids nor a bus path is a serial number. */
export function selectorOf(place: string): UsbSelector {
  if (place === '') return {};
  const [, vendorId, productId] = /^([0-9a-f]{4}):([0-9a-f]{4})$/i.exec(place) ?? [];
  if (vendorId !== undefined && productId !== undefined) {
    return { vendorId: Number.parseInt(vendorId, 16), productId: Number.parseInt(productId, 16) };
  }
  return /^\d+-\d+(\.\d+)*$/.test(place) ? { path: place } : { serial: place };
}
