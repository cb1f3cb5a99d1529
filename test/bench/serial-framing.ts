/** What it costs to write and read one baseline packet, beside a plain table-driven byte loop in the same run. */

import { SerialDecoder } from '../../bindings/serial/decoder.js';
import { Viewed } from '../../bindings/serial/fcs.js';
import { encodeFrameTo, maxFrameSize } from '../../bindings/serial/serial-framing.js';
import { ByteLoop, baselinePacket, PACKETS_PER_ROUND, ROUNDS, time } from './byte-loop.js';
import { atMost, type BenchRow } from './row.js';

/** Aimed at on a machine where the byte loop takes REFERENCE_NS, by the number of bytes to escape. */
const AIM_NS = { 0: 205, 2: 260 } as const;
const REFERENCE_NS = 440;

/** Time a 68-byte packet in memory: one without bytes to escape, and one with two. */
export function benchSerialFraming(): BenchRow[] {
  return [...measure(0), ...measure(2)];
}

function measure(specials: 0 | 2): BenchRow[] {
  const packet = baselinePacket();
  for (let index = 0; index < specials; index++) packet[10 + 20 * index] = 0x7e;
  const wire = new Uint8Array(maxFrameSize(packet.length));
  const target = new Viewed(wire);
  const end = encodeFrameTo(target, packet, 0, packet.length, 0);
  let received = 0;
  const decoder = new SerialDecoder({ packet: (_buffer, from, to) => (received += to - from), fault: () => {} });
  const reference = new ByteLoop((length) => (received += length));
  const encodeOnce = (): number => encodeFrameTo(target, packet, 0, packet.length, 0);
  const decodeOnce = (): void => decoder.push(wire, 0, end);
  // All are timed in turns, so that a busy machine disturbs them alike.
  const best = { both: Number.POSITIVE_INFINITY, encode: Infinity, decode: Infinity, plain: Infinity };
  for (let round = 0; round < ROUNDS; round++) {
    best.encode = Math.min(best.encode, time(encodeOnce));
    best.decode = Math.min(best.decode, time(decodeOnce));
    best.both = Math.min(
      best.both,
      time(() => {
        encodeOnce();
        decodeOnce();
      }),
    );
    best.plain = Math.min(
      best.plain,
      time(() => reference.push(wire, reference.encode(packet, wire))),
    );
  }
  const expected = ROUNDS * PACKETS_PER_ROUND * 3 * packet.length;
  if (received !== expected) throw new Error(`received ${received} bytes instead of ${expected}`);
  const aim = (AIM_NS[specials] * best.plain) / REFERENCE_NS;
  const what = `68 bytes, ${specials === 0 ? 'none' : specials} to escape`;
  return [
    { name: `reference: plain byte loop, ${what}`, value: best.plain, unit: 'ns/packet' },
    atMost(`encode + decode of ${what}`, best.both, 'ns/packet', aim),
    { name: '  encode', value: best.encode, unit: 'ns/packet' },
    { name: '  decode', value: best.decode, unit: 'ns/packet' },
    { name: '  times faster than the byte loop', value: best.plain / best.both, unit: '' },
  ];
}
