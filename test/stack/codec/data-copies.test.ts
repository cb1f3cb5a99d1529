import { describe, expect, it } from 'vitest';
import { bytes, decode, encode, rest } from '../../../stack/codec/index.js';

const SIZES = [1, 64, 65, 80, 200, 256, 257, 1000];

describe('bytes that were decoded or encoded', () => {
  it('belong to their receiver: writing to one changes neither the message nor its neighbours', () => {
    const messages = SIZES.map((size, n) => new Uint8Array(size).fill(n + 1));
    const decoded = messages.map((message) => decode(rest, message));
    const encoded = messages.map((message) => encode(bytes(message.length), message));
    const copies = [...decoded, ...encoded];
    for (const [index, copy] of copies.entries()) {
      expect(copy).toEqual(messages[index % SIZES.length]);
      copy.fill(0xff);
    }
    for (const [n, message] of messages.entries()) expect(message.every((byte) => byte === n + 1)).toBe(true);
  });

  it('keep at most 16 times themselves alive', () => {
    for (const size of SIZES) {
      const copy = decode(rest, new Uint8Array(size));
      expect(copy.buffer.byteLength).toBeLessThanOrEqual(16 * size);
    }
  });
});
