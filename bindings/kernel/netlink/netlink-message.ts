/** Netlink messages: the header, what a reply may hold, and cutting a buffer of several into single ones. */

import { LITTLE_ENDIAN } from '../structures.js';
import { type Attribute, align, decodeAttributes, encodeAttributes, readText } from './attributes.js';

const HEADER_SIZE = 16;

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;

export const NLM_F_REQUEST = 0x01;
export const NLM_F_ACK = 0x04;
export const NLM_F_DUMP = 0x300;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
/** In an answer: attributes follow that explain the error. */
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** After the header. */
  readonly body: Uint8Array;
}

/** `fixed`: the structure between header and attributes; its size is a multiple of four. */
export function encodeMessage(
  message: {
    readonly type: number;
    readonly flags: number;
    readonly sequence: number;
    readonly fixed: Uint8Array;
    readonly attributes?: readonly Attribute[];
  },
  little = LITTLE_ENDIAN,
): Uint8Array {
  const attributes = encodeAttributes(message.attributes ?? [], little);
  const start = HEADER_SIZE + align(message.fixed.length);
  const out = new Uint8Array(start + attributes.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, out.length, little);
  view.setUint16(4, message.type, little);
  view.setUint16(6, message.flags, little);
  view.setUint32(8, message.sequence, little);
  out.set(message.fixed, HEADER_SIZE);
  out.set(attributes, start);
  return out;
}

/** The messages in what one read gave. */
export function decodeMessages(buffer: Uint8Array, little = LITTLE_ENDIAN): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  for (let at = 0; at + HEADER_SIZE <= buffer.length; ) {
    const length = view.getUint32(at, little);
    if (length < HEADER_SIZE || at + length > buffer.length) break;
    messages.push({
      type: view.getUint16(at + 4, little),
      flags: view.getUint16(at + 6, little),
      sequence: view.getUint32(at + 8, little),
      body: buffer.subarray(at + HEADER_SIZE, at + length),
    });
    at += align(length);
  }
  return messages;
}

export interface NetlinkVerdict {
  /** 0: done as asked. */
  readonly errno: number;
  /** The kernel's own words, when it has any. */
  readonly explanation: string | undefined;
}

/** What an NLMSG_ERROR, or an NLMSG_DONE, says. */
export function decodeVerdict(message: NetlinkMessage, little = LITTLE_ENDIAN): NetlinkVerdict {
  const { body, flags, type } = message;
  if (body.length < 4) return { errno: 0, explanation: undefined };
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const errno = Math.abs(view.getInt32(0, little)); // they are negative there
  if (type !== NLMSG_ERROR || (flags & NLM_F_ACK_TLVS) === 0 || body.length < 4 + HEADER_SIZE) {
    return { errno, explanation: undefined };
  }
  // The request is repeated in the answer: only its header when the answer is capped.
  const echoed = (flags & NLM_F_CAPPED) !== 0 ? HEADER_SIZE : view.getUint32(4, little);
  const rest = body.subarray(Math.min(body.length, 4 + align(echoed)));
  return { errno, explanation: readText(decodeAttributes(rest, little).get(NLMSGERR_ATTR_MSG)) };
}
