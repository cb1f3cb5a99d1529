/**
 * Packets in USB bulk transfers (DSP0283): each behind a 4-byte header, the DMTF's ID 0x1ab4 and a length that
 * counts header and packet. One or more such units make a transfer; a unit does not cross its end.
 */

import { MctpError } from '../../stack/errors.js';

/** 1.0: one byte of length. 1.1: 13 bits. */
export type UsbVersion = '1.0' | '1.1';

export const HEADER_BYTES = 4;
/** A transfer of 1.0, and the segment that padding fills up. */
export const SEGMENT_BYTES = 512;
const ID_HIGH = 0x1a;
const ID_LOW = 0xb4;
/** The USB header and an MCTP header. */
const MIN_LENGTH = 8;
const MAX_LENGTH: Readonly<Record<UsbVersion, number>> = { '1.0': 0xff, '1.1': 0x1fff };

/** Longest packet, MCTP header included. */
export function maxPacket(version: UsbVersion): number {
  return MAX_LENGTH[version] - HEADER_BYTES;
}

/**
 * Write the packet in packet[start, end) as one unit to target[at...]; returns where it ends.
 * @throws MctpError EMSGSIZE, ENOBUFS
 */
export function encodeUnit(
  packet: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
  version: UsbVersion = '1.0',
): number {
  const length = HEADER_BYTES + end - start;
  if (length < MIN_LENGTH || length > MAX_LENGTH[version]) {
    throw new MctpError('EMSGSIZE', `a unit of DSP0283 ${version} holds 4 to ${maxPacket(version)} bytes of packet`);
  }
  if (at + length > target.length) throw new MctpError('ENOBUFS', 'no room for the unit');
  target[at] = ID_HIGH;
  target[at + 1] = ID_LOW;
  target[at + 2] = length >> 8;
  target[at + 3] = length & 0xff;
  let out = at + HEADER_BYTES;
  for (let from = start; from < end; from++) target[out++] = packet[from]!;
  return out;
}

/** What a receiver counts; live. */
export interface UsbReceiveCounters {
  rxPackets: number;
  /** Packet bytes, without the USB header. */
  rxBytes: number;
  /** Another ID than 1ab4; the rest of the transfer is dropped. */
  rxBadId: number;
  /** A length below 8, beyond the transfer, or of 1.1 where 1.0 is spoken; the rest of the transfer is dropped. */
  rxBadLength: number;
  /** Fewer than 4 bytes, not all zero, behind the last unit. */
  rxTrailingBytes: number;
}

export function usbReceiveCounters(): UsbReceiveCounters {
  return { rxPackets: 0, rxBytes: 0, rxBadId: 0, rxBadLength: 0, rxTrailingBytes: 0 };
}

export interface UsbTransferSink {
  /** A packet in buffer[start, end), valid during the call. */
  packet(buffer: Uint8Array, start: number, end: number): void;
  /** The rest of the transfer was dropped. */
  fault(what: string, buffer: Uint8Array, start: number, end: number): void;
}

/** Take apart one received transfer, buffer[start, end). Zeroes up to a 512-byte boundary or the end are padding. */
export function decodeTransfer(
  buffer: Uint8Array,
  start: number,
  end: number,
  sink: UsbTransferSink,
  counters: UsbReceiveCounters,
  version: UsbVersion = '1.0',
): void {
  let at = start;
  while (end - at >= HEADER_BYTES) {
    if (buffer[at] === 0 && buffer[at + 1] === 0) {
      at += SEGMENT_BYTES - ((at - start) % SEGMENT_BYTES);
      continue;
    }
    if (buffer[at] !== ID_HIGH || buffer[at + 1] !== ID_LOW) {
      counters.rxBadId++;
      sink.fault('not the DMTF ID', buffer, at, end);
      return;
    }
    // The three bits above the 13 of 1.1 are reserved there, but to 1.0 the whole byte has to be zero.
    const high = version === '1.1' ? buffer[at + 2]! & 0x1f : buffer[at + 2]!;
    const length = (high << 8) | buffer[at + 3]!;
    if (length < MIN_LENGTH || length > MAX_LENGTH[version] || at + length > end) {
      counters.rxBadLength++;
      sink.fault('bad length', buffer, at, end);
      return;
    }
    counters.rxPackets++;
    counters.rxBytes += length - HEADER_BYTES;
    sink.packet(buffer, at + HEADER_BYTES, at + length);
    at += length;
  }
  for (let rest = at; rest < end; rest++) {
    if (buffer[rest] === 0) continue;
    counters.rxTrailingBytes += end - at;
    sink.fault('bytes behind the last packet', buffer, at, end);
    return;
  }
}
