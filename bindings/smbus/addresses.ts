/** 7-bit bus addresses, as numbers and as the link's address strings. */

import type { PhysicalAddress } from '../../stack/link.js';
import { hexDigits } from '../../stack/util/text.js';

/** `1d` for 0x1d; one string object per address. */
const NAMES: readonly PhysicalAddress[] = Array.from({ length: 128 }, (_, address) => hexDigits(address));
const NUMBERS: ReadonlyMap<PhysicalAddress, number> = new Map(NAMES.map((name, address) => [name, address]));

/** Of the range a device may have, what belongs to somebody else (DSP0237, SMBus 2.0 appendix C). */
const TAKEN: ReadonlySet<number> = new Set([
  0x0c, // SMBus alert response
  0x10, // IPMI BMC
  0x28, // ACCESS.bus host
  0x37, // ACCESS.bus default
  0x61, // SMBus device default (ARP)
]);

const FIRST_ADDRESS = 0x08;
const LAST_ADDRESS = 0x77;

export function addressName(address: number): PhysicalAddress {
  return NAMES[address]!;
}

/** undefined when the string is not a 7-bit address. */
export function addressNumber(name: PhysicalAddress): number | undefined {
  return NUMBERS.get(name);
}

export function isDeviceAddress(address: number): boolean {
  return Number.isInteger(address) && address >= FIRST_ADDRESS && address <= LAST_ADDRESS;
}

/** Addresses a device of unknown kind may be asked at without disturbing what is standardised for others. */
export function* scanRange(): Iterable<number> {
  for (let address = FIRST_ADDRESS; address <= LAST_ADDRESS; address++) if (!TAKEN.has(address)) yield address;
}
