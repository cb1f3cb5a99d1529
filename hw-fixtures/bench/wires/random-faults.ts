/** Faults of a packet wire, scattered by a seed. */

import type { WireFaults, WirePacket } from './packet-wire.js';
import { seededRandom } from './random.js';

export interface FaultRates {
  /** Probabilities, 0 to 1; what is left is delivered. */
  readonly drop?: number;
  readonly corrupt?: number;
  readonly duplicate?: number;
  readonly reorder?: number;
  readonly nack?: number;
}

/** The same seed makes the same faults. `corruptible` names the byte range that may be hit; default the whole packet. */
export function randomFaults(
  seed: number,
  rates: FaultRates,
  corruptible: (packet: WirePacket) => readonly [start: number, end: number] = (packet) => [0, packet.bytes.length],
): WireFaults {
  const random = seededRandom(seed);
  return (packet) => {
    let left = random.next();
    const hit = (rate = 0): boolean => {
      left -= rate;
      return left < 0;
    };
    if (hit(rates.drop)) return 'drop';
    if (hit(rates.corrupt)) {
      const [start, end] = corruptible(packet);
      return { corrupt: start + Math.floor(random.next() * (end - start)), xor: 1 << Math.floor(random.next() * 8) };
    }
    if (hit(rates.duplicate)) return 'duplicate';
    if (hit(rates.reorder)) return 'reorder';
    if (hit(rates.nack)) return 'nack';
    return 'deliver';
  };
}
