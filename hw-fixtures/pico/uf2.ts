/** UF2 images: what a Pico's boot ROM takes when it is copied to its drive. */

import { MctpError } from '../../stack/errors.js';

const BLOCK = 512;
const PAYLOAD = 256;
const MAGIC_START = 0x0a324655;
const MAGIC_SECOND = 0x9e5d5157;
const MAGIC_END = 0x0ab16f30;
const FLAG_FAMILY = 0x2000;
const RP2040_FAMILY = 0xe48bff56;
/** Where flash begins. */
const FLASH_START = 0x10000000;
const MAX_IMAGE = 2 << 20;

/** The image in blocks of 512 bytes, each with its place in flash. */
export function makeUf2(image: Uint8Array): Uint8Array {
  const blocks = Math.ceil(image.length / PAYLOAD);
  const out = new Uint8Array(blocks * BLOCK);
  const view = new DataView(out.buffer);
  for (let block = 0; block < blocks; block++) {
    const at = block * BLOCK;
    const head = [
      MAGIC_START,
      MAGIC_SECOND,
      FLAG_FAMILY,
      FLASH_START + block * PAYLOAD,
      PAYLOAD,
      block,
      blocks,
      RP2040_FAMILY,
    ];
    for (const [index, word] of head.entries()) view.setUint32(at + 4 * index, word, true);
    out.set(image.subarray(block * PAYLOAD, (block + 1) * PAYLOAD), at + 32);
    view.setUint32(at + BLOCK - 4, MAGIC_END, true);
  }
  return out;
}

/**
 * The image in a UF2 file, from the start of flash on.
 * @throws MctpError EINVAL when it is not a UF2 file for an RP2040
 */
export function readUf2(file: Uint8Array): Uint8Array {
  const wrong = (why: string): MctpError => new MctpError('EINVAL', `not a UF2 image for an RP2040: ${why}`);
  if (file.length === 0 || file.length % BLOCK !== 0)
    throw wrong(`${file.length} bytes are not whole blocks of ${BLOCK}`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const blocks = file.length / BLOCK;
  if (blocks * PAYLOAD > MAX_IMAGE) throw wrong(`${blocks} blocks are more than 2 MiB`);
  const image = new Uint8Array(blocks * PAYLOAD);
  for (let block = 0; block < blocks; block++) {
    const at = block * BLOCK;
    const word = (index: number): number => view.getUint32(at + 4 * index, true);
    if (word(0) !== MAGIC_START || word(1) !== MAGIC_SECOND || view.getUint32(at + BLOCK - 4, true) !== MAGIC_END) {
      throw wrong(`block ${block} has no UF2 magic`);
    }
    if (word(7) !== RP2040_FAMILY) throw wrong(`it is for family 0x${word(7).toString(16)}`);
    if (word(3) !== FLASH_START + block * PAYLOAD || word(4) !== PAYLOAD || word(5) !== block || word(6) !== blocks) {
      throw wrong(`block ${block} is out of order`);
    }
    image.set(file.subarray(at + 32, at + 32 + PAYLOAD), block * PAYLOAD);
  }
  return image;
}

/** The boot ROM starts an image only when the last word of its first 256 bytes is their CRC-32/MPEG-2. */
export function setBootChecksum(image: Uint8Array): void {
  new DataView(image.buffer, image.byteOffset).setUint32(252, bootChecksum(image), true);
}

/** CRC-32/MPEG-2 of the first 252 bytes. */
export function bootChecksum(image: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of image.subarray(0, 252)) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}
