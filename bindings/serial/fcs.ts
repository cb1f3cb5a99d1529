/**
 * The frame check sequence of DSP0253: CRC-16 with polynomial 0x1021 reflected (0x8408), start value 0xFFFF, low bit
 * first and, unlike PPP's (RFC 1662), neither complemented at the end nor sent low byte first.
 *
 * Eight bytes per step ("slicing"): section k of the table says what a byte does to the register k bytes later, so the
 * eight look-ups of a step do not wait for each other as those of a byte loop do. The same look-ups answer whether any
 * byte needs escaping: the entries of such bytes carry a mark above the 16 bits of the register.
 */

export const FCS_START = 0xffff;
export const FLAG = 0x7e;
const ESCAPE = 0x7d;
/** An escaped byte is sent as 0x7d and the byte with this bit turned over. */
export const ESCAPE_BIT = 0x20;
export const ESCAPED_FLAG = FLAG ^ ESCAPE_BIT;
export const ESCAPED_ESCAPE = ESCAPE ^ ESCAPE_BIT;

/** Added to the result of `fcsAndSpecials` when the range holds a byte that framing has to escape. */
const HAS_SPECIALS = 0x10000;

// The loops below use these: V8 folds a module's own constants into the code, and loads exported ones at each use.
const flagByte = FLAG;
const escapeByte = ESCAPE;
const escapeBit = ESCAPE_BIT;
const specials = HAS_SPECIALS;

const POLYNOMIAL = 0x8408;
const SECTION = 256;
const table = new Int32Array(8 * SECTION);

for (let byte = 0; byte < SECTION; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ POLYNOMIAL : crc >> 1;
  table[byte] = crc;
}
for (let entry = SECTION; entry < table.length; entry++) {
  const crc = table[entry - SECTION]!;
  table[entry] = (crc >> 8) ^ table[crc & 0xff]!;
}
// Sections 6 and 7 are looked up by byte xor register, where a mark would mean nothing.
for (let section = 0; section < 6; section++) {
  table[section * SECTION + flagByte]! |= specials;
  table[section * SECTION + escapeByte]! |= specials;
}

/** The register (0..0xffff) after buffer[start, end), from the register before: FCS_START at the start of a frame. */
export function fcs(buffer: Uint8Array, start: number, end: number, register: number = FCS_START): number {
  return fcsAndSpecials(buffer, start, end, register) & 0xffff;
}

/** As `fcs`, with HAS_SPECIALS added when one of the bytes is 0x7d or 0x7e. */
export function fcsAndSpecials(buffer: Uint8Array, start: number, end: number, register: number): number {
  let crc = register;
  let marks = 0;
  let at = start;
  for (const last = end - 8; at <= last; at += 8) {
    const b0 = buffer[at]!;
    const b1 = buffer[at + 1]!;
    if (b0 === escapeByte || b0 === flagByte || b1 === escapeByte || b1 === flagByte) marks = specials;
    const t2 = table[5 * SECTION + buffer[at + 2]!]!;
    const t3 = table[4 * SECTION + buffer[at + 3]!]!;
    const t4 = table[3 * SECTION + buffer[at + 4]!]!;
    const t5 = table[2 * SECTION + buffer[at + 5]!]!;
    const t6 = table[SECTION + buffer[at + 6]!]!;
    const t7 = table[buffer[at + 7]!]!;
    marks |= t2 | t3 | t4 | t5 | t6 | t7;
    const mixed = table[7 * SECTION + (b0 ^ (crc & 0xff))]! ^ table[6 * SECTION + (b1 ^ (crc >> 8))]!;
    crc = (mixed ^ t2 ^ t3 ^ t4 ^ t5 ^ t6 ^ t7) & 0xffff;
  }
  // A full packet of the baseline unit has 68 bytes: four more.
  if (at + 4 <= end) {
    const b0 = buffer[at]!;
    const b1 = buffer[at + 1]!;
    const b2 = buffer[at + 2]!;
    const b3 = buffer[at + 3]!;
    if (b0 === escapeByte || b0 === flagByte || b1 === escapeByte || b1 === flagByte) marks = specials;
    const t2 = table[SECTION + b2]!;
    const t3 = table[b3]!;
    marks |= t2 | t3;
    crc = (table[3 * SECTION + (b0 ^ (crc & 0xff))]! ^ table[2 * SECTION + (b1 ^ (crc >> 8))]! ^ t2 ^ t3) & 0xffff;
    at += 4;
  }
  for (; at < end; at++) {
    const byte = buffer[at]!;
    if (byte === escapeByte || byte === flagByte) marks = specials;
    crc = (crc >> 8) ^ (table[(crc ^ byte) & 0xff]! & 0xffff);
  }
  return crc | (marks & specials);
}

