/** The forms people see and give: names, hex, versions, times, JSON that does not fit. */

import { describe, expect, it } from 'vitest';
import {
  bit,
  bits,
  bool8,
  bytes,
  decode,
  docTable,
  encode,
  enumOf,
  flags,
  fromHex,
  fromJson,
  type Json,
  le,
  list,
  struct,
  timestampText,
  toHex,
  toText,
  u8,
  uuid,
  ver32,
  version32,
  versionText,
  withDefault,
} from '../../../stack/codec/index.js';

const unhex = (text: string) => fromHex(text)!;

describe('versions', () => {
  it.each([
    ['f1f0ff00', '1.0'],
    ['f1f3f100', '1.3.1'],
    ['f1f0ff61', '1.0a'],
    ['f310f761', '3.10.7a'],
    ['10100100', '10.10.01'],
    ['01101000', '01.10.10'],
    ['f1f00001', '1.0.00 (alpha 01)'],
  ])('%s is %s', (hex, text) => expect(versionText(unhex(hex))).toBe(text));

  it('are major first in the control protocol and alpha first in PLDM', () => {
    expect(toText(struct('', { v: version32 }), { v: 'f1f3f100' })).toBe('v: 1.3.1');
    expect(toText(struct('', { v: ver32 }), { v: '00f0f0f1' })).toBe('v: 1.0.0');
  });
});

describe('timestamps', () => {
  it.each([
    ['00000000000000000000000000', 'unspecified'],
    ['3c0040e2011e0f0c140bea0750', '2026-11-20 12:15:30.123456 +60 min'],
    ['c4ff00000000000001 01d00700'.replace(' ', ''), '2000-01-01 00:00:00.000000 -60 min'],
  ])('%s is %s', (hex, text) => expect(timestampText(hex)).toBe(text));
});

describe('hex', () => {
  it('is lower case, and read with blanks, colons and capitals', () => {
    expect(toHex(Uint8Array.of(0, 0xab, 0xff))).toBe('00abff');
    expect(fromHex('00 AB:ff')).toEqual(Uint8Array.of(0, 0xab, 0xff));
    expect(fromHex('0')).toBeUndefined();
    expect(fromHex('zz')).toBeUndefined();
  });
});

describe('names', () => {
  const codec = struct('thing', {
    kind: enumOf(u8, { set: 0, force: 1 }),
    mask: flags(u8, { low: 0, high: 7 }, { reserved: 'reject' }),
    ...bits(u8, { mode: bit(5, 4, { off: 0, on: 1 }, { reserved: 'reject' }), free: bit(0) }),
  });

  it('are taken when encoding, and shown in text', () => {
    const encoded = encode(codec, { kind: 'force', mask: ['low', 'high'], mode: 'on', free: 1 });
    expect(toHex(encoded)).toBe('018111');
    expect(toText(codec, decode(codec, encoded))).toBe(
      'kind: force (1)\nmask: 0x81 (low, high)\nmode: on (1)\nfree: 1',
    );
    expect(toText(codec, { kind: 9, mask: 0, mode: 3, free: 0 })).toBe(
      'kind: 9 (reserved)\nmask: 0x00\nmode: 3 (reserved)\nfree: 0',
    );
  });

  it('that do not exist are refused', () => {
    const good = { kind: 0, mask: 0, mode: 0, free: 0 };
    const bad = (change: object) => () => encode(codec, { ...good, ...change } as never, 'Thing');
    expect(bad({ kind: 'sit' })).toThrow('Thing: kind: "sit" is none of set, force');
    expect(bad({ kind: 'toString' })).toThrow('is none of');
    expect(bad({ mask: ['low', 'middle'] })).toThrow('mask: ["low","middle"] is not a list of low, high');
    expect(bad({ mode: 2 })).toThrow('mode: 2 is reserved');
    expect(bad({ mode: 'sit' })).toThrow('mode: "sit"');
    expect(() => decode(codec, unhex('000200'))).toThrow('mask at byte 1: bit 1 is reserved');
  });

  it('come from JSON as numbers or names', () => {
    expect(fromJson(codec, { kind: 'force', mask: ['high'], mode: 'on', free: 0 })).toEqual({
      kind: 1,
      mask: 0x80,
      mode: 1,
      free: 0,
    });
    for (const json of [{ kind: 'x' }, { mask: ['x'] }, { mode: null }] as Json[]) {
      expect(() => fromJson(codec, json, 'Thing')).toThrow(/^Thing: (kind|mask|mode): /);
    }
  });

  it('are in the docs table', () => {
    expect(docTable('Thing', codec)).toBe(
      [
        '| Thing | type | meaning |',
        '| --- | --- | --- |',
        '| kind | u8 enum | 0 set, 1 force |',
        '| mask | u8 bits | bit 0 low, bit 7 high |',
        '| mode | u8 bits 5:4 | 0 off, 1 on |',
        '| free | u8 bit 0 |  |',
      ].join('\n'),
    );
    expect(docTable('Nothing', struct('', {}))).toBe('Nothing: no fields.');
  });
});

describe('JSON that does not fit', () => {
  const codec = struct('', {
    list: list(struct('', { data: bytes(2), big: le.u64, real: le.real32 })),
    id: uuid,
    yes: bool8,
    n: withDefault(u8, 3),
  });
  const item = { data: 'aabb', big: '1', real: 1 };

  it.each<[Json, string]>([
    [[], 'is not an object'],
    [{ list: {} }, 'list: {} is not a list'],
    [{ list: [item, { ...item, data: 'xyz' }] }, 'list[1].data: "xyz" is not a hex string'],
    [{ list: [{ ...item, big: '1.5' }] }, 'list[0].big'],
    [{ list: [{ ...item, real: 'x' }] }, 'list[0].real'],
  ])('%j: %s', (json, message) => expect(() => fromJson(codec, json)).toThrow(message));

  it('is found when it is encoded, where any text or number would do', () => {
    const fits = { list: [{ ...item, real: 'NaN' }], id: '21f0f554-7f7c-4211-9ca1-6d0f000ea9e7', yes: true };
    const encodeJson = (json: Json) => toHex(encode(codec, fromJson(codec, json)));
    expect(encodeJson(fits)).toContain('0000c07f');
    expect(() => encodeJson({ ...fits, id: '21f0f554' })).toThrow('id: "21f0f554" is not a uuid');
    expect(() => encodeJson({ ...fits, yes: 1 })).toThrow('yes: 1 is neither true nor false');
  });
});
