/** The three bytes in front of every PLDM message (DSP0240 §7.1). */

import { bit, bits, decode, encode, type Fields, struct, u8 } from '../../stack/codec/index.js';
import type { MessageHeader, MessageKind } from '../../stack/protocol/index.js';

/** Bytes of the header. */
export const HEADER_SIZE = 3;
/** Instance ids are 0..31. */
export const INSTANCE_IDS = 32;

export const pldmHeader = struct(
  'PLDM header',
  {
    ...bits(u8, { rq: bit(7), d: bit(6), instanceId: bit(4, 0) }),
    ...bits(u8, { hdrVer: bit(7, 6), pldmType: bit(5, 0) }),
    command: u8,
  },
  {
    rules: [
      ({ hdrVer }) => (hdrVer === 0 ? undefined : `header version ${hdrVer} is unknown`),
      ({ rq, d }) => (rq === 0 && d === 1 ? 'a response cannot be a datagram' : undefined),
    ],
  },
);

/** rq 1: request, 0: response. d 1: no answer wanted. instanceId 0..31, hdrVer 0, pldmType 0..63, command 0..255. */
export type PldmHeader = Fields<typeof pldmHeader>;

/** What a message's header says, for the protocol engine. */
export interface PldmMessageHeader extends MessageHeader {
  /** 0..63 */
  readonly pldmType: number;
}

/** The header of a message. @throws CodecError when it is short, of another version, or of the reserved rq/d kind */
export function decodeHeader(message: Uint8Array): PldmHeader {
  return decode(pldmHeader, message, { partial: true, what: 'PLDM header' });
}

/** @throws MctpError EINVAL */
export function encodeHeader(header: PldmHeader): Uint8Array {
  return encode(pldmHeader, header, 'PLDM header');
}

const KINDS: readonly (MessageKind | undefined)[] = ['response', undefined, 'request', 'datagram'];

/** Undefined when it is short, of another version, or of the reserved kind. The reserved bit is ignored. */
export function readHeader(message: Uint8Array): PldmMessageHeader | undefined {
  if (message.length < HEADER_SIZE) return undefined;
  const first = message[0]!;
  const second = message[1]!;
  const kind = KINDS[first >> 6];
  if (kind === undefined || second >> 6 !== 0) return undefined;
  return { kind, instanceId: first & 0x1f, pldmType: second & 0x3f, command: message[2]! };
}