/**
 * The sender's pass over a packet, buffer[start, end): writes it to target[to...] with its 0x7d and 0x7e escaped, and
 * sums the unescaped bytes. `view` is of all of the target: four bytes are stored at once, which is a quarter faster.
 * Returns the register in bits 0..15, and the number of bytes written in the bits above.
 */
export function escapeWithFcs(
  buffer: Uint8Array,
  start: number,
  end: number,
  register: number,
  target: Uint8Array,
  view: DataView,
  to: number,
): number {
  let crc = register;
  let at = start;
  let out = to;
  for (const last = end - 8; at <= last; at += 8) {
    const b0 = buffer[at]!;
    const b1 = buffer[at + 1]!;
    const b2 = buffer[at + 2]!;
    const b3 = buffer[at + 3]!;
    const b4 = buffer[at + 4]!;
    const b5 = buffer[at + 5]!;
    const b6 = buffer[at + 6]!;
    const b7 = buffer[at + 7]!;
    const t2 = table[5 * SECTION + b2]!;
    const t3 = table[4 * SECTION + b3]!;
    const t4 = table[3 * SECTION + b4]!;
    const t5 = table[2 * SECTION + b5]!;
    const t6 = table[SECTION + b6]!;
    const t7 = table[b7]!;
    const mixed = table[7 * SECTION + (b0 ^ (crc & 0xff))]! ^ table[6 * SECTION + (b1 ^ (crc >> 8))]!;
    crc = (mixed ^ t2 ^ t3 ^ t4 ^ t5 ^ t6 ^ t7) & 0xffff;
    const marked = (t2 | t3 | t4 | t5 | t6 | t7) >= specials;
    if (marked || b0 === escapeByte || b0 === flagByte || b1 === escapeByte || b1 === flagByte) {
      // Written out here and below: as a function of its own it costs a sixth of the whole frame.
      for (let index = at; index < at + 8; index++) {
        const byte = buffer[index]!;
        if (byte === flagByte || byte === escapeByte) {
          target[out++] = escapeByte;
          target[out++] = byte ^ escapeBit;
        } else {
          target[out++] = byte;
        }
      }
      continue;
    }
    view.setInt32(out, b0 | (b1 << 8) | (b2 << 16) | (b3 << 24), true);
    view.setInt32(out + 4, b4 | (b5 << 8) | (b6 << 16) | (b7 << 24), true);
    out += 8;
  }
  if (at + 4 <= end) {
    const b0 = buffer[at]!;
    const b1 = buffer[at + 1]!;
    const b2 = buffer[at + 2]!;
    const b3 = buffer[at + 3]!;
    const t2 = table[SECTION + b2]!;
    const t3 = table[b3]!;
    if ((t2 | t3) < specials && b0 !== escapeByte && b0 !== flagByte && b1 !== escapeByte && b1 !== flagByte) {
      crc = (table[3 * SECTION + (b0 ^ (crc & 0xff))]! ^ table[2 * SECTION + (b1 ^ (crc >> 8))]! ^ t2 ^ t3) & 0xffff;
      view.setInt32(out, b0 | (b1 << 8) | (b2 << 16) | (b3 << 24), true);
      at += 4;
      out += 4;
    }
  }
  for (; at < end; at++) {
    const byte = buffer[at]!;
    crc = (crc >> 8) ^ (table[(crc ^ byte) & 0xff]! & 0xffff);
    if (byte === flagByte || byte === escapeByte) {
      target[out++] = escapeByte;
      target[out++] = byte ^ escapeBit;
    } else {
      target[out++] = byte;
    }
  }
  return crc | ((out - to) << 16);
}

