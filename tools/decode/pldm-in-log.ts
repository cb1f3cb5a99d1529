/** PLDM messages as programs log them: bare, behind the MCTP type byte, or behind the EID and the type byte. Pure. */

import { MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import { concat } from './named-fields.js';
import { pldmLayer } from './pldm-layer.js';

/** Vendors' own type: any command may be one. */
const OEM_TYPE = 0x3f;
const TYPE_BYTE = Uint8Array.of(MESSAGE_TYPE.pldm);

/** The message from its own header on; undefined when the bytes are none. */
export function pldmIn(bytes: Uint8Array): Uint8Array | undefined {
  const bodies = [bytes];
  if (bytes[0] === MESSAGE_TYPE.pldm) bodies.push(bytes.subarray(1));
  if (bytes[1] === MESSAGE_TYPE.pldm) bodies.push(bytes.subarray(2));
  return bodies.find(isDeclared) ?? bodies.findLast(isPlausible);
}

/** A command that is known, its fields whole. */
function isDeclared(body: Uint8Array): boolean {
  try {
    return typeof pldmLayer.layer.decode(concat(TYPE_BYTE, body)).command === 'string';
  } catch (error) {
    if (MctpError.is(error)) return false;
    throw error;
  }
}

/** Three bytes of header, the reserved bit and the header version 0, a type that exists. */
function isPlausible(body: Uint8Array): boolean {
  const [flags = 0xff, type = 0xff] = body;
  return body.length >= 3 && (flags & 0x20) === 0 && (type & 0xc0) === 0 && (type <= 7 || type === OEM_TYPE);
}
