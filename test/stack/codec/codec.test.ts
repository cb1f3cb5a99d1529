import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type AnyCodec,
  bcd8,
  be,
  bit,
  bits,
  bool8,
  bytes,
  CodecError,
  checked,
  command,
  commandDocs,
  computed,
  constant,
  decode,
  derived,
  eitherWidth,
  encode,
  enumOf,
  type Fields,
  flags,
  fromHex,
  fromJson,
  hex,
  type Input,
  le,
  list,
  nulString,
  optional,
  padding,
  REST,
  type RequestInput,
  type ResponseFields,
  range,
  reserved,
  rest,
  restSize,
  s8,
  string,
  struct,
  tagged,
  timestamp104,
  toHex,
  toJson,
  toText,
  u8,
  uuid,
  variant,
  ver32,
  version32,
  when,
  whenAll,
  whenever,
  withDefault,
} from '../../../stack/codec/index.js';
import { MctpError } from '../../../stack/errors.js';
import { checkHostile, checkRoundTrip } from '../../support/arbitrary.js';

const unhex = (text: string) => fromHex(text)!;
const hexOf = <C extends AnyCodec>(codec: C, value: Input<C>) => toHex(encode(codec, value));
const fromHexTo = <C extends AnyCodec>(codec: C, text: string) => decode(codec, unhex(text));

const sum = (data: Uint8Array) => data.reduce((a, b) => (a + b) & 0xff, 0);

/** One of everything, as PLDM will need it. */
const dataSizes = { 0: u8, 1: s8, 2: le.u16, 3: le.s16, 4: le.u32, 5: le.s32, 6: le.u64, 7: le.s64 };
const samples = {
  numbers: struct('numbers', {
    a: u8,
    b: s8,
    c: le.u24,
    d: be.u16,
    e: le.s16,
    f: be.s32,
    g: le.u64,
    h: be.s64,
    i: le.real32,
    j: bool8,
    k: bcd8,
    l: be.bcd16,
  }),
  sized: struct('sized', { length: derived(le.u32), data: bytes('length'), tail: rest }),
  counted: struct('counted', {
    lengthOfAll: derived(le.u32),
    count: derived(u8),
    descriptors: list(struct('descriptor', { type: le.u16, length: derived(le.u16), data: bytes('length') }), {
      count: 'count',
      bytes: 'lengthOfAll',
    }),
  }),
  bounded: struct('bounded', {
    n: derived(u8),
    states: list(struct('s', { a: u8, b: u8 }), { count: 'n', min: 1, max: 8 }),
  }),
  optional: struct('optional', { a: u8, b: optional(le.u16) }),
  conditional: struct('conditional', {
    mode: range(u8, 0, 3),
    timer: when('mode', 3, le.u16),
    ...whenAll('mode', (mode) => mode > 1, { x: u8, y: list(u8, { count: 2 }) }),
    z: whenever((earlier) => earlier.number('mode') === 0, u8),
  }),
  value: struct('value', { size: range(u8, 0, 7), reading: variant('size', dataSizes) }),
  multipart: struct('multipart', {
    size: derived(le.u32),
    data: bytes('size'),
    checksum: when(
      'size',
      (size) => size > 0,
      computed(u8, (earlier) => sum(earlier.bytes('data')), { check: false }),
    ),
  }),
  checksum: struct('checksum', { a: le.u16, sum: computed(u8, (earlier) => sum(earlier.bytes('a'))) }),
  strings: struct('strings', {
    tag: nulString('ascii'),
    name: nulString('utf16be'),
    typed: range(u8, 1, 5),
    length: derived(u8),
    text: string(
      (earlier) => (['ascii', 'utf8', 'utf16', 'utf16le', 'utf16be'] as const)[(earlier.number('typed') ?? 1) - 1]!,
      'length',
    ),
    zLength: derived(u8),
    z: string('ascii', 'zLength', { nul: true }),
    date: string('ascii', 8),
  }),
  header: struct('header', {
    handle: le.u32,
    version: constant(u8, 1),
    type: u8,
    length: restSize(le.u16, { trailing: 'ignore' }),
    body: list(le.u16),
  }),
  record: struct('record', {
    length: restSize(le.u16, { plus: 2 }),
    count: derived(u8),
    items: list(u8, { count: 'count' }),
  }),
  texts: struct('texts', {
    id: uuid,
    v: ver32,
    w: version32,
    t: timestamp104,
    x: hex(3),
    r: reserved(u8),
    q: reserved(le.u16, 'reject'),
  }),
  names: struct('names', {
    e: enumOf(u8, { one: 1, two: 2 }, { reserved: 'reject', allow: [[0xd0, 0xef]] }),
    k: enumOf(le.u16, { one: 1 }),
    f: flags(u8, { low: 0, high: 7 }),
    d: withDefault(le.u32, 7),
    c: checked(le.u16, (n) => (n % 2 === 0 ? undefined : 'is odd')),
  }),
  bits: struct('bits', {
    ...bits(u8, { a: bit(7, 4), b: bit(3), c: bit(1, 0, { x: 0, y: 1 }, { reserved: 'reject' }) }),
    ...bits(be.u32, { high: bit(31, 16), low: bit(0) }, { reserved: 'reject' }),
  }),
  entry: tagged(struct('common', { handle: le.u16, kind: u8 }), 'kind', {
    0: struct('a', { handle: le.u16, kind: u8, x: u8 }),
    1: struct('b', { handle: le.u16, kind: u8, y: le.u64 }),
  }),
  even: struct('even', {
    n: derived(u8),
    items: list(struct('i', { a: u8, address: rest }), { count: 'n', evenly: true }),
  }),
  table: struct('table', {
    entries: list(struct('e', { handle: le.u16, length: derived(u8), text: string('utf8', 'length', { min: 1 }) }), {
      leaving: 1,
      itemBytes: 4,
    }),
    pad: padding(4),
    sum: computed(u8, (earlier) => sum(earlier.bytes('entries', 'pad'))),
  }),
  blob: struct('blob', { data: bytes(REST, { leaving: 2 }), check: le.u16 }),
  width: struct('width', { burst: eitherWidth(be.u24, { 8: be.u32 }), rate: be.u32 }),
} as const;

