/** Bulk transfers of the USB binding: one or more units, each a packet behind its header. */

import {
  decodeTransfer,
  encodeUnit,
  HEADER_BYTES,
  maxPacket,
  usbReceiveCounters,
} from '../../bindings/usb/usb-framing.js';
import type { FramedPacket, FrameFault, PacketLayer } from './layer.js';

export const usb: PacketLayer = {
  carries: 'packets',
  title: 'a USB transfer',
  looksLike: (bytes) => bytes[0] === 0x1a && bytes[1] === 0xb4,
  unframe: (bytes) => {
    const found: (FramedPacket | FrameFault)[] = [];
    const sink = {
      packet: (buffer: Uint8Array, start: number, end: number) => {
        const at = start - HEADER_BYTES;
        const id = (buffer[at]! << 8) | buffer[at + 1]!;
        const frame = { id, rsvd: buffer[at + 2]! >> 5, length: end - at };
        found.push({ packet: buffer.slice(start, end), frame });
      },
      fault: (fault: string, buffer: Uint8Array, start: number, end: number) => {
        found.push({ fault, bytes: buffer.slice(start, end) });
      },
    };
    decodeTransfer(bytes, 0, bytes.length, sink, usbReceiveCounters(), '1.1');
    if (found.length === 0) found.push({ fault: 'no packet in the transfer', bytes });
    return found;
  },
  frame: (packet) => {
    const target = new Uint8Array(HEADER_BYTES + packet.length);
    encodeUnit(packet, 0, packet.length, target, 0, packet.length > maxPacket('1.0') ? '1.1' : '1.0');
    return target;
  },
};
