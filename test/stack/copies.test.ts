/** Bytes that are kept are copies, also of Node's Buffers, whose `slice` shares their memory (ports give Buffers). */

import { describe, expect, it } from 'vitest';
import { copyOf, dataCopy, ownCopy } from '../../stack/util/slab.js';

const SIZES = [0, 1, 16, 63, 64, 65, 256, 257, 2048, 2049, 8192, 8193, 20_000];

describe.each([
  ['copyOf', copyOf],
  ['ownCopy', ownCopy],
  ['dataCopy', dataCopy],
])('%s', (_name, copy) => {
  it.each(SIZES)('of %i bytes of a Buffer is an array of its own', (size) => {
    const buffer = Buffer.alloc(size + 6, 0xaa);
    const copied = copy(buffer, 3, 3 + size);
    buffer.fill(0x55);
    expect(copied).toEqual(new Uint8Array(size).fill(0xaa));
    expect(Buffer.isBuffer(copied)).toBe(false);
  });

  it.each(SIZES)('of %i bytes of an Uint8Array is an array of its own', (size) => {
    const buffer = new Uint8Array(size + 6).fill(0xaa);
    const copied = copy(buffer, 3, 3 + size);
    buffer.fill(0x55);
    expect(copied).toEqual(new Uint8Array(size).fill(0xaa));
  });
});
