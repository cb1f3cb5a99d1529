/** The body of a frame of kind 2: a fixed header, the physical address as text, the payload (docs/shared-protocol.md). */

import { MctpError } from '../../stack/errors.js';
import { TAG_MASK, TYPE_IC, TYPE_MASK } from '../../stack/packet.js';
import { copyOf } from '../../stack/util/slab.js';
import { FRAME_HEADER, FRAME_KIND, newFrame } from './frame.js';

export const MESSAGE_OP = {
  /** Client: send, TO = 1. Answered by JSON. */
  send: 1,
  /** Client: send and wait for the answer on the tag. */
  request: 2,
  /** Client: answer a message which was delivered, TO = 0. */
  reply: 3,
  /** Server: a message for a socket. */
  deliver: 4,
  /** Server: a message on the tag of a request; the client says by `verdict` whether it is the answer. */
  candidate: 5,
  /** Server: the answer of a request. */
  answer: 6,
} as const;

export const MESSAGE_FLAG = {
  /** EBUSY or EAGAIN instead of waiting. */
  noWait: 1,
  /** A datagram: no answer is expected. */
  datagram: 2,
  /** `candidate` frames are wanted. */
  verdict: 4,
  /** By the link and the physical address. */
  extended: 8,
} as const;

const HEADER = 36;
/** Longest physical address, as text. */
const LONGEST_ADDRESS = 255;
const TAG_OWNER = 8;
/** No timeout is given: the default holds. */
const NONE = 0xffffffff;

export interface MessageFrame {
  /** Of the socket, chosen by the client. */
  readonly handle: number;
  /** Of the request, chosen by the client; 0: no answer to this frame is wanted. */
  readonly id: number;
  readonly op: number;
  readonly flags: number;
  /** 0: the default network. */
  readonly network: number;
  readonly source: number;
  readonly destination: number;
  /** 0..127 */
  readonly type: number;
  readonly integrityCheck: boolean;
  /** 0..7 */
  readonly tag: number;
  readonly tagOwner: boolean;
  /** Number of the link as in `links`; 0: none, or ourselves. */
  readonly link: number;
  readonly physicalAddress: string;
  /** Id of an allocated tag; 0: an automatic one. */
  readonly heldTag: number;
  readonly retries: number;
  /** ms */
  readonly timeoutMs: number | undefined;
  readonly totalTimeoutMs: number | undefined;
  readonly payload: Uint8Array;
}

export const NO_MESSAGE: MessageFrame = {
  handle: 0,
  id: 0,
  op: 0,
  flags: 0,
  network: 0,
  source: 0,
  destination: 0,
  type: 0,
  integrityCheck: false,
  tag: 0,
  tagOwner: true,
  link: 0,
  physicalAddress: '',
  heldTag: 0,
  retries: 0,
  timeoutMs: undefined,
  totalTimeoutMs: undefined,
  payload: new Uint8Array(0),
};

/** The whole frame; the payload is copied. @throws MctpError EMSGSIZE, EINVAL */
export function encodeMessageFrame(message: MessageFrame): Uint8Array {
  const { physicalAddress: place, payload } = message;
  if (place.length > LONGEST_ADDRESS) throw new MctpError('EINVAL', `${place} is not a physical address: too long`);
  const frame = newFrame(FRAME_KIND.message, HEADER + place.length + payload.length);
  const view = new DataView(frame.buffer, FRAME_HEADER);
  view.setUint32(0, message.handle, true);
  view.setUint32(4, message.id, true);
  view.setUint32(8, message.network, true);
  view.setUint8(12, message.op);
  view.setUint8(13, message.flags);
  view.setUint8(14, message.source);
  view.setUint8(15, message.destination);
  view.setUint8(16, message.type | (message.integrityCheck ? TYPE_IC : 0));
  view.setUint8(17, message.tag | (message.tagOwner ? TAG_OWNER : 0));
  view.setUint16(18, message.link, true);
  view.setUint16(20, message.heldTag, true);
  view.setUint8(22, Math.min(message.retries, 255));
  view.setUint8(23, place.length);
  view.setUint32(24, milliseconds(message.timeoutMs), true);
  view.setUint32(28, milliseconds(message.totalTimeoutMs), true);
  view.setUint32(32, payload.length, true);
  for (let i = 0; i < place.length; i++) frame[FRAME_HEADER + HEADER + i] = place.charCodeAt(i);
  frame.set(payload, FRAME_HEADER + HEADER + place.length);
  return frame;
}

/** The payload is a copy, the receiver's own. @throws MctpError EPROTO */
export function decodeMessageFrame(body: Uint8Array): MessageFrame {
  if (body.length < HEADER) throw new MctpError('EPROTO', `a message frame of ${body.length} bytes is too short`);
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const tag = view.getUint8(17);
  const placeLength = view.getUint8(23);
  const payloadAt = HEADER + placeLength;
  if (view.getUint32(32, true) !== body.length - payloadAt) {
    throw new MctpError('EPROTO', 'a message frame whose lengths do not agree');
  }
  if (tag > (TAG_MASK | TAG_OWNER)) throw new MctpError('EPROTO', `0x${tag.toString(16)} is not a message tag`);
  const type = view.getUint8(16);
  return {
    handle: view.getUint32(0, true),
    id: view.getUint32(4, true),
    network: view.getUint32(8, true),
    op: view.getUint8(12),
    flags: view.getUint8(13),
    source: view.getUint8(14),
    destination: view.getUint8(15),
    type: type & TYPE_MASK,
    integrityCheck: (type & TYPE_IC) !== 0,
    tag: tag & TAG_MASK,
    tagOwner: (tag & TAG_OWNER) !== 0,
    link: view.getUint16(18, true),
    heldTag: view.getUint16(20, true),
    retries: view.getUint8(22),
    physicalAddress: placeLength === 0 ? '' : String.fromCharCode(...body.subarray(HEADER, payloadAt)),
    timeoutMs: optional(view.getUint32(24, true)),
    totalTimeoutMs: optional(view.getUint32(28, true)),
    payload: copyOf(body, payloadAt),
  };
}

/** What does not fit waits as long as it can: the total timeout ends it. */
function milliseconds(ms: number | undefined): number {
  return ms === undefined ? NONE : Math.min(Math.max(0, Math.ceil(ms)), NONE - 1);
}

function optional(value: number): number | undefined {
  return value === NONE ? undefined : value;
}
