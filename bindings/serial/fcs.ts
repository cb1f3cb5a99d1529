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
export const ESCAPE = 0x7d;
/** An escaped byte is sent as 0x7d and the byte with this bit turned over. */
export const ESCAPE_BIT = 0x20;
export const ESCAPED_FLAG = FLAG ^ ESCAPE_BIT;
export const ESCAPED_ESCAPE = ESCAPE ^ ESCAPE_BIT;

/** Added to the result of `fcsAndSpecials` when the range holds a byte that framing has to escape. */
export const HAS_SPECIALS = 0x10000;

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
  table[section * SECTION + FLAG]! |= HAS_SPECIALS;
  table[section * SECTION + ESCAPE]! |= HAS_SPECIALS;
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
    if (b0 === ESCAPE || b0 === FLAG || b1 === ESCAPE || b1 === FLAG) marks = HAS_SPECIALS;
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
  for (; at < end; at++) {
    const byte = buffer[at]!;
    if (byte === ESCAPE || byte === FLAG) marks = HAS_SPECIALS;
    crc = (crc >> 8) ^ (table[(crc ^ byte) & 0xff]! & 0xffff);
  }
  return crc | (marks & HAS_SPECIALS);
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
    const marked = (t2 | t3 | t4 | t5 | t6 | t7) >= HAS_SPECIALS;
    if (marked || b0 === ESCAPE || b0 === FLAG || b1 === ESCAPE || b1 === FLAG) {
      out = escapeRange(buffer, at, at + 8, target, out);
      continue;
    }
    view.setInt32(out, b0 | (b1 << 8) | (b2 << 16) | (b3 << 24), true);
    view.setInt32(out + 4, b4 | (b5 << 8) | (b6 << 16) | (b7 << 24), true);
    out += 8;
  }
  out = escapeRange(buffer, at, end, target, out);
  for (; at < end; at++) crc = (crc >> 8) ^ (table[(crc ^ buffer[at]!) & 0xff]! & 0xffff);
  return crc | ((out - to) << 16);
}

function escapeRange(buffer: Uint8Array, start: number, end: number, target: Uint8Array, to: number): number {
  let out = to;
  for (let at = start; at < end; at++) {
    const byte = buffer[at]!;
    if (byte === FLAG || byte === ESCAPE) {
      target[out++] = ESCAPE;
      target[out++] = byte ^ ESCAPE_BIT;
    } else {
      target[out++] = byte;
    }
  }
  return out;
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
      const marked = (t2 | t3 | t4 | t5 | t6 | t7) >= HAS_SPECIALS;
      if (marked || b0 === ESCAPE || b0 === FLAG || b1 === ESCAPE || b1 === FLAG) break;
      const mixed = table[7 * SECTION + (b0 ^ (crc & 0xff))]! ^ table[6 * SECTION + (b1 ^ (crc >> 8))]!;
      crc = (mixed ^ t2 ^ t3 ^ t4 ^ t5 ^ t6 ^ t7) & 0xffff;
      toView.setInt32(out, low, true);
      toView.setInt32(out + 4, high, true);
    }
    // Byte by byte over what leads to an escape and the escapes there, or over the last bytes.
    for (let escapes = false; out < wanted && at < end; at++) {
      let byte = from[at]!;
      if (byte === FLAG) break search;
      if (byte === ESCAPE) {
        const escaped = at + 1 < end ? from[at + 1]! : 0;
        if (escaped !== ESCAPED_FLAG && escaped !== ESCAPED_ESCAPE) break search;
        byte = escaped ^ ESCAPE_BIT;
        escapes = true;
        at++;
      } else if (escapes) break;
      to[out++] = byte;
      crc = (crc >> 8) ^ (table[(crc ^ byte) & 0xff]! & 0xffff);
    }
  }
  progress.filled = out;
  progress.register = crc;
  return at;
}
