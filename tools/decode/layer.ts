/** What a layer is to the tools: bytes taken apart and put together, without any state or I/O. */

import type { Json } from '../../stack/codec/codec.js';
import type { MessageKind } from '../../stack/protocol/index.js';
import { concat, type Fields } from './named-fields.js';

/** A packet found in frames. */
export interface FramedPacket {
  readonly packet: Uint8Array;
  /** Fields of the framing around it; none where packets come bare. */
  readonly frame: Fields;
}

/** Bytes in which no packet was found, and why. */
export interface FrameFault {
  readonly fault: string;
  readonly bytes: Uint8Array;
}

/** A layer that carries packets. */
export interface PacketLayer {
  readonly carries: 'packets';
  /** For people: "serial frames (DSP0253)". */
  readonly title: string;
  /** Does this look like it? Strict enough that hardly anything else does. */
  looksLike(bytes: Uint8Array): boolean;
  /** Everything found, in order. Never throws. */
  unframe(bytes: Uint8Array): readonly (FramedPacket | FrameFault)[];
  /** @throws MctpError EINVAL, EMSGSIZE */
  frame(packet: Uint8Array, fields: Fields): Uint8Array;
}

/** A message taken apart. */
export interface DecodedMessage {
  /** The standard's name, or the code of a command it does not have. */
  readonly command: string | number;
  readonly kind: MessageKind;
  readonly instanceId: number;
  readonly fields: { readonly [name: string]: Json };
  /** More keys of the layer's own for the JSON: PLDM has its type here. */
  readonly extra?: Fields;
  /** For people: one line per field. */
  readonly text: readonly string[];
}

/** What `encode` takes for a message: what `decode` printed. */
export interface MessageRequest {
  readonly command?: Json | undefined;
  readonly kind?: Json | undefined;
  readonly instanceId?: Json | undefined;
  readonly fields?: Json | undefined;
  readonly pldmType?: Json | undefined;
  /** The name of a declaration of a vendor's messages. */
  readonly vendor?: Json | undefined;
  /** SPDM: what was negotiated before, and what was asked. */
  readonly context?: Json | undefined;
  readonly request?: Json | undefined;
}

/** Things a layer's messages carry in parts, which have bytes and fields of their own. */
export const FORM_KINDS = ['pdr', 'event', 'table', 'header'] as const;
export type FormKind = (typeof FORM_KINDS)[number];

/** Such a thing taken apart. */
export interface DecodedForm {
  readonly fields: { readonly [name: string]: Json };
  readonly extra: Fields;
  readonly text: readonly string[];
}

/** A layer of messages; `message` has its type byte. */
export interface MessageLayer {
  readonly carries: 'messages';
  readonly title: string;
  /** The MCTP message type. */
  readonly type: number;
  /** In hex from users and for them the type byte comes first: so for control, while PLDM is written without. */
  readonly typeByteInHex: boolean;
  /** Of bytes as users give them. */
  looksLike(bytes: Uint8Array): boolean;
  /** Can it be taken apart at all? Others are shown as bytes, which is not an error. Default: all can. */
  knows?(message: Uint8Array): boolean;
  /** May one message answer the other? Default: the same command, with the same instance id. */
  isAnswer?(request: DecodedMessage, answer: DecodedMessage): boolean;
  /** Its answers are understood with the request: `decode` wants it as `request`, hex with its type byte. */
  readonly answersNeedRequest?: boolean;
  /** Does this answer say no? Default: a completion code which is not 0. */
  refuses?(answer: DecodedMessage): boolean;
  /** Of an answer which only asks for more time: how long to wait for the real one; ms. */
  moreTimeMs?(answer: DecodedMessage): number | undefined;
  /** `about`: what the message does not say itself, as JSON. @throws CodecError, MctpError EBADMSG, EINVAL */
  decode(message: Uint8Array, about?: Fields): DecodedMessage;
  /** @throws MctpError EINVAL */
  encode(request: MessageRequest): Uint8Array;
  /**
   * A whole message, type byte first, from a payload which may lack what every message has: its integrity check.
   * Undefined for what is too short.
   */
  complete?(payload: Uint8Array): Uint8Array | undefined;
  /** What is not a message; `request` says more about what it is. @throws CodecError, MctpError EINVAL */
  decodeForm?(kind: FormKind, request: Fields, bytes: Uint8Array): DecodedForm;
  /** @throws MctpError EINVAL */
  encodeForm?(kind: FormKind, request: Fields): Uint8Array;
}

export type Layer = PacketLayer | MessageLayer;

/** The message in bytes as users give them. */
export function messageFromHex(layer: MessageLayer, bytes: Uint8Array): Uint8Array {
  return layer.typeByteInHex ? bytes : concat(Uint8Array.of(layer.type), bytes);
}

export function isFault(found: FramedPacket | FrameFault): found is FrameFault {
  return 'fault' in found;
}
