/** Valid values of any codec for property tests, and the properties every codec has. */

import fc from 'fast-check';
import { expect } from 'vitest';
import {
  type AnyCodec,
  CodecError,
  decode,
  encode,
  fromJson,
  type Input,
  type Picker,
  toHex,
  toJson,
  toText,
} from '../../stack/codec/index.js';

/** Valid inputs for `encode`, from the codec's own declaration. */
export function arbitraryOf<C extends AnyCodec>(codec: C): fc.Arbitrary<Input<C>> {
  return fc.gen().map((generate) => {
    const pick: Picker = {
      integer: (min, max) => generate(fc.integer, { min, max }),
      bigint: (min, max) => generate(fc.bigInt, { min, max }),
      bytes: (length) => generate(fc.uint8Array, { minLength: length, maxLength: length }),
      // JSON has no negative zero.
      real32: () => generate(fc.float, { noNaN: true }) || 0,
    };
    return codec.sample(pick, undefined) as Input<C>;
  });
}

/** encode, decode and encode again, through JSON too, gives the same bytes. */
export function checkRoundTrip(codec: AnyCodec, numRuns = 100): void {
  fc.assert(
    fc.property(arbitraryOf(codec), (input) => {
      const bytes = encode(codec, input);
      const hex = toHex(bytes);
      const fields = decode(codec, bytes);
      const json = JSON.parse(JSON.stringify(toJson(codec, fields)));
      const again = [encode(codec, fields as never), encode(codec, fromJson(codec, json))];
      expect([...again.map((one) => toHex(one)), typeof toText(codec, fields)]).toEqual([hex, hex, 'string']);
    }),
    { numRuns },
  );
}

/** Whatever the bytes, decoding gives fields or a CodecError. */
export function checkHostile(codec: AnyCodec, numRuns = 200): void {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    // Nearly right: a valid encoding, cut, extended or with a byte changed.
    fc
      .tuple(arbitraryOf(codec), fc.nat(), fc.nat(255), fc.integer({ min: -4, max: 4 }))
      .map(([input, at, byte, change]) => {
        const valid = encode(codec, input);
        const damaged = new Uint8Array(Math.max(0, valid.length + change));
        damaged.set(valid.subarray(0, damaged.length));
        if (damaged.length > 0) damaged[at % damaged.length] = byte;
        return damaged;
      }),
  );
  fc.assert(
    fc.property(bytes, (damaged) => {
      try {
        decode(codec, damaged);
      } catch (error) {
        if (!(error instanceof CodecError)) throw error;
      }
    }),
    { numRuns },
  );
}

/** A valid encoding with a byte more or a byte less is refused, where the codec has a fixed size. */
export function checkExactLength(codec: AnyCodec): void {
  fc.assert(
    fc.property(arbitraryOf(codec), (input) => {
      const valid = encode(codec, input);
      expect(() => decode(codec, Uint8Array.of(...valid, 0x5a))).toThrow(CodecError);
      if (valid.length > 0) expect(() => decode(codec, valid.subarray(0, -1))).toThrow(CodecError);
    }),
    { numRuns: 30 },
  );
}
