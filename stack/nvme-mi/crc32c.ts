/** CRC-32C (Castagnoli), the message integrity check of NVMe-MI: reflected polynomial 0x82F63B78. */

import { reflectedCrc32 } from '../util/checksums.js';

const castagnoli = reflectedCrc32(0x82f6_3b78);

/** Of bytes start..end; `before` is the CRC of the bytes in front of them. 0..2^32-1. */
export function crc32c(buffer: Uint8Array, start = 0, end = buffer.length, before = 0): number {
  return castagnoli(buffer, start, end, before);
}
