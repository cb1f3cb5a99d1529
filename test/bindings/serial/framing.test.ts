import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SerialDecoder } from '../../../bindings/serial/decoder.js';
import { encodeFrame, maxFrameSize } from '../../../bindings/serial/serial-framing.js';
import { hex } from '../../support/vectors.js';
import { Collector, concat, frame } from './collector.js';

/** Packets of 5 bytes and more, rich in bytes that framing treats specially. */
const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0x7e, 0x7d, 0x5e, 0x5d, 0x01));
const packetUpTo = (most: number) =>
  fc.array(byte, { minLength: 5, maxLength: most }).map((values) => Uint8Array.from(values));
const packet = packetUpTo(255);
const good = Uint8Array.of(1, 9, 8, 0xc8, 0, 0x80, 2);

function pushCut(collector: Collector, wire: Uint8Array, cuts: readonly number[]): void {
  const places = [...new Set(cuts.map((cut) => cut % (wire.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...places, wire.length]) {
    collector.push(wire.subarray(from, to));
    from = to;
  }
}

describe('serial framing', () => {
  it('round trips any packets, in chunks of any size', () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 20 }), (packets, cuts) => {
        const collector = new Collector();
        pushCut(collector, concat(...packets.map(frame)), cuts);
        expect(collector.packets).toEqual(packets.map((each) => hex(each)));
        expect(collector.faults).toEqual([]);
      }),
    );
  });

  it('writes one flag at each end and no other outside count and FCS', () => {
    fc.assert(
      fc.property(packet, (each) => {
        const wire = frame(each);
        expect([wire[0], wire.at(-1)]).toEqual([0x7e, 0x7e]);
        expect(wire.subarray(3, -3)).not.toContain(0x7e);
        expect(wire.length).toBeLessThanOrEqual(maxFrameSize(each.length));
      }),
    );
  });

  it('survives any bytes, and after a silence takes the very next frame', () => {
    fc.assert(
      fc.property(
        fc.array(byte, { maxLength: 600 }),
        fc.array(fc.nat(), { maxLength: 10 }),
        packet,
        (noise, cuts, each) => {
          const collector = new Collector();
          pushCut(collector, Uint8Array.from(noise), cuts);
          collector.idle().push(frame(each));
          expect(collector.packets.at(-1)).toBe(hex(each));
        },
      ),
    );
  });

  it('without a silence is in step again after two frames at the latest', () => {
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 600 }), packet, packet, packet, (noise, one, two, three) => {
        const collector = new Collector().push(concat(Uint8Array.from(noise), frame(one), frame(two), frame(three)));
        expect(collector.packets.at(-1)).toBe(hex(three));
      }),
    );
  });

  it('comes to the same however the bytes are cut', () => {
    const stream = fc
      .array(
        fc.oneof(
          packetUpTo(20).map(frame),
          fc.array(byte, { maxLength: 20 }).map((noise) => Uint8Array.from(noise)),
        ),
        {
          maxLength: 12,
        },
      )
      .map((parts) => concat(...parts));
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 30 }), (wire, cuts) => {
        const whole = new Collector().push(wire);
        const cut = new Collector();
        pushCut(cut, wire, cuts);
        expect(cut.packets).toEqual(whole.packets);
        expect({ ...cut.decoder.counters }).toEqual({ ...whole.decoder.counters });
      }),
      { numRuns: 500 },
    );
  });

  it('hands a whole frame on straight from the chunk', () => {
    const chunk = concat(frame(good), frame(good));
    const buffers: Uint8Array[] = [];
    const decoder = new SerialDecoder({ packet: (buffer) => buffers.push(buffer), fault: () => {} });
    decoder.push(chunk, 0, chunk.length);
    expect(buffers).toHaveLength(2);
    for (const buffer of buffers) expect(buffer).toBe(chunk); // the same object: not copied
  });

  it('refuses what does not fit', () => {
    const target = new Uint8Array(20);
    expect(() => encodeFrame(new Uint8Array(256), 0, 256, target, 0)).toThrow(/1 to 255/);
    expect(() => encodeFrame(good, 0, 0, target, 0)).toThrow(/1 to 255/);
    expect(() => encodeFrame(good, 0, 7, target, 1)).toThrow(/no room/);
    expect(encodeFrame(good, 0, 7, target, 0)).toBe(13);
  });
});

describe('what a serial receiver drops, it counts', () => {
  const rows: readonly (readonly [string, string, Partial<Record<string, number>>, string[]])[] = [
    ['noise', '00ff41', { rxNoiseBytes: 3 }, ['noise']],
    ['bad revision', '7e02', { rxBadRevision: 1 }, ['bad revision']],
    ['count too small', '7e0104', { rxBadCount: 1 }, ['bad count']],
    ['cut frame', '7e01070109087e', { rxCutFrames: 1 }, ['cut frame']],
    ['bad escape', '7e0107017d41', { rxBadEscape: 1 }, ['bad escape']],
    ['missing end flag', '7e0107010908c80080020eb241', { rxMissingEndFlag: 1 }, ['missing end flag']],
    ['bad FCS', '7e0107010908c800800200007e', { rxFcsErrors: 1 }, ['bad FCS']],
  ];
  for (const [name, wire, counters, faults] of rows) {
    it(name, () => {
      const collector = new Collector().push(Buffer.from(wire, 'hex'));
      expect(collector.decoder.counters).toMatchObject(counters);
      expect(collector.faults).toEqual(faults);
    });
  }

  it('a frame that falls silent', () => {
    const collector = new Collector().push(frame(good).subarray(0, 6)).idle().push(frame(good)).idle();
    expect(collector.packets).toEqual([hex(good)]);
    expect(collector.decoder.counters).toMatchObject({ rxIdleResets: 1, rxCutFrames: 0 });
  });

  it('packets above the limit it was given', () => {
    const collector = new Collector({ maxPacket: 68 });
    collector.push(frame(new Uint8Array(69).fill(1))).push(frame(good));
    expect(collector.packets).toEqual([hex(good)]);
    expect(collector.decoder.counters.rxBadCount).toBe(1);
    expect(() => new Collector({ maxPacket: 4 })).toThrow(/5 to 255/);
  });
});
