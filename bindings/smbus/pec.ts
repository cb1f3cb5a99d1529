/**
 * SMBus packet error code: CRC-8, polynomial x^8 + x^2 + x + 1, start value 0 (DSP0237). It covers every byte of
 * the transfer, the address byte included, which no I2C driver hands out.
 */

const table = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  table[byte] = crc;
}

/** The register (0..255) after buffer[start, end), from the register before: 0 at the start of a transfer. */
export function pec(buffer: Uint8Array, start: number, end: number, register = 0): number {
  let crc = register;
  for (let at = start; at < end; at++) crc = table[crc ^ buffer[at]!]!;
  return crc;
}

/** The register after the address byte of a write to the 7-bit address: what a receiver starts from. */
export function pecOfAddress(address: number): number {
  return table[(address << 1) & 0xff]!;
}
