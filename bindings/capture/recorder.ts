/** From the stack's packet tap to the packets of a capture. */

import type { TapEvent } from '../../stack/core/tap.js';
import { MctpError } from '../../stack/errors.js';
import { BINDING } from '../../stack/ids.js';
import type { Mctp } from '../../stack/mctp.js';
import { HEADER_SIZE, HEADER_VERSION } from '../../stack/packet.js';
import { copyOf } from '../../stack/util/slab.js';

/** A packet as it passed on a link. */
export interface Recorded {
  readonly link: string;
  /** Since 1970. */
  readonly timeNs: bigint;
  readonly direction: 'rx' | 'tx';
  /** Of the sender for rx, of the receiver for tx. */
  readonly physicalAddress: string;
  /** Header included; of a fault whatever is left of the frame. */
  readonly bytes: Uint8Array;
  /** `bytes` has the form of a packet. */
  readonly isPacket: boolean;
  /** Why it was dropped. */
  readonly fault: string | undefined;
  /** The framing or its checksum was wrong, not the packet. */
  readonly linkFault: boolean;
}

/** Of the drop counters: nothing wrong with the packet, it is only not for us, or not wanted (any more). */
const HARMLESS = new Set(['unknownDestination', 'noListener', 'unknownTag', 'filtered', 'notForwardable']);
/** Drop counters in words. */
const WORDS: Readonly<Record<string, string>> = {
  unexpectedPacket: 'no message of this source and tag has begun',
  unknownTag: 'answers nothing we asked',
  unknownDestination: 'not for us',
  badVersion: 'unknown header version',
  unitTooLarge: 'longer than the transmission unit',
  tooShort: 'too short for a packet',
  reservedEid: 'reserved EID',
  ownSource: 'it comes with an EID of ours: an echo of what we sent (RX and TX joined, half duplex), or a forgery',
  wrongSequence: 'wrong sequence number',
  middleSizeChanged: 'middle packet of another size',
  endTooLarge: 'end packet larger than the first',
  messageTooLong: 'the message is too long',
  assemblyLimit: 'too many unfinished messages',
  noListener: 'no socket is bound to this message type',
  lateReply: 'late: its request has given up',
};

/** Why a packet was dropped, for people: a drop counter's name in words, or the words of the link. */
export function faultWords(fault: string): string {
  return WORDS[fault] ?? fault;
}

export interface RecorderOptions {
  /** Also say what is harmless: packets that are not for us. Default false. */
  readonly verbose?: boolean;
}

/** Hear every packet of the stack, whose clock showed 0 at `originMs` since 1970; returns how to stop. */
export function record(
  mctp: Mctp,
  hear: (recorded: Recorded) => void,
  options: RecorderOptions & { readonly originMs: number },
): () => void {
  // In whole nanoseconds, so that no digit is lost.
  const originNs = BigInt(Math.round(options.originMs * 1000)) * 1000n;
  const bindings = new Map<string, number>();
  return mctp.tap((event) => {
    let binding = bindings.get(event.link);
    if (binding === undefined) bindings.set(event.link, (binding = bindingOf(mctp, event.link)));
    hear(recordedPacket(event, binding, originNs, options.verbose ?? false));
  });
}

/** What a tap saw, as a recording has it. */
export function recordedPacket(event: TapEvent, binding: number, originNs: bigint, verbose: boolean): Recorded {
  const { link, direction, physicalAddress, fault } = event;
  const linkFault = fault !== undefined && !(fault in WORDS) && !HARMLESS.has(fault);
  const framed = copyOf(event.buffer, event.start, event.end);
  const bytes = linkFault ? (packetWithin(framed, binding) ?? framed) : framed;
  return {
    link,
    timeNs: originNs + BigInt(Math.round(event.time * 1e6)),
    direction,
    physicalAddress,
    bytes,
    isPacket: looksLikePacket(bytes),
    fault: fault === undefined || (HARMLESS.has(fault) && !verbose) ? undefined : faultWords(fault),
    linkFault,
  };
}

function bindingOf(mctp: Mctp, link: string): number {
  try {
    return mctp.linkByName(link).binding;
  } catch (error) {
    if (MctpError.is(error)) return BINDING.unspecified;
    throw error;
  }
}

/** SMBus gives the whole write when it is wrong: command, count, source, the packet, PEC. */
function packetWithin(frame: Uint8Array, binding: number): Uint8Array | undefined {
  if (binding !== BINDING.smbus || frame.length < 5 || frame[0] !== 0x0f) return undefined;
  const packet = frame.subarray(3, Math.min(frame.length, frame[1]! + 2));
  return looksLikePacket(packet) ? packet : undefined;
}

function looksLikePacket(bytes: Uint8Array): boolean {
  return bytes.length > HEADER_SIZE && (bytes[0]! & 0x0f) === HEADER_VERSION;
}
