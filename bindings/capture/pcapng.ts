/** Blocks of a pcapng file (draft-ietf-opsawg-pcapng), little-endian. Pure: values in, bytes out. */

export const BLOCK = {
  section: 0x0a0d0d0a,
  interface: 1,
  simplePacket: 3,
  statistics: 5,
  packet: 6,
} as const;

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Option codes; those below 10 mean something else in each kind of block. */
export const OPTION = {
  end: 0,
  comment: 1,
  sectionOs: 3,
  sectionApplication: 4,
  interfaceName: 2,
  interfaceDescription: 3,
  timeResolution: 9,
  packetFlags: 2,
  received: 4,
  dropped: 5,
} as const;

/** Of the packet flags. */
export const DIRECTION = { unknown: 0, inbound: 1, outbound: 2 } as const;
/** The link layer's checksum was wrong. */
export const FLAG_CRC_ERROR = 1 << 24;

/** Powers of ten: 10^-9 s. */
const NANOSECONDS = 9;

type Option = readonly [code: number, value: Uint8Array];

export function sectionHeader(application: string, os: string): Uint8Array {
  const fixed = new Uint8Array(16);
  const view = new DataView(fixed.buffer);
  view.setUint32(0, BYTE_ORDER_MAGIC, true);
  view.setUint16(4, 1, true);
  // The length of the section is not known while it is written: all ones.
  view.setBigInt64(8, -1n, true);
  return block(BLOCK.section, fixed, [
    [OPTION.sectionOs, text(os)],
    [OPTION.sectionApplication, text(application)],
  ]);
}

export interface InterfaceDescription {
  readonly linkType: number;
  readonly name: string;
  readonly description: string;
}

/** Interfaces are numbered from 0 in the order of their blocks. Times of their packets are in nanoseconds. */
export function interfaceDescription({ linkType, name, description }: InterfaceDescription): Uint8Array {
  const fixed = new Uint8Array(8);
  new DataView(fixed.buffer).setUint16(0, linkType, true);
  return block(BLOCK.interface, fixed, [
    [OPTION.interfaceName, text(name)],
    ...(description === '' ? [] : [[OPTION.interfaceDescription, text(description)] as const]),
    [OPTION.timeResolution, Uint8Array.of(NANOSECONDS)],
  ]);
}

export interface Packet {
  readonly interface: number;
  /** Since 1970. */
  readonly timeNs: bigint;
  readonly data: Uint8Array;
  readonly flags: number;
  readonly comments: readonly string[];
}

export function enhancedPacket({ interface: number, timeNs, data, flags, comments }: Packet): Uint8Array {
  const fixed = new Uint8Array(20 + padded(data.length));
  const view = new DataView(fixed.buffer);
  view.setUint32(0, number, true);
  setTime(view, 4, timeNs);
  view.setUint32(12, data.length, true);
  view.setUint32(16, data.length, true);
  fixed.set(data, 20);
  return block(BLOCK.packet, fixed, [
    ...comments.map((comment) => [OPTION.comment, text(comment)] as const),
    [OPTION.packetFlags, number32(flags)],
  ]);
}

/** What became of an interface's packets, at the end of a capture. */
export function interfaceStatistics(
  number: number,
  timeNs: bigint,
  { received, dropped }: { readonly received: number; readonly dropped: number },
): Uint8Array {
  const fixed = new Uint8Array(12);
  const view = new DataView(fixed.buffer);
  view.setUint32(0, number, true);
  setTime(view, 4, timeNs);
  return block(BLOCK.statistics, fixed, [
    [OPTION.received, number64(received)],
    [OPTION.dropped, number64(dropped)],
  ]);
}

function block(type: number, fixed: Uint8Array, options: readonly Option[]): Uint8Array {
  const optionBytes = options.length === 0 ? 0 : options.reduce((sum, [, value]) => sum + 4 + padded(value.length), 4);
  const total = 12 + fixed.length + optionBytes;
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, total, true);
  bytes.set(fixed, 8);
  let at = 8 + fixed.length;
  for (const [code, value] of options) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    bytes.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  // The end of the options is four zeros, which are there already.
  view.setUint32(total - 4, total, true);
  return bytes;
}

function setTime(view: DataView, at: number, timeNs: bigint): void {
  view.setUint32(at, Number(timeNs >> 32n), true);
  view.setUint32(at + 4, Number(timeNs & 0xffffffffn), true);
}

/** Texts are bounded by the 16 bits of an option's length; nobody reads a tenth of that. */
const LONGEST_TEXT = 4096;

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value).subarray(0, LONGEST_TEXT);
}

function number32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value >>> 0, true);
  return bytes;
}

function number64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
