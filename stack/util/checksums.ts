/** Checksums that more than one standard uses. */

const SECTION = 256;

const crc8Table = new Uint8Array(SECTION);
for (let byte = 0; byte < SECTION; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  crc8Table[byte] = crc;
}

/**
 * Polynomial x^8 + x^2 + x + 1, start value 0: the PEC of SMBus and the checksum of PDR parts (DSP0237, DSP0248 §26).
 * `crc` (0..255) continues an earlier call. Returns 0..255.
 */
export function crc8(bytes: Uint8Array, start = 0, end = bytes.length, crc = 0): number {
  let value = crc;
  for (let at = start; at < end; at++) value = crc8Table[value ^ bytes[at]!]!;
  return value;
}

/** The CRC (0..2^32-1) of bytes[start, end). `crc` continues an earlier call: `f(b, 0, n, f(a))` is that of a then b. */
export type Crc32 = (bytes: Uint8Array, start?: number, end?: number, crc?: number) => number;

/**
 * A CRC of 32 bits, low bit first, with all bits turned over before and after. Eight bytes per step ("slicing"): section k
 * of the table says what a byte does to the register k bytes later, so the look-ups of a step do not wait for each other.
 */
export function reflectedCrc32(polynomial: number): Crc32 {
  const table = new Int32Array(8 * SECTION);
  for (let byte = 0; byte < SECTION; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    table[byte] = crc;
  }
  for (let entry = SECTION; entry < table.length; entry++) {
    const crc = table[entry - SECTION]!;
    table[entry] = (crc >>> 8) ^ table[crc & 0xff]!;
  }
  return (bytes, start = 0, end = bytes.length, crc = 0) => {
    let value = ~crc;
    let at = start;
    for (const last = end - 8; at <= last; at += 8) {
      value =
        table[7 * SECTION + ((bytes[at]! ^ value) & 0xff)]! ^
        table[6 * SECTION + ((bytes[at + 1]! ^ (value >>> 8)) & 0xff)]! ^
        table[5 * SECTION + ((bytes[at + 2]! ^ (value >>> 16)) & 0xff)]! ^
        table[4 * SECTION + (bytes[at + 3]! ^ (value >>> 24))]! ^
        table[3 * SECTION + bytes[at + 4]!]! ^
        table[2 * SECTION + bytes[at + 5]!]! ^
        table[SECTION + bytes[at + 6]!]! ^
        table[bytes[at + 7]!]!;
    }
    for (; at < end; at++) value = table[(value ^ bytes[at]!) & 0xff]! ^ (value >>> 8);
    return ~value >>> 0;
  };
}