describe('every codec', () => {
  for (const [name, codec] of Object.entries(samples)) {
    it(`${name}: encode, decode, JSON and text agree`, () => checkRoundTrip(codec as AnyCodec));
    it(`${name}: hostile bytes give a CodecError`, () => checkHostile(codec as AnyCodec));
  }
});

describe('numbers', () => {
  it('have the byte order of their group', () => {
    expect(
      hexOf(struct('', { a: le.u16, b: be.u16, c: le.u24, d: be.u24 }), {
        a: 0x1234,
        b: 0x1234,
        c: 0x123456,
        d: 0x123456,
      }),
    ).toBe('34121234563412123456');
    expect(hexOf(struct('', { a: le.u64, b: be.s64 }), { a: 1n, b: -2n })).toBe('0100000000000000fffffffffffffffe');
    expect(fromHexTo(struct('', { a: s8, b: le.s16, c: le.s32, d: le.u32 }), 'fffeff00000080ffffffff')).toEqual({
      a: -1,
      b: -2,
      c: -0x80000000,
      d: 0xffffffff,
    });
  });

  it('are checked when encoding, naming the field', () => {
    const entry = struct('', { list: list(struct('', { value: u8 })) });
    expect(() => encode(entry, { list: [{ value: 1 }, { value: 256 }] }, 'Thing request')).toThrow(
      'Thing request: list[1].value: 256 is not an integer from 0 to 255',
    );
    expect(() => encode(entry, { list: [{ value: 1.5 }] })).toThrow(MctpError);
    expect(() => encode(entry, { list: [{} as { value: number }] })).toThrow('list[0].value');
    expect(() => encode(le.u64, -1n)).toThrow(MctpError);
  });

  it('go to JSON as PLDM vectors have them', () => {
    const codec = struct('', { a: le.u64, b: bytes(2), c: le.real32, d: bool8, e: ver32, f: nulString('utf8') });
    const fields = fromHexTo(codec, 'ffffffffffffffff' + 'ABCD' + 'cdcccc3d' + '01' + '00f0f0f1' + 'c3a400');
    expect(toJson(codec, fields)).toEqual({
      a: '18446744073709551615',
      b: 'abcd',
      c: 0.100000001,
      d: true,
      e: '00f0f0f1',
      f: 'ä',
    });
    expect(toText(codec, fields)).toBe('a: 18446744073709551615\nb: abcd\nc: 0.1\nd: true\ne: 1.0.0\nf: "ä"');
    expect(() => fromJson(codec, { a: 'x' }, 'Thing')).toThrow('Thing: a: "x" is not a 64-bit integer');
  });

  it('bcd refuses what is not decimal', () => {
    expect(fromHexTo(le.bcd16, '2620')).toBe(2026);
    expect(() => fromHexTo(bcd8, '1a')).toThrow(CodecError);
  });
});

