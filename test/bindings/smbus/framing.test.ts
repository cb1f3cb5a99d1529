import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pec, pecOfAddress } from '../../../bindings/smbus/pec.js';
import {
  encodeFrame,
  MAX_FRAME,
  SmbusReceiver,
  type SmbusReceiverOptions,
  smbusReceiveCounters,
} from '../../../bindings/smbus/smbus-framing.js';
import { bytes, hex, vectors } from '../../support/vectors.js';

class Collector {
  readonly packets: { readonly packet: string; readonly source: number }[] = [];
  readonly faults: string[] = [];
  readonly receiver: SmbusReceiver;

  constructor(options: SmbusReceiverOptions) {
    this.receiver = new SmbusReceiver(
      {
        packet: (buffer, start, end, source) => this.packets.push({ packet: hex(buffer, start, end), source }),
        fault: (what) => this.faults.push(what),
      },
      options,
    );
  }

  /** Wire bytes, the address byte first. */
  push(wire: Uint8Array): this {
    this.receiver.frame(wire, 1, wire.length, wire[0]! >> 1);
    return this;
  }
}

function frame(packet: Uint8Array, source: number, destination: number): Uint8Array {
  const target = new Uint8Array(MAX_FRAME + 1);
  target[0] = destination << 1;
  return target.slice(0, encodeFrame(packet, 0, packet.length, source, destination, target, 1));
}

function withPec(wire: string): Uint8Array {
  const data = bytes(wire);
  return Uint8Array.from([...data, pec(data, 0, data.length)]);
}

describe('smbus vectors', () => {
  for (const { name, hex: wireHex, decoded } of vectors('smbus')) {
    const wire = bytes(wireHex);
    if (typeof decoded.input_ascii === 'string') {
      it(`${name}: check value`, () => {
        const input = Buffer.from(decoded.input_ascii as string, 'ascii');
        expect(pec(input, 0, input.length)).toBe(decoded.crc);
      });
    } else if (decoded.expect === 'drop') {
      it(`${name}: dropped and counted`, () => {
        const collector = new Collector({ ownAddress: 0x1d }).push(wire);
        expect(collector.packets).toEqual([]);
        const reason =
          { 'smbus-bad-pec': 'rxPecErrors', 'smbus-src-bit0-clear': 'rxBadSource' }[name] ?? 'rxBadByteCount';
        expect(collector.receiver.counters).toEqual({ ...smbusReceiveCounters(), [reason]: 1 });
      });
    } else {
      const destination = decoded.dest7 as number;
      const source = decoded.src7 as number;
      const packet = wireHex.slice(8, -2);
      it(`${name}: decodes`, () => {
        const collector = new Collector({ ownAddress: destination }).push(wire);
        expect(collector.packets).toEqual([{ packet, source }]);
        if (decoded.packet !== undefined) expect(packet).toBe(decoded.packet);
        if (decoded.message !== undefined) expect(packet.slice(8)).toBe(decoded.message);
        if (decoded.payload_len !== undefined) expect(packet.length / 2 - 4).toBe(decoded.payload_len);
        expect(wire[2]).toBe(decoded.byte_count ?? wire[2]);
      });
      it(`${name}: encodes`, () => expect(hex(frame(bytes(packet), source, destination))).toBe(wireHex));
    }
  }
});

describe('smbus framing', () => {
  it('round trips any packet between any addresses', () => {
    const address = fc.integer({ min: 8, max: 0x77 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 5, maxLength: 254 }), address, address, (packet, source, destination) => {
        fc.pre(source !== destination);
        packet[0] = 1;
        const collector = new Collector({ ownAddress: destination }).push(frame(packet, source, destination));
        expect(collector.packets).toEqual([{ packet: hex(packet), source }]);
      }),
    );
  });

  it('survives any bytes, and delivers only within them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (wire) => {
        const collector = new Collector({ ownAddress: 0x1d, pec: 'accept' });
        collector.receiver.frame(wire, 0, wire.length, 0x1d);
        expect(collector.packets.length + collector.faults.length).toBe(1);
      }),
    );
  });

  it('refuses what does not fit', () => {
    const target = new Uint8Array(MAX_FRAME);
    expect(() => encodeFrame(new Uint8Array(255), 0, 255, 8, 9, target, 0)).toThrow(/1 to 254/);
    expect(() => encodeFrame(new Uint8Array(254), 0, 254, 8, 9, target, 1)).toThrow(/no room/);
    expect(encodeFrame(new Uint8Array(254), 0, 254, 8, 9, target, 0)).toBe(MAX_FRAME);
  });
});

