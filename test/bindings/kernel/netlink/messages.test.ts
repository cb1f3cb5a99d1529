import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeAttributes,
  encodeAttributes,
  nested,
  readText,
  readU8,
  readU32,
  u8,
  u32,
} from '../../../../bindings/kernel/netlink/attributes.js';
import { decodeMessages, decodeVerdict, encodeMessage } from '../../../../bindings/kernel/netlink/netlink-message.js';
import {
  addressBody,
  decodeAddress,
  decodeLink,
  decodeNeighbour,
  decodeRoute,
  linkChange,
  type NetlinkBody,
  neighbourBody,
  RTM,
  routeBody,
} from '../../../../bindings/kernel/netlink/netlink-objects.js';
import { bytes, hex } from '../../../support/vectors.js';

const LITTLE = true;
const BIG = false;

/** The message that the body is sent in, without the netlink header. */
function flat({ fixed, attributes }: NetlinkBody, little = LITTLE): Uint8Array {
  return encodeMessage({ type: 1, flags: 0, sequence: 0, fixed, attributes }, little).subarray(16);
}

describe('attributes', () => {
  it('are padded to four bytes, in the order of the machine', () => {
    const list = (little: boolean) => [u8(2, 9), u32(4, 0x01020304, little)];
    expect(hex(encodeAttributes(list(LITTLE), LITTLE))).toBe('05000200090000000800040004030201');
    expect(hex(encodeAttributes(list(BIG), BIG))).toBe('00050002090000000008000401020304');
  });

  it('in attributes carry the flag, which is not a part of the type', () => {
    const encoded = encodeAttributes([nested(26, [nested(45, [u32(1, 7, LITTLE)], LITTLE)], LITTLE)], LITTLE);
    expect(hex(encoded)).toBe('10001a800c002d800800010007000000');
    const inner = decodeAttributes(decodeAttributes(encoded, LITTLE).get(26)!, LITTLE).get(45)!;
    expect(readU32(decodeAttributes(inner, LITTLE).get(1), LITTLE)).toBe(7);
  });

  it('come back as they went, whatever they are', () => {
    const attribute = fc.record({ type: fc.integer({ min: 1, max: 0x3fff }), value: fc.uint8Array({ maxLength: 40 }) });
    fc.assert(
      fc.property(fc.uniqueArray(attribute, { selector: ({ type }) => type }), fc.boolean(), (list, little) => {
        const found = decodeAttributes(encodeAttributes(list, little), little);
        expect([...found]).toEqual(list.map(({ type, value }) => [type, value]));
      }),
    );
  });

  it('that are cut short or say nonsense end the list', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (raw) => void decodeAttributes(raw)));
    expect([...decodeAttributes(bytes('0500020009000000ff000400'), LITTLE).keys()]).toEqual([2]);
  });

  it('of another size than wanted are as good as none', () => {
    expect(readU8(bytes('0102'))).toBeUndefined();
    expect(readU32(bytes('01'))).toBeUndefined();
    expect(readText(undefined)).toBeUndefined();
    expect(readText(bytes('6c6f00ff'))).toBe('lo');
  });
});

