import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FRAME_HEADER,
  FRAME_LONGEST,
  FrameReader,
  jsonFrame,
  newFrame,
  readJson,
} from '../../../bindings/shared/frame.js';
import { decodeMessageFrame, encodeMessageFrame, NO_MESSAGE } from '../../../bindings/shared/message-frame.js';
import { decodePacketFrame, encodePacketFrame } from '../../../bindings/shared/packet-frame.js';
import { MctpError } from '../../../stack/errors.js';

const frame = (kind: number, body: Uint8Array): Uint8Array => {
  const bytes = newFrame(kind, body.length);
  bytes.set(body, FRAME_HEADER);
  return bytes;
};

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe('frames of a served network', () => {
  it('are the same however the stream is cut', () => {
    const anyFrame = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 30 })), (frames, cuts) => {
        const heard: [number, number[]][] = [];
        const reader = new FrameReader((kind, body) => heard.push([kind, [...body]]));
        let rest = joined(frames.map(([kind, body]) => frame(kind, body)));
        for (const cut of cuts) {
          reader.push(rest.subarray(0, cut));
          rest = rest.subarray(cut);
        }
        reader.push(rest);
        expect(heard).toEqual(frames.map(([kind, body]) => [kind, [...body]]));
        expect(reader.kept).toBe(0);
      }),
    );
  });

  it('have the length first, little-endian, of kind and body', () => {
    expect([...jsonFrame({})]).toEqual([3, 0, 0, 0, 1, 0x7b, 0x7d]);
  });

  it('of a length which cannot be are refused before anything is kept', () => {
    for (const length of [0, FRAME_LONGEST + 2, 0xffffffff]) {
      const reader = new FrameReader(() => {});
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setUint32(0, length, true);
      expect(() => reader.push(bytes)).toThrow(expect.objectContaining({ code: 'EPROTO' }));
      expect(reader.kept).toBe(0);
    }
    expect(() => newFrame(1, FRAME_LONGEST + 1)).toThrow(expect.objectContaining({ code: 'EMSGSIZE' }));
  });

  it('whatever comes: frames or EPROTO, and never more kept than a frame', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (chunks) => {
        const reader = new FrameReader(() => {}, 256);
        try {
          for (const chunk of chunks) {
            reader.push(chunk);
            expect(reader.kept).toBeLessThanOrEqual(256 + FRAME_HEADER);
          }
        } catch (error) {
          expect(MctpError.is(error, 'EPROTO')).toBe(true);
        }
      }),
    );
  });

  it('of JSON hold one object', () => {
    expect(readJson(jsonFrame({ op: 'hello', text: 'ä' }).subarray(FRAME_HEADER))).toEqual({ op: 'hello', text: 'ä' });
    for (const bad of ['', '[]', '1', 'null', '{', '"x"']) {
      expect(() => readJson(new TextEncoder().encode(bad))).toThrow(expect.objectContaining({ code: 'EPROTO' }));
    }
    expect(() => readJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(expect.objectContaining({ code: 'EPROTO' }));
  });
});

describe('message frames', () => {
  const u32 = fc.integer({ min: 0, max: 0xffffffff });
  const u8 = fc.integer({ min: 0, max: 255 });
  const ms = fc.option(fc.integer({ min: 0, max: 0xfffffffe }), { nil: undefined });
  const any = fc.record({
    handle: u32,
    id: u32,
    op: u8,
    flags: u8,
    network: u32,
    source: u8,
    destination: u8,
    type: fc.integer({ min: 0, max: 127 }),
    integrityCheck: fc.boolean(),
    tag: fc.integer({ min: 0, max: 7 }),
    tagOwner: fc.boolean(),
    link: fc.integer({ min: 0, max: 0xffff }),
    physicalAddress: fc.constantFrom('', '1d', '/tty'),
    heldTag: fc.integer({ min: 0, max: 0xffff }),
    retries: u8,
    timeoutMs: ms,
    totalTimeoutMs: ms,
    payload: fc.uint8Array({ maxLength: 100 }),
  });

  it('come back as they went', () => {
    fc.assert(
      fc.property(any, (message) => {
        expect(decodeMessageFrame(encodeMessageFrame(message).subarray(FRAME_HEADER))).toEqual(message);
      }),
    );
  });

  it('have the header which docs/shared-protocol.md gives', () => {
    const bytes = encodeMessageFrame({
      ...NO_MESSAGE,
      handle: 1,
      id: 2,
      op: 2,
      destination: 9,
      type: 0x7e,
      payload: Uint8Array.of(0xaa),
    });
    expect(Buffer.from(bytes).toString('hex')).toBe(
      '2600000002' +
        '01000000' +
        '02000000' +
        '00000000' +
        '02000009' +
        '7e08' +
        '0000' +
        '0000' +
        '0000' +
        'ffffffff' +
        'ffffffff' +
        '01000000' +
        'aa',
    );
  });

  it('that are broken are EPROTO, whatever is broken', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (body) => {
        try {
          decodeMessageFrame(body);
        } catch (error) {
          expect(MctpError.is(error, 'EPROTO')).toBe(true);
        }
      }),
    );
    const good = encodeMessageFrame(NO_MESSAGE).subarray(FRAME_HEADER);
    for (let length = 0; length < good.length; length++) {
      expect(() => decodeMessageFrame(good.subarray(0, length))).toThrow(expect.objectContaining({ code: 'EPROTO' }));
    }
  });
});

describe('packet frames', () => {
  it('come back as they went', () => {
    for (const fault of [undefined, 'unknownTag']) {
      const packet = {
        link: 3,
        direction: 'tx' as const,
        time: 1234.5,
        physicalAddress: '1d',
        fault,
        bytes: Uint8Array.of(1, 9, 8, 0xc8, 0),
      };
      expect(decodePacketFrame(encodePacketFrame(packet).subarray(FRAME_HEADER))).toEqual(packet);
    }
    expect(() => decodePacketFrame(new Uint8Array(13))).toThrow(expect.objectContaining({ code: 'EPROTO' }));
    const short = new Uint8Array(14);
    short[11] = 1;
    expect(() => decodePacketFrame(short)).toThrow(expect.objectContaining({ code: 'EPROTO' }));
  });
});
