/** Recorded and handmade SPDM messages: their fields, the same bytes again, and what becomes of broken ones. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CodecError, fromHex, type Json, toHex } from '../../../stack/codec/index.js';
import { decodeSpdm, encodeSpdm, type SpdmAsked, type SpdmContext } from '../../../stack/spdm/index.js';

interface SpdmVector {
  readonly id: string;
  readonly name: string;
  readonly direction: string;
  readonly hex: string;
  readonly fields: Readonly<Record<string, Json>>;
  readonly context?: SpdmContext;
  readonly request?: SpdmAsked;
}

const vectors = JSON.parse(
  readFileSync(new URL('../../vectors/spdm.json', import.meta.url), 'utf8'),
) as readonly SpdmVector[];
const surroundings = ({ context, request }: SpdmVector) => ({ context, asked: request });

describe('SPDM vectors', () => {
  it('are 161', () => expect(vectors).toHaveLength(161));

  it.each(vectors.map((vector) => [vector.id, vector] as const))('%s', (_id, vector) => {
    const message = fromHex(vector.hex)!;
    const decoded = decodeSpdm(message, surroundings(vector));
    if (vector.fields.mctpMessageType === 5) expect(decoded.kind).toBe(vector.direction);
    expect(decoded.isPartial).toBe(typeof decoded.name === 'number');
    expect(decoded.fields).toMatchObject(vector.fields);
    expect(toHex(encodeSpdm(decoded.name, decoded.fields, surroundings(vector)))).toBe(vector.hex);
  });

  it('are named as in the standard', () => {
    const names = vectors.map((vector) => decodeSpdm(fromHex(vector.hex)!, surroundings(vector)).name);
    expect(names.filter((name) => typeof name === 'string')).toEqual(
      vectors.filter((_vector, at) => typeof names[at] === 'string').map(({ name }) => name),
    );
  });

  it('without what was negotiated keep their bytes', () => {
    for (const vector of vectors) {
      const decoded = decodeSpdm(fromHex(vector.hex)!);
      expect(toHex(encodeSpdm(decoded.name, decoded.fields))).toBe(vector.hex);
    }
  });

  it('CAPABILITIES of 1.3 has a block of supported algorithms when it was asked for', () => {
    const message =
      '0513610100000000000000020000120000001200000200260001021000000001000000000000000000000000000000000000010220010003200200';
    const decoded = decodeSpdm(fromHex(message)!);
    expect(decoded.fields).toMatchObject({
      maxSpdmMsgSize: 4608,
      supportedAlgorithms: {
        tableCount: 2,
        length: 38,
        measurementSpecification: 1,
        otherParamsSupport: 2,
        baseAsymAlgo: 0x10,
        baseHashAlgo: 1,
        melSpecification: 1,
        algStruct: [
          { algType: 2, algSupported: 1 },
          { algType: 3, algSupported: 2 },
        ],
      },
    });
    expect(toHex(encodeSpdm(decoded.name, decoded.fields))).toBe(message);
    for (const cut of [message.slice(0, -2), `${message}00`])
      expect(() => decodeSpdm(fromHex(cut)!)).toThrow(CodecError);
  });

  it.each([
    ['FINISH without opaque data', `0514e50000 0000 ${'ab'.repeat(32)}`, { opaqueLength: 0 }],
    ['FINISH', `0514e50100 0200 0102 ${'cd'.repeat(64)} ${'ab'.repeat(32)}`, { opaqueData: '0102' }],
    ['FINISH_RSP', `0514650000 0200 0102 ${'ab'.repeat(32)}`, { opaqueLength: 2, opaqueData: '0102' }],
  ])('%s of 1.4 has opaque data before all else (DSP0274 1.4, FINISH)', (_name, hex, opaque) => {
    const context = vectors.find(({ id }) => id === 'v11/FINISH')!.context!;
    const message = hex.replaceAll(' ', '');
    const { name, fields } = decodeSpdm(fromHex(message)!, { context });
    const data = 'ab'.repeat(32);
    expect(fields).toMatchObject(opaque);
    expect(fields.requesterVerifyData ?? fields.responderVerifyData).toBe(data);
    expect(toHex(encodeSpdm(name, fields, { context }))).toBe(message);
  });

  it('cut off or with a byte changed decode, or say what is wrong', () => {
    let refused = 0;
    const tooLong: string[] = [];
    const attempt = (vector: SpdmVector, message: Uint8Array): void => {
      try {
        const { fields } = decodeSpdm(message, surroundings(vector));
        // What comes of a message is bounded by its bytes: an item of a list takes a byte at the least.
        if (JSON.stringify(fields).length >= 1024 + 128 * message.length) tooLong.push(toHex(message));
      } catch (error) {
        if (!(error instanceof CodecError)) throw error;
        refused++;
      }
    };
    for (const vector of vectors) {
      const message = fromHex(vector.hex)!;
      for (let length = 0; length < Math.min(message.length, 400); length++)
        attempt(vector, message.subarray(0, length));
      for (let at = 0; at < Math.min(message.length, 300); at++) {
        for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
          const changed = message.slice();
          changed[at] = value;
          attempt(vector, changed);
        }
      }
    }
    expect(tooLong).toEqual([]);
    expect(refused).toBeGreaterThan(1000);
  });
});
