/**
 * SMBus packet error code (DSP0237). It covers every byte of the transfer, the address byte included, which no I2C driver
 * hands out: so the register goes from call to call, 0 at the start of a transfer.
 */

import { crc8 } from '../../stack/util/checksums.js';

export { crc8 as pec } from '../../stack/util/checksums.js';

const ofAddress = Uint8Array.from({ length: 128 }, (_, address) => crc8(Uint8Array.of(address << 1)));

/** The register after the address byte of a write to the 7-bit address: what a receiver starts from. */
export function pecOfAddress(address: number): number {
  return ofAddress[address & 0x7f]!;
}
