/** Frames of DSP0253: `7e 01 count packet(escaped) FCS-high FCS-low 7e`; this file writes them, decoder.ts reads. */

import { MctpError } from '../../stack/errors.js';
import { escapeWithFcs, FCS_START, FLAG, fcs, Viewed } from './fcs.js';

export const REVISION = 0x01;
/** Flag, revision, count, two bytes of FCS, flag. */
const FRAME_OVERHEAD = 6;
/** The 4-byte header and one byte of payload. */
export const MIN_PACKET = 5;
/** What the count byte can say. */
export const MAX_PACKET = 255;

/** The FCS register after revision and count, by count: the packet is all that is left to sum. */
export const HEADER_FCS = Uint16Array.from({ length: 256 }, (_, count) =>
  fcs(Uint8Array.of(REVISION, count), 0, 2, FCS_START),
);

/** Bytes of the longest frame a packet of that many bytes can need: every one of them escaped. */
export function maxFrameSize(packetBytes: number): number {
  return FRAME_OVERHEAD + 2 * packetBytes;
}

/** As `encodeFrameTo`, for a target that is used once. */
export function encodeFrame(packet: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  return encodeFrameTo(new Viewed(target), packet, start, end, at);
}

/**
 * Write the packet in packet[start, end), 1..255 bytes, as one frame to target[at...]; returns where the frame ends.
 * The target is another buffer than the packet's and has `maxFrameSize` bytes of room, used or not.
 * @throws MctpError EMSGSIZE, ENOBUFS
 */
export function encodeFrameTo(
  { bytes: target, view }: Viewed,
  packet: Uint8Array,
  start: number,
  end: number,
  at: number,
): number {
  const count = end - start;
  if (count < 1 || count > MAX_PACKET) {
    throw new MctpError('EMSGSIZE', `a serial frame holds 1 to ${MAX_PACKET} bytes of packet, not ${count}`);
  }
  if (at + FRAME_OVERHEAD + 2 * count > target.length) throw new MctpError('ENOBUFS', 'no room for the frame');
  target[at] = FLAG;
  target[at + 1] = REVISION;
  target[at + 2] = count;
  const sum = escapeWithFcs(packet, start, end, HEADER_FCS[count]!, target, view, at + 3);
  const out = at + 3 + (sum >> 16);
  target[out] = (sum >> 8) & 0xff;
  target[out + 1] = sum & 0xff;
  target[out + 2] = FLAG;
  return out + 3;
}
