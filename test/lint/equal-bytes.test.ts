/** The comparison of byte arrays that all tests use tells them apart as that of vitest does. */

import { describe, expect, it } from 'vitest';

describe('byte arrays', () => {
  const bytes = Uint8Array.of(1, 2, 3);

  it('are equal when their bytes are, wherever they lie', () => {
    expect(Uint8Array.of(0, 1, 2, 3, 4).subarray(1, 4)).toEqual(bytes);
    expect({ a: [bytes.slice()] }).toStrictEqual({ a: [bytes] });
  });

  it.each([Uint8Array.of(1, 2, 4), Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3, 0), new Uint8Array()])(
    'differ from %j',
    (other) => {
      expect(other).not.toEqual(bytes);
      expect({ a: [other] }).not.toEqual({ a: [bytes] });
      expect(() => expect(other).toEqual(bytes)).toThrow();
      expect(() => expect(other).toStrictEqual(bytes)).toThrow();
    },
  );

  it('differ from arrays of another kind', () => {
    expect(Buffer.from(bytes)).not.toEqual(bytes);
    expect([1, 2, 3]).not.toEqual(bytes);
    expect(Uint16Array.of(1, 2, 3)).not.toEqual(bytes);
  });
});
