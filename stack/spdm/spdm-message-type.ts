/** How one SPDM message is declared: its code, what its parameters are called, and its fields (DSP0274 §10). */

import {
  type AnyCodec,
  bytes,
  derived,
  type Earlier,
  le,
  type Members,
  type Struct,
  struct,
  u8,
  whenever,
  withDefault,
} from '../codec/index.js';
import { type PartNames, parted } from './parts.js';

export interface SpdmMessageType {
  /** The standard's name: "GET_VERSION". */
  readonly name: string;
  readonly code: number;
  /** The whole message from its version byte on. */
  readonly codec: Struct<Members>;
  /** The names of param1 and param2 in it. */
  readonly parts: readonly string[];
  /** It cannot be taken apart without what was negotiated. */
  readonly negotiated: boolean;
}

export interface SpdmMessageDeclaration {
  readonly param1?: PartNames;
  readonly param2?: PartNames;
  readonly fields?: Members;
  /** Sizes of its fields come from what was negotiated. Default false. */
  readonly negotiated?: boolean;
}

export function spdmMessage(name: string, code: number, declaration: SpdmMessageDeclaration = {}): SpdmMessageType {
  const { param1 = {}, param2 = {}, fields = {}, negotiated = false } = declaration;
  // VERSION and its request always carry 1.0; what is made by hand is 1.2 unless it says more.
  const version = (code & 0x7f) === 0x04 ? 0x10 : 0x12;
  const codec = struct(name, {
    spdmVersion: withDefault(u8, version),
    code: withDefault(u8, code),
    ...parted('param1', u8, param1),
    ...parted('param2', u8, param2),
    ...fields,
  });
  return { name, code, codec, negotiated, parts: [...Object.keys(param1), ...Object.keys(param2)] };
}

export const isSince =
  (version: number) =>
  (earlier: Earlier): boolean =>
    (earlier.number('spdmVersion') ?? 0) >= version;

/** There from this version of SPDM on: `since(0x12, u8)`. */
export function since<C extends AnyCodec>(version: number, codec: C) {
  return whenever(isSince(version), codec);
}

/** There before this version of SPDM. */
export function until<C extends AnyCodec>(version: number, codec: C) {
  return between(0, version, codec);
}

/** There from the first of these versions on, and before the second. */
export function between<C extends AnyCodec>(first: number, end: number, codec: C) {
  return whenever((earlier) => isSince(first)(earlier) && !isSince(end)(earlier), codec);
}

/** Bytes whose number was negotiated: `negotiated('hashSize')`. */
export function negotiated(size: string) {
  return bytes((earlier) => earlier.number(size) ?? 0);
}

export const NONCE = bytes(32);
export const REQUESTER_CONTEXT = since(0x13, bytes(8));

/** Zero bytes which nobody reads. */
export function zeros(count: number) {
  return withDefault(bytes(count), new Uint8Array(count));
}

export const OPAQUE = { opaqueLength: derived(le.u16), opaqueData: bytes('opaqueLength', { max: 1024 }) };

/** The same in messages which have it from this version of SPDM on. */
export function opaqueSince(version: number) {
  const { opaqueLength, opaqueData } = OPAQUE;
  return { opaqueLength: since(version, opaqueLength), opaqueData: since(version, opaqueData) };
}

/** CHALLENGE_AUTH, KEY_EXCHANGE_RSP and PSK_EXCHANGE_RSP have it when the request asked for it. */
export const MEASUREMENT_SUMMARY = whenever(
  (earlier) => (earlier.number('requestMeasurementSummaryHashType') ?? 0) !== 0 && measures(earlier),
  negotiated('hashSize'),
);

/** MEAS_CAP, bits 4:3 of the responder's flags. */
function measures(earlier: Earlier): boolean {
  return ((earlier.number('responderFlags') ?? 0) & 0x18) !== 0;
}

/** HANDSHAKE_IN_THE_CLEAR, bit 15, on both sides. */
export function clearHandshake(earlier: Earlier): boolean {
  return ((earlier.number('requesterFlags') ?? 0) & (earlier.number('responderFlags') ?? 0) & 0x8000) !== 0;
}
