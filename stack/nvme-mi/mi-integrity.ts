/** The message integrity check at the end of each NVMe-MI message: the CRC-32C of everything before it, type byte included. */

import { MESSAGE_TYPE } from '../ids.js';
import { TYPE_IC } from '../packet.js';
import { crc32c } from './crc32c.js';

export const MIC_SIZE = 4;
/** Payload bytes of the shortest one that can have it: the rest of the header, and the MIC. */
const SHORTEST_WITH_MIC = 3 + MIC_SIZE;
const TYPE_BYTE = MESSAGE_TYPE.nvmeMi | TYPE_IC;

/** Payloads do not have the type byte. */
const CRC_OF_TYPE = crc32c(Uint8Array.of(TYPE_BYTE));

/** The MIC of a payload up to `end`. */
export function micOf(payload: Uint8Array, end: number): number {
  return crc32c(payload, 0, end, CRC_OF_TYPE);
}

/** Does a payload end with its MIC? */
export function micIsRight(payload: Uint8Array): boolean {
  const at = payload.length - MIC_SIZE;
  return at > 0 && micIn(payload, at) === micOf(payload, at);
}

/** Over the last four bytes of a payload. */
export function writeMic(payload: Uint8Array): void {
  const at = payload.length - MIC_SIZE;
  const mic = micOf(payload, at);
  for (let byte = 0; byte < MIC_SIZE; byte++) payload[at + byte] = mic >>> (8 * byte);
}

/** A message from its payload behind the type byte: the MIC is added where it is missing. */
export function nvmeMiWhole(payload: Uint8Array): Uint8Array {
  const hasMic = payload.length >= SHORTEST_WITH_MIC && micIsRight(payload);
  const message = new Uint8Array(1 + payload.length + (hasMic ? 0 : MIC_SIZE));
  message[0] = TYPE_BYTE;
  message.set(payload, 1);
  if (!hasMic) writeMic(message.subarray(1));
  return message;
}

function micIn(payload: Uint8Array, at: number): number {
  return (payload[at]! | (payload[at + 1]! << 8) | (payload[at + 2]! << 16) | (payload[at + 3]! << 24)) >>> 0;
}