describe('each check of an SMBus frame has its counter', () => {
  const rows: readonly (readonly [string, Uint8Array, string])[] = [
    ['rxBadCommand', withPec('3a100841010a08c8008002'), 'not the MCTP command code'],
    ['rxBadCommand', bytes('3a'), 'not the MCTP command code'],
    ['rxBadByteCount', bytes('3a0f'), 'bad byte count'],
    ['rxBadByteCount', bytes('3a0f00'), 'bad byte count'],
    ['rxBadByteCount', withPec('3a0f0741010a08c8008002'), 'bad byte count'],
    ['rxPecErrors', bytes('3a0f0841010a08c8008002f8'), 'bad PEC'],
    ['rxPecMissing', bytes('3a0f0841010a08c8008002'), 'PEC missing'],
    ['rxBadSource', withPec('3a0f0840010a08c8008002'), 'source address is not of MCTP'],
    ['rxOtherDestination', withPec('3c0f0841010a08c8008002'), 'not for our address'],
    ['rxOwnSource', withPec('3a0f083b010a08c8008002'), 'from our own address'],
    ['rxBadLength', withPec('3a0f0541010a08c8'), 'bad packet length'],
    ['rxBadVersion', withPec('3a0f0841020a08c8008002'), 'unknown header version'],
  ];
  for (const [counter, wire, fault] of rows) {
    it(`${counter}: ${hex(wire)}`, () => {
      const collector = new Collector({ ownAddress: 0x1d }).push(wire);
      expect(collector.packets).toEqual([]);
      expect(collector.faults).toEqual([fault]);
      expect(collector.receiver.counters).toEqual({ ...smbusReceiveCounters(), [counter]: 1 });
    });
  }

  it('ignores the reserved half of the version byte', () => {
    expect(new Collector({ ownAddress: 0x1d }).push(withPec('3a0f0841f10a08c8008002')).packets).toHaveLength(1);
  });

  it('drops packets longer than it was told to take', () => {
    const collector = new Collector({ ownAddress: 0x1d, maxPacket: 68 });
    collector.push(frame(new Uint8Array(69).fill(1), 0x20, 0x1d));
    expect(collector.receiver.counters.rxBadLength).toBe(1);
  });
});

describe('pec-seed-without-address', () => {
  const wire = bytes('3a0f0841010a08c8008002');

  it('the PEC covers the destination address byte', () => {
    expect(pec(wire, 0, wire.length)).toBe(0xf9);
    expect(pec(wire, 1, wire.length, pecOfAddress(0x1d))).toBe(0xf9);
    expect(pec(wire, 1, wire.length)).not.toBe(0xf9);
  });

  it('a frame whose PEC leaves it out is dropped', () => {
    const wrong = Uint8Array.from([...wire, pec(wire, 1, wire.length)]);
    const collector = new Collector({ ownAddress: 0x1d }).push(wrong);
    expect(collector.packets).toEqual([]);
    expect(collector.receiver.counters.rxPecErrors).toBe(1);
  });
});

describe('pec-missing', () => {
  const without = bytes('3a0f0841010a08c8008002');

  it('is dropped and counted when a PEC is required', () => {
    const collector = new Collector({ ownAddress: 0x1d, pec: 'require' }).push(without);
    expect(collector.packets).toEqual([]);
    expect(collector.faults).toEqual(['PEC missing']);
    expect(collector.receiver.counters).toMatchObject({ rxPecMissing: 1, rxPackets: 0 });
  });

  it('is received and counted when the policy is to accept it', () => {
    const collector = new Collector({ ownAddress: 0x1d, pec: 'accept' }).push(without);
    expect(collector.packets).toEqual([{ packet: '010a08c8008002', source: 0x20 }]);
    expect(collector.receiver.counters).toMatchObject({ rxPecMissing: 1, rxPackets: 1 });
  });

  it('but a wrong PEC is never accepted', () => {
    const collector = new Collector({ ownAddress: 0x1d, pec: 'accept' }).push(bytes('3a0f0841010a08c8008002f8'));
    expect(collector.packets).toEqual([]);
  });
});
