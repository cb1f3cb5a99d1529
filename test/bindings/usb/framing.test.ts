import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeTransfer,
  encodeUnit,
  maxPacket,
  SEGMENT_BYTES,
  type UsbVersion,
  usbReceiveCounters,
} from '../../../bindings/usb/usb-framing.js';
import { bytes, hex, vectors } from '../../support/vectors.js';

function decode(transfer: Uint8Array, version: UsbVersion = '1.0') {
  const packets: string[] = [];
  const faults: string[] = [];
  const counters = usbReceiveCounters();
  const sink = {
    packet: (buffer: Uint8Array, start: number, end: number) => void packets.push(hex(buffer, start, end)),
    fault: (what: string) => void faults.push(what),
  };
  decodeTransfer(transfer, 0, transfer.length, sink, counters, version);
  return { packets, faults, counters };
}

function unit(packet: Uint8Array, version: UsbVersion = '1.0'): Uint8Array {
  const target = new Uint8Array(packet.length + 4);
  encodeUnit(packet, 0, packet.length, target, 0, version);
  return target;
}

describe('usb vectors', () => {
  const table: Readonly<Record<string, (wire: Uint8Array) => void>> = {
    'usb-get-eid-req': (wire) => {
      expect(decode(wire).packets).toEqual(['010908c8008002']);
      expect(unit(bytes('010908c8008002'))).toEqual(wire);
    },
    'usb-two-packets': (wire) => {
      expect(decode(wire).packets).toEqual(['010908c8008002', '010a08d9008002']);
      const target = new Uint8Array(22);
      const second = encodeUnit(bytes('010908c8008002'), 0, 7, target, 0);
      expect(encodeUnit(bytes('010a08d9008002'), 0, 7, target, second)).toBe(22);
      expect(target).toEqual(wire);
    },
    'usb-max-1-0': (wire) => {
      const { packets } = decode(wire);
      expect(packets[0]).toHaveLength(2 * maxPacket('1.0'));
      expect(unit(bytes(packets[0]!))).toEqual(wire);
    },
    'usb-bad-id': (wire) => {
      expect(decode(wire)).toMatchObject({ packets: [], counters: { rxBadId: 1 } });
    },
    'usb-short-length': (wire) => {
      expect(decode(wire)).toMatchObject({ packets: [], counters: { rxBadLength: 1 } });
    },
    'usb-1-1-length-300': (wire) => {
      expect(decode(wire)).toMatchObject({ packets: [], counters: { rxBadLength: 1 } });
      const { packets } = decode(wire, '1.1');
      expect(packets[0]).toHaveLength(2 * 296);
      expect(unit(bytes(packets[0]!), '1.1')).toEqual(wire);
    },
  };
  const all = vectors('usb');

  it('has all of them in the table', () => expect(all.map(({ name }) => name)).toEqual(Object.keys(table)));
  for (const { name, hex: wire } of all) it(name, () => table[name]!(bytes(wire)));
});

describe('usb-length-from-header', () => {
  it('the length counts the 4-byte USB header', () => {
    const wire = unit(bytes('010908c8008002'));
    expect(hex(wire, 0, 4)).toBe('1ab4000b');
  });

  it('a length that leaves the header out does not deliver a cut packet twice over', () => {
    const { packets, counters } = decode(bytes('1ab40007010908c8008002'));
    expect(packets).toEqual([]);
    expect(counters.rxBadLength).toBe(1);
  });

  it('more announced than there is: dropped', () => {
    expect(decode(bytes('1ab4000b010908c800')).counters.rxBadLength).toBe(1);
  });
});

describe('usb framing', () => {
  it('round trips any packets of one transfer', () => {
    const packets = fc.array(fc.uint8Array({ minLength: 4, maxLength: 251 }), { maxLength: 5 });
    fc.assert(
      fc.property(packets, fc.constantFrom<UsbVersion>('1.0', '1.1'), (all, version) => {
        const transfer = Buffer.concat(all.map((packet) => unit(packet, version)));
        const { packets: received, faults } = decode(transfer, version);
        expect(received).toEqual(all.map((packet) => hex(packet)));
        expect(faults).toEqual([]);
      }),
    );
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1200 }), fc.constantFrom<UsbVersion>('1.0', '1.1'), (noise, version) => {
        decode(Buffer.concat([bytes('1ab4'), noise]), version);
        decode(noise, version);
      }),
    );
  });

  it('skips padding to the next segment and at the end', () => {
    const transfer = new Uint8Array(SEGMENT_BYTES + 20);
    transfer.set(unit(bytes('010908c8008002')), 0);
    transfer.set(unit(bytes('010a08d9008002')), SEGMENT_BYTES);
    expect(decode(transfer)).toMatchObject({ packets: ['010908c8008002', '010a08d9008002'], faults: [] });
  });

  it('delivers what stood before the mistake', () => {
    const transfer = Buffer.concat([unit(bytes('010908c8008002')), bytes('b41a000b010908c8008002')]);
    expect(decode(transfer)).toMatchObject({ packets: ['010908c8008002'], counters: { rxBadId: 1 } });
  });

  it('counts bytes too few for a header', () => {
    expect(decode(Buffer.concat([unit(bytes('010908c8008002')), bytes('1ab4')])).counters.rxTrailingBytes).toBe(2);
  });

  it('refuses packets that fit no unit', () => {
    expect(() => unit(new Uint8Array(252))).toThrow(/4 to 251/);
    expect(() => unit(new Uint8Array(3))).toThrow(/4 to 251/);
    expect(unit(new Uint8Array(252), '1.1').subarray(0, 4)).toEqual(Uint8Array.of(0x1a, 0xb4, 1, 0));
    expect(() => encodeUnit(new Uint8Array(9), 0, 9, new Uint8Array(12), 0)).toThrow(/no room/);
  });
});
