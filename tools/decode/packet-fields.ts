/** MCTP packets as named fields and back, and which of them a receiver drops. */

import { isEid } from '../../stack/ids.js';
import {
  FLAG_EOM,
  FLAG_SOM,
  FLAG_TO,
  HEADER_SIZE,
  HEADER_VERSION,
  readHeader,
  TYPE_IC,
  TYPE_MASK,
} from '../../stack/packet.js';
import { booleanField, bytesField, concat, type Fields, numberField, toHex } from './named-fields.js';

/** Why every receiver drops the packet (DSP0236 §8.6); undefined: nothing is wrong with its header. */
export function packetFault(packet: Uint8Array): string | undefined {
  if (packet.length <= HEADER_SIZE) return `${packet.length} bytes are not a packet: the shortest has 5`;
  const { version, dest, src } = readHeader(packet);
  if (version !== HEADER_VERSION) return `header version ${version}, not ${HEADER_VERSION}`;
  if (dest >= 1 && dest <= 7) return `destination EID ${dest} is reserved`;
  if (src !== 0 && !isEid(src)) return `source EID ${src} is ${src === 255 ? 'broadcast' : 'reserved'}`;
  return undefined;
}

/** The fields of a packet of at least five bytes. Type and IC are there in first packets only. */
export function packetFields(packet: Uint8Array) {
  const header = readHeader(packet);
  const flags = packet[3]!;
  if (!header.som) return { ...header, flags, payload: toHex(packet, HEADER_SIZE) };
  const typeByte = packet[HEADER_SIZE]!;
  return {
    ...header,
    flags,
    ic: (typeByte & TYPE_IC) !== 0,
    type: typeByte & TYPE_MASK,
    payload: toHex(packet, HEADER_SIZE + 1),
  };
}

/**
 * The inverse: `packet` (hex) when it is there, else header and payload field by field. `flags` holds the defaults of
 * `som`, `eom`, `seq`, `to` and `tag`; without it they are those of a one-packet request on tag 0.
 * @throws MctpError EINVAL naming the field
 */
export function packetFromFields(fields: Fields): Uint8Array {
  if (fields.packet !== undefined) return bytesField(fields, 'packet');
  const defaults = readHeader(
    Uint8Array.of(0, 0, 0, numberField(fields, 'flags', 0, 0xff, FLAG_SOM | FLAG_EOM | FLAG_TO)),
  );
  const som = booleanField(fields, 'som', defaults.som);
  const flags =
    (som ? FLAG_SOM : 0) |
    (booleanField(fields, 'eom', defaults.eom) ? FLAG_EOM : 0) |
    (numberField(fields, 'seq', 0, 3, defaults.seq) << 4) |
    (booleanField(fields, 'to', defaults.to) ? FLAG_TO : 0) |
    numberField(fields, 'tag', 0, 7, defaults.tag);
  const header = Uint8Array.of(
    numberField(fields, 'version', 0, 15, HEADER_VERSION),
    numberField(fields, 'dest', 0, 255),
    numberField(fields, 'src', 0, 255),
    flags,
  );
  const payload = bytesField(fields, 'payload', '');
  if (!som) return concat(header, payload);
  const ic = booleanField(fields, 'ic', false) ? TYPE_IC : 0;
  return concat(header, Uint8Array.of(ic | numberField(fields, 'type', 0, 0x7f)), payload);
}