describe('errors', () => {
  it('say what, which field, where and why', () => {
    const codec = struct('', { eid: u8, entries: list(struct('', { a: u8, b: le.u16 })) });
    const error = catchError(() => decode(codec, unhex('0901020304'), { what: 'Thing response', offset: 4 }));
    expect(error).toMatchObject({
      code: 'EBADMSG',
      reason: 'length',
      path: 'entries[1].b',
      offset: 9,
      what: 'Thing response',
    });
    expect(error.message).toBe('Thing response: entries[1].b at byte 9: 2 bytes needed, 0 left');
  });

  it('tell length, value, rule and reserved apart', () => {
    const codec = struct(
      '',
      { kind: enumOf(u8, { a: 0 }, { reserved: 'reject' }), small: range(u8, 0, 9), more: u8 },
      { rules: [(fields) => (fields.more >= fields.small ? undefined : 'more is less than small')] },
    );
    const reason = (text: string) => catchError(() => fromHexTo(codec, text)).reason;
    expect(reason('0001')).toBe('length');
    expect(reason('00010101')).toBe('length');
    expect(reason('000a0b')).toBe('value');
    expect(reason('000201')).toBe('rule');
    expect(reason('010102')).toBe('reserved');
    expect(() => encode(codec, { kind: 'a', small: 2, more: 1 })).toThrow('more is less than small');
  });

  it('a struct that refers to a field it does not have is refused when declared', () => {
    expect(() => struct('x', { data: bytes('length') })).toThrow(TypeError);
    expect(() => struct('x', { length: u8, data: bytes('length') })).toThrow('derived');
    expect(() => command({ name: 'X', code: 1, request: { v: variant('size', { 0: u8 }) }, response: {} })).toThrow(
      'size',
    );
  });
});

describe('lengths and counts', () => {
  it('are derived when left out and checked when given', () => {
    expect(hexOf(samples.sized, { data: unhex('aabb'), tail: unhex('cc') })).toBe('02000000aabbcc');
    expect(() => encode(samples.sized, { length: 3, data: unhex('aabb'), tail: unhex('') })).toThrow(
      'data: is 2 long, but length says 3',
    );
    expect(hexOf(samples.counted, { descriptors: [{ type: 1, data: unhex('aa') }] })).toBe('05000000010100' + '0100aa');
  });

  it('are found truncated or too long', () => {
    expect(() => fromHexTo(samples.counted, '06000000010100' + '0100aa')).toThrow('6 bytes announced, 5 left');
    expect(() => fromHexTo(samples.counted, '04000000010100' + '0100aa')).toThrow(CodecError);
    expect(() => fromHexTo(samples.counted, '05000000000100' + '0100aa')).toThrow('5 bytes left over in the list');
    expect(() => fromHexTo(samples.bounded, '00')).toThrow('0 items, not 1 to 8');
    expect(() => encode(samples.bounded, { states: [] })).toThrow('states: 0 items');
    expect(() => encode(samples.sized, { data: new Uint8Array(2), tail: [] as never })).toThrow('tail');
  });

  it('share the rest evenly', () => {
    expect(fromHexTo(samples.even, '02010aff020bff').items.map((item) => toHex(item.address))).toEqual([
      '0aff',
      '0bff',
    ]);
    expect(() => fromHexTo(samples.even, '02010a020bff')).toThrow('2 items cannot share 5 bytes evenly');
    expect(() => fromHexTo(samples.even, '0001')).toThrow('0 items cannot share 1 byte evenly');
    const uneven = [1, 2].map((length) => ({ a: 1, address: new Uint8Array(length) }));
    expect(() => encode(samples.even, { items: uneven })).toThrow('items[1]: is not as long as the first');
  });

  it('leave room for what follows them', () => {
    expect(hexOf(samples.table, { entries: [{ handle: 1, text: 'ab' }] })).toBe('0100026162' + '000000' + 'c6');
    expect(fromHexTo(samples.table, '0100026162' + '000000' + 'c6')).toMatchObject({ pad: 3, sum: 0xc6 });
    expect(catchError(() => fromHexTo(samples.table, '0100026162' + '000001' + 'c7')).path).toBe('pad');
    expect(() => fromHexTo(samples.table, '0100026162' + '0000' + 'c6')).toThrow(CodecError);
    expect(catchError(() => fromHexTo(samples.table, '')).reason).toBe('length');
    expect(fromHexTo(samples.blob, 'aabbccddee')).toMatchObject({ data: unhex('aabbcc'), check: 0xeedd });
    expect(catchError(() => fromHexTo(samples.blob, 'aa')).reason).toBe('length');
  });

  it('share the rest evenly, and give the rest back', () => {
    const codec = struct('', {
      n: derived(u8),
      items: list(struct('i', { address: rest }), { count: 'n', evenly: true, leaving: 1 }),
      tail: u8,
    });
    expect(fromHexTo(codec, '02aabb07')).toMatchObject({ tail: 7 });
  });

  it('bound a struct by its own size', () => {
    expect(hexOf(samples.record, { items: [1, 2] })).toBe('0500020102');
    expect(() => fromHexTo(samples.record, '060002010203')).toThrow('1 byte left over');
    const padded = struct('', { length: restSize(u8, { trailing: 'ignore' }), a: u8 });
    expect(fromHexTo(padded, '03010203')).toEqual({ length: 3, a: 1 });
    expect(() => fromHexTo(padded, '0301020304')).toThrow('1 byte left over');
    expect(() => fromHexTo(padded, '030102')).toThrow('length at byte 0: 3 announced, 2 there');
  });
});

