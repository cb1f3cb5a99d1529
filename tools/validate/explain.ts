/** What passed between us and the device, in the words of `mctpkit decode`. */

import type { PassedPacket } from '../../hw-fixtures/validator/target.js';
import { isFault } from '../decode/layer.js';
import { layerNamed } from '../decode/layers.js';
import { type TraceEntry, trace } from '../decode/trace.js';
import { traceText } from '../decode/trace-text.js';
import type { Unit } from '../decode/unit.js';
import type { Colours } from '../format/colours.js';

/** Exchanges longer than this are cut: the JSON report has them whole. */
const MOST_EXPLAINED = 24;

export function exchangeText(packets: readonly PassedPacket[], colours: Colours): string[] {
  const entries = exchangeEntries(packets);
  const more = packets.length - entries.length;
  const lines = traceText(entries, colours);
  return more > 0 ? [...lines, `... and ${more} packets more`] : lines;
}

/** The first packets, taken apart, one entry each. */
export function exchangeEntries(packets: readonly PassedPacket[]): TraceEntry[] {
  return trace(
    packets.slice(0, MOST_EXPLAINED).map(({ at, direction, bytes, fault, frame }) => ({
      timeUs: Math.round(at * 1000),
      dir: direction,
      layer: 'mctp',
      ...(frame === undefined ? { bytes } : within(frame, bytes)),
      ...(fault !== undefined && bytes.length < 5 && { fault }),
    })),
  );
}

/** One entry for a frame, whatever it has inside: its first packet, or what is wrong with it. */
function within(kind: string, bytes: Uint8Array): Pick<Unit, 'bytes' | 'fault'> {
  const layer = layerNamed(kind);
  const [found] = layer.carries === 'packets' ? layer.unframe(bytes) : [];
  if (found === undefined) return { bytes, fault: 'nothing is in this frame' };
  return isFault(found) ? { bytes, fault: found.fault } : { bytes: found.packet };
}
