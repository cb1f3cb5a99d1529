/** What passed between us and the device, in the words of `mctpkit decode`. */

import type { PassedPacket } from '../../hw-fixtures/validator/target.js';
import { type TraceEntry, trace } from '../decode/trace.js';
import { traceText } from '../decode/trace-text.js';
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
    packets.slice(0, MOST_EXPLAINED).map(({ at, direction, bytes, fault }) => ({
      timeUs: Math.round(at * 1000),
      dir: direction,
      layer: 'mctp',
      bytes,
      ...(fault !== undefined && bytes.length < 5 && { fault }),
    })),
  );
}