/** A buffer with a view of all of it, kept together because making a view costs as much as a frame. */
export class Viewed {
  readonly view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

/** How far the packet of a frame has come. */
export interface PacketProgress {
  /** Where the next byte of the packet goes. */
  filled: number;
  /** The FCS register after the bytes so far. */
  register: number;
}

/**
 * The receiver's pass over the packet of a frame, source[start, end): writes it unescaped to target[progress.filled,
 * wanted), and sums it. Returns where it stopped: the packet is complete, the range is used up, or the byte there is a
 * flag, or an escape which no escaped 0x7d or 0x7e follows within the range.
 */
export function unescapeWithFcs(
  source: Viewed,
  start: number,
  end: number,
  target: Viewed,
  wanted: number,
  progress: PacketProgress,
): number {
  const { bytes: from, view: fromView } = source;
  const { bytes: to, view: toView } = target;
  let crc = progress.register;
  let out = progress.filled;
  let at = start;
  search: while (out < wanted && at < end) {
    for (const last = Math.min(end, at + wanted - out) - 8; at <= last; at += 8, out += 8) {
      const low = fromView.getInt32(at, true);
      const high = fromView.getInt32(at + 4, true);
      const b0 = low & 0xff;
      const b1 = (low >>> 8) & 0xff;
      const t2 = table[5 * SECTION + ((low >>> 16) & 0xff)]!;
      const t3 = table[4 * SECTION + (low >>> 24)]!;
      const t4 = table[3 * SECTION + (high & 0xff)]!;
      const t5 = table[2 * SECTION + ((high >>> 8) & 0xff)]!;
      const t6 = table[SECTION + ((high >>> 16) & 0xff)]!;
      const t7 = table[high >>> 24]!;
      const marked = (t2 | t3 | t4 | t5 | t6 | t7) >= specials;
      if (marked || b0 === escapeByte || b0 === flagByte || b1 === escapeByte || b1 === flagByte) break;
      const mixed = table[7 * SECTION + (b0 ^ (crc & 0xff))]! ^ table[6 * SECTION + (b1 ^ (crc >> 8))]!;
      crc = (mixed ^ t2 ^ t3 ^ t4 ^ t5 ^ t6 ^ t7) & 0xffff;
      toView.setInt32(out, low, true);
      toView.setInt32(out + 4, high, true);
    }
    if (wanted - out >= 4 && wanted - out < 8 && end - at >= 4) {
      const four = fromView.getInt32(at, true);
      const b0 = four & 0xff;
      const b1 = (four >>> 8) & 0xff;
      const t2 = table[SECTION + ((four >>> 16) & 0xff)]!;
      const t3 = table[four >>> 24]!;
      if ((t2 | t3) < specials && b0 !== escapeByte && b0 !== flagByte && b1 !== escapeByte && b1 !== flagByte) {
        crc = (table[3 * SECTION + (b0 ^ (crc & 0xff))]! ^ table[2 * SECTION + (b1 ^ (crc >> 8))]! ^ t2 ^ t3) & 0xffff;
        toView.setInt32(out, four, true);
        at += 4;
        out += 4;
      }
    }
    // Byte by byte over what leads to an escape and the escapes there, or over the last bytes.
    while (out < wanted && at < end) {
      let byte = from[at]!;
      if (byte === flagByte) break search;
      const escaped = byte === escapeByte;
      if (escaped) {
        if (at + 1 === end) break search;
        byte = from[at + 1]! ^ escapeBit;
        if (byte !== flagByte && byte !== escapeByte) break search;
        at++;
      }
      at++;
      to[out++] = byte;
      crc = (crc >> 8) ^ (table[(crc ^ byte) & 0xff]! & 0xffff);
      if (escaped && at < end && from[at] !== escapeByte) break;
    }
  }
  progress.filled = out;
  progress.register = crc;
  return at;
}
