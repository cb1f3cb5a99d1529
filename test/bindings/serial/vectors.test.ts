import { describe, expect, it } from 'vitest';
import { fcs } from '../../../bindings/serial/fcs.js';
import { bytes, hex, recordings, vectors } from '../../support/vectors.js';
import { Collector, concat, frame } from './collector.js';

describe('serial vectors', () => {
  for (const vector of vectors('serial')) {
    const { decoded } = vector;
    const wire = bytes(vector.hex);
    if (typeof decoded.input_ascii === 'string') {
      it(`${vector.name}: check value`, () => {
        const input = Buffer.from(decoded.input_ascii as string, 'ascii');
        expect(fcs(input, 0, input.length)).toBe(decoded.crc);
      });
    } else if (decoded.expect === 'drop') {
      it(`${vector.name}: dropped and counted`, () => {
        const { packets, decoder } = new Collector().push(wire);
        expect(packets).toEqual([]);
        expect(decoder.counters.rxFcsErrors).toBe(1);
      });
    } else {
      const packet = decoded.packet as string;
      it(`${vector.name}: decodes`, () => {
        const { packets, faults } = new Collector().push(wire);
        expect(packets).toEqual([packet]);
        expect(faults).toEqual([]);
      });
      it(`${vector.name}: decodes byte by byte`, () => {
        const collector = new Collector();
        for (const byte of wire) collector.push(Uint8Array.of(byte));
        expect(collector.packets).toEqual([packet]);
        expect(collector.faults).toEqual([]);
      });
      it(`${vector.name}: encodes`, () => expect(hex(frame(bytes(packet)))).toBe(vector.hex));
    }
  }
});

describe('streams of frames around a disturbance', () => {
  /**
   * Where we receive more than both others: a shared flag (3 and 4 instead of 2 and 3), and a frame cut short, whose
   * successor's opening flag ends it (3 instead of 2).
   */
  const OURS: Readonly<Record<string, number>> = {
    'serial-stream-garbage-then-3': 3,
    'serial-stream-double-flag-x3': 3,
    'serial-stream-shared-flag-x3': 3,
    'serial-stream-truncated-then-3': 3,
    'serial-stream-trailing-cut-no-end-flag-then-3': 4,
    'serial-stream-bad-fcs-then-2': 2,
    'serial-stream-flag-in-data-then-3': 3,
    // Linux counts 2: it takes the frame without a packet for one, and drops it a layer above.
    'serial-stream-zero-length': 1,
    'serial-stream-bad-rev-then-3': 3,
    'serial-stream-inter-frame-flags': 4,
  };
  const streams = vectors('serial-stream');

  it('has all of them in the table', () => {
    expect(streams.map(({ name }) => name).sort()).toEqual(Object.keys(OURS).sort());
  });

  for (const { name, hex: wire, decoded } of streams) {
    it(name, () => {
      const whole = new Collector().push(bytes(wire));
      expect(whole.packets).toEqual(Array(OURS[name]).fill(decoded.good_packet));
      const best = Math.max(
        decoded.frames_delivered_by_libmctp as number,
        decoded['frames_delivered_by_linux_6.12_model'] as number,
      );
      const emptyFrames = name === 'serial-stream-zero-length' ? 1 : 0;
      expect(whole.packets.length).toBeGreaterThanOrEqual(best - emptyFrames);
      const single = new Collector();
      for (const byte of bytes(wire)) single.push(Uint8Array.of(byte));
      expect(single.packets).toEqual(whole.packets);
      expect({ ...single.decoder.counters }).toEqual({ ...whole.decoder.counters });
    });
  }
});

describe('recordings of Linux on a serial line', () => {
  for (const recording of recordings()) {
    for (const direction of ['from-linux', 'to-linux']) {
      const chunks = recording.serial.filter(({ dir }) => dir === direction).map((chunk) => bytes(chunk.bytes));
      const packets = recording.packets.filter(({ dir }) => dir === direction).map(({ packet }) => packet);

      it(`${recording.name}: ${direction} decodes to exactly the packets`, () => {
        const collector = new Collector();
        for (const chunk of chunks) collector.push(chunk);
        expect(collector.packets).toEqual(packets);
        expect(collector.faults).toEqual([]);
      });

      it(`${recording.name}: ${direction} is exactly what we would send`, () => {
        const sent = concat(...packets.map((packet) => frame(bytes(packet))));
        expect(hex(sent)).toBe(hex(concat(...chunks)));
      });
    }
  }
});
