/** The two checksums of PLDM: CRC-32 nearly everywhere, CRC-8 for the parts of a PDR (DSP0240 §8, DSP0248 §26). */

import { reflectedCrc32 } from '../../stack/util/checksums.js';

export { crc8 } from '../../stack/util/checksums.js';

const ieee = reflectedCrc32(0xedb8_8320);

/** IEEE 802.3. `crc` continues an earlier call: `crc32(b, 0, n, crc32(a))` is that of a then b. Returns 0..0xffffffff. */
export function crc32(bytes: Uint8Array, start = 0, end = bytes.length, crc = 0): number {
  return ieee(bytes, start, end, crc);
}
