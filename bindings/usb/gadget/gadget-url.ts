/** `usb-gadget:`, `usb-gadget:fe980000.usb?serial=42` */

import { MctpError } from '../../../stack/errors.js';
import type { Link } from '../../../stack/link.js';
import type { LinkContext } from '../../link-context.js';
import { type LinkUrl, type OptionKind, readOptions, wholeNumber, yesOrNo } from '../../link-url.js';
import { MAX_UNIT, UsbLink } from '../usb-link.js';
import { UsbGadgetPort } from './gadget-port.js';

/** A USB string descriptor holds 126 characters. */
const text: OptionKind<string> = {
  expects: '1 to 126 printable characters',
  parse: (value) => (/^[\x20-\x7e]{1,126}$/.test(value) ? value : undefined),
};
const usbId: OptionKind<number> = {
  expects: 'four hexadecimal digits',
  parse: (value) => (/^(0x)?[0-9a-f]{4}$/i.test(value) ? Number.parseInt(value.replace(/^0x/i, ''), 16) : undefined),
};

const OPTIONS = {
  vid: usbId,
  pid: usbId,
  serial: text,
  manufacturer: text,
  product: text,
  /** Payload bytes per packet sent. */
  unit: wholeNumber(64, MAX_UNIT),
  /** Several packets per transfer. */
  batch: yesOrNo,
};

/** pid.codes' ids for tests: a product has to have its own. */
const TEST_IDS = { vendorId: 0x1209, productId: 0x0001 };

export function usbGadgetLink(url: LinkUrl, { clock }: LinkContext): Link {
  const options = readOptions(url, OPTIONS);
  if (url.place.includes('/')) {
    throw new MctpError(
      'EUSAGE',
      `${url.text}: name the controller as in /sys/class/udc, e.g. usb-gadget:fe980000.usb`,
    );
  }
  const port = new UsbGadgetPort({
    clock,
    ...(url.place !== '' && { controller: url.place }),
    identity: {
      vendorId: options.vid ?? TEST_IDS.vendorId,
      productId: options.pid ?? TEST_IDS.productId,
      serial: options.serial ?? 'mctpkit',
      manufacturer: options.manufacturer ?? 'mctpkit',
      product: options.product ?? 'MCTP over USB',
    },
  });
  return new UsbLink({
    clock,
    port,
    name: `usb-gadget:${url.place}`,
    ...(options.unit !== undefined && { transmissionUnit: options.unit }),
    ...(options.batch !== undefined && { batch: options.batch }),
  });
}
