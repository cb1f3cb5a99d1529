/** What passed between us and the device, in the words of `mctpkit decode`. */

import { trace } from '../decode/trace.js';
import { traceText } from '../decode/trace-text.js';
import type { Colours } from '../format/colours.js';
import type { PassedPacket } from './target.js';

/** Exchanges longer than this are cut: the reports have them whole. */
const MOST_PACKETS = 24;

export function exchangeText(packets: readonly PassedPacket[], colours: Colours, most = MOST_PACKETS): string[] {
  const units = packets.slice(0, most).map(({ at, direction, bytes, fault }) => ({
    timeUs: Math.round(at * 1000),
    dir: direction,
    layer: 'mctp',
    bytes,
    ...(fault !== undefined && bytes.length < 5 && { fault }),
  }));
  const lines = traceText(trace(units), colours);
  const more = packets.length - units.length;
  return more > 0 ? [...lines, `... and ${more} packets more`] : lines;
}
