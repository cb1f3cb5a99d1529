/** The two checksums of PLDM: CRC-32 nearly everywhere, CRC-8 for the parts of a PDR (DSP0240 §8, DSP0248 §26). */

const CRC8 = new Uint8Array(256);
// Four tables: a word at a time.
const CRC32 = Array.from({ length: 4 }, () => new Uint32Array(256));

for (let byte = 0; byte < 256; byte++) {
  let crc8 = byte;
  let crc32 = byte;
  for (let bit = 0; bit < 8; bit++) {
    crc8 = crc8 & 0x80 ? ((crc8 << 1) ^ 0x07) & 0xff : crc8 << 1;
    crc32 = crc32 & 1 ? (crc32 >>> 1) ^ 0xedb8_8320 : crc32 >>> 1;
  }
  CRC8[byte] = crc8;
  CRC32[0]![byte] = crc32;
}
for (let byte = 0; byte < 256; byte++) {
  for (let table = 1; table < 4; table++) {
    const previous = CRC32[table - 1]![byte]!;
    CRC32[table]![byte] = CRC32[0]![previous & 0xff]! ^ (previous >>> 8);
  }
}

/** x^8+x^2+x+1, start 0, as SMBus PEC. `crc` continues an earlier call. Returns 0..0xff. */
export function crc8(bytes: Uint8Array, start = 0, end = bytes.length, crc = 0): number {
  let value = crc;
  for (let at = start; at < end; at++) value = CRC8[value ^ bytes[at]!]!;
  return value;
}

/** IEEE 802.3. `crc` continues an earlier call: `crc32(b, 0, n, crc32(a))` is that of a then b. Returns 0..0xffffffff. */
export function crc32(bytes: Uint8Array, start = 0, end = bytes.length, crc = 0): number {
  const [t0, t1, t2, t3] = CRC32 as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  let value = ~crc;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    value ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    value = t3[value & 0xff]! ^ t2[(value >>> 8) & 0xff]! ^ t1[(value >>> 16) & 0xff]! ^ t0[value >>> 24]!;
  }
  for (; at < end; at++) value = t0[(value ^ bytes[at]!) & 0xff]! ^ (value >>> 8);
  return ~value >>> 0;
}
