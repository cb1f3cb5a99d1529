/** The body of a frame of kind 3: a packet which passed on a link, as the tap of the server saw it. */

import { MctpError } from '../../stack/errors.js';
import { copyOf } from '../../stack/util/slab.js';
import { FRAME_HEADER, FRAME_KIND, newFrame } from './frame.js';

const HEADER = 14;

export interface PacketFrame {
  /** Number of the link as in `links`. */
  readonly link: number;
  readonly direction: 'rx' | 'tx';
  /** ms since 1970. */
  readonly time: number;
  readonly physicalAddress: string;
  /** Why it was dropped; undefined: it was not. */
  readonly fault: string | undefined;
  readonly bytes: Uint8Array;
}

/** The whole frame; the bytes are copied. @throws MctpError EMSGSIZE */
export function encodePacketFrame(packet: PacketFrame): Uint8Array {
  const place = ascii(packet.physicalAddress);
  const fault = ascii(packet.fault ?? '');
  const frame = newFrame(FRAME_KIND.packet, HEADER + place.length + fault.length + packet.bytes.length);
  const view = new DataView(frame.buffer, FRAME_HEADER);
  view.setFloat64(0, packet.time, true);
  view.setUint16(8, packet.link, true);
  view.setUint8(10, packet.direction === 'tx' ? 1 : 0);
  view.setUint8(11, place.length);
  view.setUint8(12, fault.length);
  frame.set(place, FRAME_HEADER + HEADER);
  frame.set(fault, FRAME_HEADER + HEADER + place.length);
  frame.set(packet.bytes, FRAME_HEADER + HEADER + place.length + fault.length);
  return frame;
}

/** The bytes are a copy. @throws MctpError EPROTO */
export function decodePacketFrame(body: Uint8Array): PacketFrame {
  if (body.length < HEADER) throw new MctpError('EPROTO', `a packet frame of ${body.length} bytes is too short`);
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const faultAt = HEADER + view.getUint8(11);
  const bytesAt = faultAt + view.getUint8(12);
  if (bytesAt > body.length) throw new MctpError('EPROTO', 'a packet frame whose lengths do not agree');
  const text = (start: number, end: number): string => String.fromCharCode(...body.subarray(start, end));
  const fault = text(faultAt, bytesAt);
  return {
    link: view.getUint16(8, true),
    direction: view.getUint8(10) === 1 ? 'tx' : 'rx',
    time: view.getFloat64(0, true),
    physicalAddress: text(HEADER, faultAt),
    fault: fault === '' ? undefined : fault,
    bytes: copyOf(body, bytesAt),
  };
}

/** At most 255 characters: the length is one byte. */
function ascii(text: string): Uint8Array {
  return Uint8Array.from(text.slice(0, 255), (character) => character.charCodeAt(0) & 0x7f);
}
