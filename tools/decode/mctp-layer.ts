/** Bare packets. */

import { HEADER_VERSION } from '../../stack/packet.js';
import type { PacketLayer } from './layer.js';
import { packetFault } from './packet-fields.js';

export const mctp: PacketLayer = {
  carries: 'packets',
  title: 'an MCTP packet',
  looksLike: (bytes) => bytes[0] === HEADER_VERSION && packetFault(bytes) === undefined,
  unframe: (bytes) => [{ packet: bytes, frame: {} }],
  frame: (packet) => packet,
};
