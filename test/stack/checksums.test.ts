/** Eight bytes a step give what one bit a step gives, from any place on and in any pieces. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc8, reflectedCrc32 } from '../../stack/util/checksums.js';

const CHECK = new TextEncoder().encode('123456789');

/** As the standards write it down. */
function bitwise(polynomial: number, bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
  }
  return ~crc >>> 0;
}

describe.each([
  ['IEEE 802.3', 0xedb8_8320, 0xcbf4_3926],
  ['Castagnoli', 0x82f6_3b78, 0xe306_9283],
])('CRC-32 of %s', (_name, polynomial, check) => {
  const crc32 = reflectedCrc32(polynomial);

  it('has the published check value', () => expect(crc32(CHECK)).toBe(check));

  it('is that of one bit a step, for every range', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(80), fc.nat(80), (bytes, one, other) => {
        const [start, end] = [Math.min(one, other, bytes.length), Math.min(Math.max(one, other), bytes.length)];
        expect(crc32(bytes, start, end)).toBe(bitwise(polynomial, bytes.subarray(start, end)));
      }),
    );
  });

  it('goes on where it stopped', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(crc32(b, 0, b.length, crc32(a))).toBe(crc32(Uint8Array.of(...a, ...b)));
      }),
    );
  });
});

describe('CRC-8', () => {
  it('has the published check value', () => expect(crc8(CHECK)).toBe(0xf4));

  it('goes on where it stopped', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(crc8(b, 0, b.length, crc8(a))).toBe(crc8(Uint8Array.of(...a, ...b)));
      }),
    );
  });
});