describe('objects', () => {
  it('a route: how many further EIDs, the interface, the MTU', () => {
    const body = routeBody({ start: 9, end: 20, index: 5, mtu: 68 }, LITTLE);
    expect(hex(flat(body))).toBe(
      '2d0b00000000000100000000050001000900000008000400050000000c000880080002004400' + '0000',
    );
    expect(decodeRoute(flat(body), LITTLE)).toEqual({ start: 9, end: 20, index: 5, type: 1, mtu: 68 });
  });

  it('a route by a gateway', () => {
    const route = { start: 20, end: 24, index: 0, mtu: 0, gateway: { network: 3, eid: 9 } };
    const body = routeBody(route, LITTLE);
    expect(hex(flat(body))).toBe('2d0400000000000100000000050001001400000' + '00c0005000300000009000000');
    expect(decodeRoute(flat(body), LITTLE)).toEqual({ ...route, type: 1 });
    expect(decodeRoute(flat(routeBody(route, BIG), BIG), BIG)).toEqual({ ...route, type: 1 });
  });

  it('an address', () => {
    const body = addressBody({ index: 3, eid: 8 }, LITTLE);
    expect(hex(flat(body))).toBe('2d000000030000000500020008000000');
    expect(decodeAddress(flat(body), LITTLE)).toEqual({ index: 3, eid: 8 });
  });

  it('a neighbour, to add and to take away', () => {
    const body = neighbourBody({ index: 4, eid: 9, physicalAddress: '1d' }, LITTLE);
    expect(hex(flat(body))).toBe('2d00000004000000800000000500010009000000050002001d000000');
    expect(decodeNeighbour(flat(body), LITTLE)).toEqual({ index: 4, eid: 9, physicalAddress: '1d' });
    expect(hex(flat(neighbourBody({ index: 4, eid: 9 }, LITTLE)))).toBe('2d00000004000000800000000500010009000000');
  });

  it('a change of a link', () => {
    expect(hex(flat(linkChange({ index: 2, up: true }, LITTLE)))).toBe('00000000020000000100000001000000');
    expect(hex(flat(linkChange({ index: 2, up: false }, LITTLE)))).toBe('00000000020000000000000001000000');
    expect(hex(flat(linkChange({ index: 2, network: 7, queueLength: 9 }, LITTLE)))).toBe(
      '0000000002000000000000000000000008000d000900000010001a800c002d800800010007000000',
    );
  });

  it('everything of a link at once, as one message', () => {
    const body = linkChange({ index: 2, up: true, mtu: 68, network: 7 }, LITTLE);
    const message = encodeMessage({ type: RTM.NEWLINK, flags: 5, sequence: 3, ...body }, LITTLE);
    expect(hex(message)).toBe(
      '3800000010000500030000000000000000000000020000000100000001000000' +
        '080004004400000010001a800c002d800800010007000000',
    );
  });

  it('a link, as Linux 6.12 reports it', () => {
    const header = '0000220105000000c100000000000000';
    const attributes = [
      { type: 3, value: bytes('6d637470693263' + '3000') },
      u32(4, 254, LITTLE),
      u32(13, 100, LITTLE),
      { type: 1, value: bytes('10') },
      nested(26, [nested(45, [u32(1, 1, LITTLE)], LITTLE)], LITTLE),
      { type: 23, value: bytes('0300000000000000' + '0400000000000000' + '0001000000010000' + '07000000') },
    ];
    const body = new Uint8Array([...bytes(header), ...encodeAttributes(attributes, LITTLE)]);
    const { counters, ...link } = decodeLink(body, LITTLE)!;
    expect(counters).toMatchObject({ rxPackets: 3, txPackets: 4, rxBytes: 0x1_0000_0000_00 + 256, txBytes: 0 });
    expect(decodeLink(body.subarray(0, 20), LITTLE)?.counters).toMatchObject({ rxPackets: 0, rxOtherhostDropped: 0 });
    expect(link).toEqual({
      index: 5,
      name: 'mctpi2c0',
      up: true,
      loopback: false,
      hardwareType: 290,
      mtu: 254,
      queueLength: 100,
      physicalAddress: '10',
      network: 1,
      binding: undefined,
    });
  });

  it('of other families, or cut short, are none', () => {
    for (const decode of [decodeLink, decodeAddress, decodeRoute, decodeNeighbour]) {
      expect(decode(new Uint8Array(4))).toBeUndefined();
      fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (raw) => void decode(raw)));
    }
    expect(decodeRoute(bytes('020b0000000000010000000005000100090000' + '00'), LITTLE)).toBeUndefined();
  });
});

describe('messages', () => {
  it('have their length, type, flags and sequence in front', () => {
    const message = encodeMessage({ type: 26, flags: 0x301, sequence: 2, fixed: new Uint8Array(12).fill(1) }, LITTLE);
    expect(hex(message)).toBe(`1c0000001a000103020000000000000${'0'}${'01'.repeat(12)}`);
  });

  it('are cut apart; what is cut short is left out', () => {
    const one = encodeMessage({ type: 24, flags: 2, sequence: 5, fixed: bytes('01020304') }, LITTLE);
    const all = new Uint8Array([...one, ...one, ...one.subarray(0, 17)]);
    expect(decodeMessages(all, LITTLE)).toEqual(
      [1, 2].map(() => ({ type: 24, flags: 2, sequence: 5, body: bytes('01020304') })),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (raw) => void decodeMessages(raw)));
  });

  it('a verdict: the errno, and the kernel’s own words', () => {
    const done = { type: 2, flags: 0, sequence: 1, body: bytes('00000000') };
    expect(decodeVerdict(done, LITTLE)).toEqual({ errno: 0, explanation: undefined });
    const refused = { ...done, body: bytes('efffffff') };
    expect(decodeVerdict(refused, LITTLE)).toEqual({ errno: 17, explanation: undefined });
    const words = encodeAttributes([{ type: 1, value: bytes('626164206966696e64657800') }], LITTLE);
    const capped = new Uint8Array([...bytes('eaffffff'), ...new Uint8Array(16), ...words]);
    expect(decodeVerdict({ ...done, flags: 0x300, body: capped }, LITTLE)).toEqual({
      errno: 22,
      explanation: 'bad ifindex',
    });
  });
});
