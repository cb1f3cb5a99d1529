/**
 * The packet header (DSP0236 §8.1), read and written in place on (buffer, start, end) ranges.
 *
 * ```
 * byte 0      byte 1    byte 2   byte 3
 * 0000 VVVV   dest EID  src EID  SOM EOM seq:2 TO tag:3
 * ```
 */

export const HEADER_SIZE = 4;
export const HEADER_VERSION = 1;
/** Transmission unit that everybody must accept: payload bytes per packet, header not counted (DSP0236 §8.3). */
export const BASELINE_TRANSMISSION_UNIT = 64;

export const FLAG_SOM = 0x80;
export const FLAG_EOM = 0x40;
export const FLAG_TO = 0x08;
export const SEQ_SHIFT = 4;
export const SEQ_MASK = 0x03;
export const TAG_MASK = 0x07;
/** TO and tag together: the owner is part of which tag it is. */
export const TAG_KEY_MASK = 0x0f;

/** First payload byte of a message: IC in bit 7, message type below. */
export const TYPE_MASK = 0x7f;
export const TYPE_IC = 0x80;

/** A header, field by field, for tools and tests; the stack itself never builds one. */
export interface PacketHeader {
  readonly version: number;
  readonly dest: number;
  readonly src: number;
  readonly som: boolean;
  readonly eom: boolean;
  readonly seq: number;
  readonly to: boolean;
  readonly tag: number;
}

/** Read the header at `start`; the range must hold at least HEADER_SIZE bytes. */
export function readHeader(buffer: Uint8Array, start = 0): PacketHeader {
  const flags = buffer[start + 3]!;
  return {
    version: buffer[start]! & 0x0f,
    dest: buffer[start + 1]!,
    src: buffer[start + 2]!,
    som: (flags & FLAG_SOM) !== 0,
    eom: (flags & FLAG_EOM) !== 0,
    seq: (flags >> SEQ_SHIFT) & SEQ_MASK,
    to: (flags & FLAG_TO) !== 0,
    tag: flags & TAG_MASK,
  };
}

/** Write the header at `start`; returns the index behind it. */
export function writeHeader(buffer: Uint8Array, start: number, header: Omit<PacketHeader, 'version'>): number {
  buffer[start] = HEADER_VERSION;
  buffer[start + 1] = header.dest;
  buffer[start + 2] = header.src;
  buffer[start + 3] =
    (header.som ? FLAG_SOM : 0) |
    (header.eom ? FLAG_EOM : 0) |
    ((header.seq & SEQ_MASK) << SEQ_SHIFT) |
    (header.to ? FLAG_TO : 0) |
    (header.tag & TAG_MASK);
  return start + HEADER_SIZE;
}