describe('a list that leaves room', () => {
  const Versions = struct('Versions', {
    last: u8,
    versions: list(be.u16, { leaving: (earlier) => (earlier.number('last') === 1 ? 1 : 0) }),
    sum: when('last', 1, u8),
  });

  it('ends a list before what follows it', () => {
    expect(fromHexTo(Versions, '01000100025a')).toEqual({ last: 1, versions: [1, 2], sum: 0x5a });
    expect(fromHexTo(Versions, '0000010002')).toEqual({ last: 0, versions: [1, 2] });
    expect(() => fromHexTo(Versions, '01')).toThrow('1 byte needed behind it, 0 left');
    expect(() => fromHexTo(Versions, '0100015a5a')).toThrow(CodecError);
  });

  it('comes back the same', () => {
    checkRoundTrip(Versions);
    checkHostile(Versions);
  });
});

describe('bit fields', () => {
  it('share a byte', () => {
    expect(hexOf(samples.bits, { a: 0xa, b: 1, c: 'y', high: 0x1234, low: 1 })).toBe('a912340001');
    expect(fromHexTo(samples.bits, 'ad12340001')).toEqual({ a: 10, b: 1, c: 1, high: 0x1234, low: 1 });
    expect(() => fromHexTo(samples.bits, 'aa12340001')).toThrow('c at byte 0: 2 is reserved');
    expect(() => fromHexTo(samples.bits, 'a912340003')).toThrow('reserved bits');
    expect(() => encode(samples.bits, { a: 16, b: 1, c: 0, high: 1, low: 1 })).toThrow(
      'a: 16 is not an integer from 0 to 15',
    );
  });
});

