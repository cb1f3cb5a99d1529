/** Frames of a serial line, right and wrong, and devices which treat them wrongly. */

import { ESCAPE_BIT, FLAG, fcs } from '../../../bindings/serial/fcs.js';
import { MIN_PACKET, REVISION } from '../../../bindings/serial/serial-framing.js';
import { GetEndpointID } from '../../../stack/control/index.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import type { Behaviour } from '../../bench/device/behaviour.js';
import type { Probe } from '../probe.js';
import { OTHER_EID, type Wire } from './frame-steps.js';

export { FLAG, REVISION };
export const ESCAPE = 0x7d;
/** Flag, revision, count in front of the packet; two bytes of FCS and a flag behind it. */
const BEFORE = 3;
const BEHIND = 3;
/**
 * The ways back are those of Linux 6.12, which keeps its place in a header when it drops a frame, and does not look for flags
 * in data: bytes which finish a frame that was begun, and then what it takes for the rest of a header with a frame. A byte
 * of 0 would be a count, and that count writes over the memory of kernels without a bound for it.
 */
const IDLE = 0xff;
const LONGEST_FRAME = 262;
/** A packet and its FCS. */
const IDLE_PACKET = new Array<number>(MIN_PACKET + 2).fill(IDLE);
const TAGS = 8;
const INSTANCES = 32;
/** Sources that are tried in a search. */
const MOST_SOURCES = 10;

export const SERIAL: Wire = {
  kind: 'serial',
  frame: (_probe, packet) => serialFrame(packet),
  isTheirs: () => true,
  waysBack: [
    new Uint8Array(LONGEST_FRAME).fill(IDLE),
    Uint8Array.of(...new Uint8Array(LONGEST_FRAME).fill(IDLE), FLAG, MIN_PACKET, ...IDLE_PACKET, FLAG),
  ],
};

/** What may be wrong of a frame; what is left out is that of a good one. */
export interface SerialChanges {
  readonly revision?: number;
  readonly count?: number;
  /** From the right one to the one that is sent. */
  readonly fcs?: (right: number) => number;
  /** From the packet to the bytes on the line. */
  readonly escape?: (packet: Uint8Array) => readonly number[];
}

export function serialFrame(packet: Uint8Array, changes: SerialChanges = {}): Uint8Array {
  const { revision = REVISION, count = packet.length } = changes;
  const body = changes.escape?.(packet) ?? escaped(packet);
  const summed = Uint8Array.of(revision, count, ...packet);
  const right = fcs(summed, 0, summed.length);
  const sum = changes.fcs?.(right) ?? right;
  return Uint8Array.of(FLAG, revision, count, ...body, sum >> 8, sum & 0xff, FLAG);
}

export function escaped(packet: Uint8Array): number[] {
  const bytes: number[] = [];
  for (const byte of packet) {
    if (byte === FLAG || byte === ESCAPE) bytes.push(ESCAPE, byte ^ ESCAPE_BIT);
    else bytes.push(byte);
  }
  return bytes;
}

/** A frame taken apart from its ends, so that a wrong count or FCS does not matter. */
export interface SerialFrame {
  /** Flags in front; one is right. */
  readonly opening: number;
  readonly revision: number;
  readonly count: number;
  /** Between count and FCS, as on the line. */
  readonly body: Uint8Array;
  readonly packet: Uint8Array;
  readonly fcs: number;
  /** What it has to be, for the revision and the count that are said. */
  readonly rightFcs: number;
  /** Ends in a flag. */
  readonly isClosed: boolean;
}

/** The first frame of what came up to a silence. */
export function serialParts(piece: Uint8Array): SerialFrame {
  let opening = 0;
  while (opening < piece.length - 1 && piece[opening] === FLAG) opening++;
  const frame = firstWhole(piece.subarray(Math.max(0, opening - 1)));
  const body = frame.subarray(BEFORE, frame.length - BEHIND);
  const [revision = 0, count = 0] = frame.subarray(1);
  const packet = unescaped(body);
  const summed = Uint8Array.of(revision, count, ...packet);
  const [high = 0, low = 0, last] = frame.subarray(-BEHIND);
  return {
    opening,
    revision,
    count,
    body,
    packet,
    fcs: (high << 8) | low,
    rightFcs: fcs(summed, 0, summed.length),
    isClosed: last === FLAG,
  };
}

/** Where the piece begins with a good frame: that; otherwise all of it. */
function firstWhole(piece: Uint8Array): Uint8Array {
  let at = BEFORE;
  for (let left = piece[2] ?? 0; left > 0; left--) at += piece[at] === ESCAPE ? 2 : 1;
  const frame = piece.subarray(0, at + BEHIND);
  const summed = Uint8Array.of(...piece.subarray(1, BEFORE), ...unescaped(piece.subarray(BEFORE, at)));
  const isGood = frame.length === at + BEHIND && frame.at(-1) === FLAG;
  const sum = fcs(summed, 0, summed.length);
  return isGood && frame[at] === sum >> 8 && frame[at + 1] === (sum & 0xff) ? frame : piece;
}

function unescaped(body: Uint8Array): Uint8Array {
  const bytes: number[] = [];
  for (let at = 0; at < body.length; at++) {
    bytes.push(body[at] === ESCAPE && at + 1 < body.length ? body[++at]! ^ ESCAPE_BIT : body[at]!);
  }
  return Uint8Array.from(bytes);
}

/** Has the FCS a byte which would be escaped in a packet? */
export function hasSpecials(sum: number): boolean {
  return [sum >> 8, sum & 0xff].some((byte) => byte === FLAG || byte === ESCAPE);
}

/** A device which takes wrong frames for the right ones that `mends` makes of their parts; undefined: it is none of those. */
export function takes(mends: (parts: SerialFrame) => Uint8Array | undefined): Behaviour {
  return {
    name: 'takes wrong frames',
    frameIn: (piece) => {
      if (piece[0] !== FLAG) return [piece];
      const parts = serialParts(piece);
      return [parts.packet.length < MIN_PACKET ? piece : (mends(parts) ?? piece)];
    },
  };
}

/** A device which loses frames. */
export function loses(wanted: (parts: SerialFrame, piece: Uint8Array) => boolean): Behaviour {
  return { name: 'loses frames', frameIn: (piece) => (wanted(serialParts(piece), piece) ? [] : [piece]) };
}

/** A device whose frames are other ones than those of its link. */
export function sends(change: (parts: SerialFrame, frame: Uint8Array) => Uint8Array): Behaviour {
  return { name: 'sends wrong frames', frameOut: (frame) => change(serialParts(frame), frame) };
}

/** Get Endpoint ID by source, tag and instance ID: the first of them which is wanted; undefined: none is. */
export function findRequest(probe: Probe, wanted: (packet: Uint8Array) => boolean): Uint8Array | undefined {
  for (let source = 0; source < MOST_SOURCES; source++) {
    const src = source === 0 ? probe.device.ownEid : OTHER_EID + source - 1;
    for (let tag = 0; tag < TAGS; tag++) {
      for (let instance = 0; instance < INSTANCES; instance++) {
        const payload = Uint8Array.of(MESSAGE_TYPE.control, 0x80 | instance, GetEndpointID.code);
        const packet = probe.packets.build({ payload, src, tag });
        if (wanted(packet)) return packet;
      }
    }
  }
  return undefined;
}
