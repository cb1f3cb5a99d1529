/** The small numbers of MCTP, each with its range checked once, at the door (DSP0236 §8.1, DSP0239). */

import { MctpError } from './errors.js';
import { hexNumber } from './util/text.js';

declare const brand: unique symbol;

/** An endpoint ID that can be given to an endpoint: 8..254. */
export type Eid = number & { readonly [brand]: 'Eid' };
/** A network of this host: 1..0xFFFFFFFF. The same EID may exist on several networks. */
export type NetworkId = number & { readonly [brand]: 'NetworkId' };
/** A message tag: 0..7. */
export type Tag = number & { readonly [brand]: 'Tag' };

/** Destination: whoever has the physical address. Source: a device that has no EID yet. */
export const EID_NULL = 0;
/** Every endpoint of one bus. As a bind address (MCTP_ADDR_ANY): any of our EIDs. */
export const EID_BROADCAST = 0xff;
export const EID_ANY = 0xff;
export const EID_MIN = 8;
export const EID_MAX = 254;
/** As a bind address: any network. As a destination: the default network. */
export const NET_ANY = 0;
export const DEFAULT_NETWORK = 1 as NetworkId;

/** DSP0239 table 1. */
export const MESSAGE_TYPE = {
  control: 0x00,
  pldm: 0x01,
  ncsi: 0x02,
  ethernet: 0x03,
  nvmeMi: 0x04,
  spdm: 0x05,
  secured: 0x06,
  cxlFmApi: 0x07,
  cxlCci: 0x08,
  pcieMi: 0x09,
  vendorPci: 0x7e,
  vendorIana: 0x7f,
} as const;

const MESSAGE_TYPE_NAMES: Readonly<Record<number, string>> = {
  0: 'control',
  1: 'PLDM',
  2: 'NC-SI',
  3: 'Ethernet',
  4: 'NVMe-MI',
  5: 'SPDM',
  6: 'secured',
  7: 'CXL FM API',
  8: 'CXL CCI',
  9: 'PCIe-MI',
  126: 'vendor (PCI)',
  127: 'vendor (IANA)',
};

/** "PLDM" for 1, "0x42" for what DSP0239 does not name. */
export function messageTypeName(type: number): string {
  return MESSAGE_TYPE_NAMES[type] ?? hexNumber(type);
}

/** DSP0239 table 3: transport binding identifiers. */
export const BINDING = {
  unspecified: 0x00,
  smbus: 0x01,
  pcieVdm: 0x02,
  usb: 0x03,
  kcs: 0x04,
  serial: 0x05,
  i3c: 0x06,
  mmbi: 0x07,
  pcc: 0x08,
  ucie: 0x09,
  vendor: 0xff,
} as const;

/** @throws MctpError EINVAL unless 8 <= value <= 254. */
export function eid(value: number): Eid {
  if (!isEid(value)) throw new MctpError('EINVAL', `${value} is not an endpoint ID: use 8 to 254`);
  return value;
}

export function isEid(value: number): value is Eid {
  return Number.isInteger(value) && value >= EID_MIN && value <= EID_MAX;
}

/** @throws MctpError EINVAL unless 1 <= value <= 0xFFFFFFFF. */
export function networkId(value: number): NetworkId {
  if (!Number.isInteger(value) || value < 1 || value > 0xffffffff) {
    throw new MctpError('EINVAL', `${value} is not a network number: use 1 to 4294967295`);
  }
  return value as NetworkId;
}

/** @throws MctpError EINVAL unless 0 <= value <= 7. */
export function tag(value: number): Tag {
  if (!Number.isInteger(value) || value < 0 || value > 7) {
    throw new MctpError('EINVAL', `${value} is not a message tag: use 0 to 7`);
  }
  return value as Tag;
}

/** @throws MctpError EINVAL unless 0 <= value <= 127. */
export function messageType(value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 0x7f) {
    throw new MctpError(
      'EINVAL',
      `${value} is not a message type: use 0 to 127 (bit 7, the IC bit, is an option of its own)`,
    );
  }
  return value;
}