describe('conditions and variants', () => {
  it('are there when told, and only then', () => {
    expect(hexOf(samples.conditional, { mode: 3, timer: 5, x: 1, y: [2, 3] })).toBe('030500010203');
    expect(fromHexTo(samples.conditional, '0007')).toEqual({ mode: 0, z: 7 });
    expect(() => encode(samples.conditional, { mode: 1, timer: 5 })).toThrow('timer: must be left out here');
    expect(() => encode(samples.conditional, { mode: 3, x: 1, y: [1, 2] })).toThrow('timer');
  });

  it('variants follow their selector', () => {
    expect(fromHexTo(samples.value, '05ffffffff')).toEqual({ size: 5, reading: -1 });
    expect(fromHexTo(samples.value, '060100000000000000')).toEqual({ size: 6, reading: 1n });
    expect(() => fromHexTo(struct('', { size: u8, reading: variant('size', { 0: u8 }) }), '0900')).toThrow(
      'reading at byte 1: size 9 tells nothing about its form',
    );
    expect(fromHexTo(samples.entry, '010001ff00000000000000')).toEqual({ handle: 1, kind: 1, y: 255n });
  });

  it('computed fields follow the bytes before them', () => {
    expect(hexOf(samples.checksum, { a: 0x0102 })).toBe('020103');
    expect(catchError(() => fromHexTo(samples.checksum, '020104')).reason).toBe('rule');
    expect(hexOf(samples.multipart, { data: unhex('0102') })).toBe('02000000010203');
    expect(hexOf(samples.multipart, { data: unhex('') })).toBe('00000000');
    expect(fromHexTo(samples.multipart, '010000000109').checksum).toBe(9);
  });
});

describe('text', () => {
  it('shows names, units and nested fields', () => {
    const codec = struct('', {
      kind: enumOf(u8, { set: 0, force: 1 }),
      wait: le.u16.unit('ms'),
      mask: flags(u8, { a: 0, b: 1 }),
      address: u8.asHex(),
      entries: list(struct('', { x: u8 })),
    });
    expect(toText(codec, { kind: 1, wait: 300, mask: 5, address: 0x3a, entries: [{ x: 1 }] })).toBe(
      'kind: force (1)\nwait: 300 ms\nmask: 0x05 (a, bit 2)\naddress: 0x3a\nentries[0]:\n  x: 1',
    );
  });
});

describe('types', () => {
  it('are inferred without any', () => {
    const codec = struct('', {
      kind: enumOf(u8, { set: 0, force: 1 }),
      length: derived(u8),
      data: bytes('length'),
      big: le.u64,
      maybe: optional(u8),
      ...bits(u8, { low: bit(0) }),
      entries: list(struct('', { x: withDefault(u8, 1) })),
    });
    expectTypeOf<Fields<typeof codec>>().toEqualTypeOf<{
      kind: number;
      length: number;
      data: Uint8Array;
      big: bigint;
      low: number;
      entries: { x: number }[];
      maybe?: number;
    }>();
    expectTypeOf<Input<typeof codec>>().toEqualTypeOf<{
      readonly kind: number | 'set' | 'force';
      readonly length?: number | undefined;
      readonly data: Uint8Array;
      readonly big: bigint;
      readonly maybe?: number | undefined;
      readonly low: number;
      readonly entries: readonly { readonly x?: number | undefined }[];
    }>();
    const Get = command({ name: 'Get', code: 1, request: { a: u8 }, response: { b: le.u64 } });
    expectTypeOf<RequestInput<typeof Get>>().toEqualTypeOf<{ readonly a: number }>();
    expectTypeOf<ResponseFields<typeof Get>['b']>().toEqualTypeOf<bigint>();
  });
});

describe('commands', () => {
  const Get = command({
    name: 'Get',
    code: 0x11,
    request: { id: le.u16 },
    response: { size: u8, value: variant('size', { 0: u8, 1: le.u16 }).note('the reading') },
    completionCodes: { INVALID_ID: 0x80 },
    source: 'DSP0000 §1',
  });

  it('decode a success, and a failure by its code alone', () => {
    const ok = fromHexTo(Get.response, '00010203');
    expect(ok).toEqual({ completionCode: 0, size: 1, value: 0x0302 });
    expect(Get.succeeded(ok) && ok.value).toBe(0x0302);
    expect(fromHexTo(Get.response, '80')).toEqual({ completionCode: 0x80 });
    expect(fromHexTo(Get.response, '80ffff')).toEqual({ completionCode: 0x80 });
    expect(() => fromHexTo(Get.response, '')).toThrow('completionCode');
    expect(hexOf(Get.response, { size: 0, value: 9 })).toBe('000009');
    expect(hexOf(Get.response, { completionCode: 0x80 })).toBe('80');
  });

  it('document themselves', () => {
    expect(commandDocs(Get)).toContain('| value | u8 \\| u16 by size | the reading |');
    expect(commandDocs(Get)).toContain('0x80 INVALID_ID');
  });
});

function catchError(run: () => unknown): CodecError {
  try {
    run();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
