/** The group `usb`: units and transfers of the USB binding (DSP0283). */

import type { GroupDeclaration, Requirement } from '../declaration.js';
import { USB_RECEIVING } from './usb-receiving.js';
import { USB_SENDING } from './usb-sending.js';

const by = (...numbers: readonly number[]) => ({
  checks: numbers.map((number) => `MCTP-USB-${String(number).padStart(3, '0')}`),
});

const REQUIREMENTS: readonly Requirement[] = [
  { clause: 'DSP0283 units', text: 'the ID 0x1ab4, high byte first', ...by(1, 12) },
  { clause: 'DSP0283 units', text: 'the length counts header and packet, and is at least 8', ...by(2, 3, 7, 11, 13) },
  { clause: 'DSP0283 units', text: 'the third byte is reserved in 1.0', ...by(4, 14) },
  {
    clause: 'DSP0283 units',
    text: 'where a unit is wrong, the rest of its transfer is dropped, and not more',
    ...by(8, 9),
  },
  { clause: 'DSP0283 transfers', text: 'one or more whole units, at most 512 bytes', ...by(5, 10, 15) },
  { clause: 'DSP0283 transfers', text: '512 bytes are a transfer without a packet of length zero', ...by(6) },
  {
    clause: 'DSP0283 interface',
    text: 'class 0x14, subclass, protocol 0x01, one bulk endpoint each way',
    unchecked: 'the link finds the device by them: one with other descriptors is not reached at all',
  },
  {
    clause: 'DSP0283 behaviour',
    text: 'the EID is lost when the device is unplugged',
    unchecked: 'mctpkit cannot pull the plug',
  },
];

export const USB_GROUP: GroupDeclaration = {
  name: 'usb',
  title: 'USB: units and transfers',
  about:
    'Rules of DSP0283 for the units in which packets are, and for the transfers which they make. The checks send transfers of any form, so they need a USB link of our own stack. Clauses are named by what they are about.',
  bench: { toml: '', wire: 'usb' },
  checks: [...USB_RECEIVING, ...USB_SENDING],
  requirements: REQUIREMENTS,
};
