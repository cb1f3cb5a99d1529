/** CRC-32C (Castagnoli), the message integrity check of NVMe-MI: reflected polynomial 0x82F63B78. */

const TABLE = makeTable();

function makeTable(): Uint32Array {
  const table = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1;
    table[byte] = crc;
  }
  return table;
}

/** Of bytes start..end; `before` is the CRC of the bytes in front of them. 0..2^32-1. */
export function crc32c(buffer: Uint8Array, start = 0, end = buffer.length, before = 0): number {
  let crc = ~before;
  for (let at = start; at < end; at++) crc = (crc >>> 8) ^ TABLE[(crc ^ buffer[at]!) & 0xff]!;
  return ~crc >>> 0;
}
