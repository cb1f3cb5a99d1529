/** pcap and pcapng files as packets, whoever wrote them. Pure: bytes in, packets out. */

import { BLOCK, BYTE_ORDER_MAGIC, OPTION } from '../../bindings/capture/pcapng.js';
import { MctpError } from '../../stack/errors.js';

export interface ReadPacket {
  /** Since 1970; undefined where the block has no time. */
  readonly timeNs: bigint | undefined;
  readonly linkType: number;
  /** Of the interface; its number where it has no name. */
  readonly interface: string;
  readonly data: Uint8Array;
  /** Direction and link-layer errors; 0 when the file does not say. */
  readonly flags: number;
  readonly comments: readonly string[];
}

const PCAP_MICROSECONDS = 0xa1b2c3d4;
const PCAP_NANOSECONDS = 0xa1b23c4d;
/** No block is longer; a length beyond it is damage. */
const LONGEST_BLOCK = 16 * 1024 * 1024;

export function isPcap(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false;
  const view = viewOf(bytes);
  return [true, false].some((little) => {
    const magic = view.getUint32(0, little);
    return magic === BLOCK.section || magic === PCAP_MICROSECONDS || magic === PCAP_NANOSECONDS;
  });
}

/**
 * A file that ends in the middle of a packet (its writer was stopped) gives the packets before it. Returns how many bytes
 * were whole.
 * @throws MctpError EBADMSG: not such a file, or damaged
 */
export function* readPcap(bytes: Uint8Array): Generator<ReadPacket, number> {
  if (!isPcap(bytes)) throw new MctpError('EBADMSG', 'this is neither pcap nor pcapng');
  if (viewOf(bytes).getUint32(0) === BLOCK.section) return yield* readPcapng(bytes);
  return yield* readClassic(bytes);
}

function* readClassic(bytes: Uint8Array): Generator<ReadPacket, number> {
  const view = viewOf(bytes);
  const little = [PCAP_MICROSECONDS, PCAP_NANOSECONDS].includes(view.getUint32(0, true));
  const unitNs = view.getUint32(0, little) === PCAP_NANOSECONDS ? 1n : 1000n;
  if (bytes.length < 24) return 0;
  const linkType = view.getUint32(20, little) & 0xffff;
  let at = 24;
  while (at + 16 <= bytes.length) {
    const seconds = BigInt(view.getUint32(at, little));
    const fraction = BigInt(view.getUint32(at + 4, little));
    const length = view.getUint32(at + 8, little);
    if (length > LONGEST_BLOCK) throw damaged(at);
    const end = at + 16 + length;
    if (end > bytes.length) break;
    const timeNs = seconds * 1_000_000_000n + fraction * unitNs;
    yield { timeNs, linkType, interface: '0', data: bytes.subarray(at + 16, end), flags: 0, comments: [] };
    at = end;
  }
  return at;
}

interface Interface {
  readonly name: string;
  readonly linkType: number;
  readonly snapLength: number;
  toNs(units: bigint): bigint;
}

function* readPcapng(bytes: Uint8Array): Generator<ReadPacket, number> {
  const view = viewOf(bytes);
  let little = true;
  let interfaces: Interface[] = [];
  let at = 0;
  while (at + 12 <= bytes.length) {
    const isSection = view.getUint32(at) === BLOCK.section;
    if (isSection) {
      little = view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC;
      interfaces = [];
    }
    const type = view.getUint32(at, little);
    const length = view.getUint32(at + 4, little);
    if (length < 12 || length % 4 !== 0 || length > LONGEST_BLOCK) throw damaged(at);
    if (at + length > bytes.length) break;
    const body = bytes.subarray(at + 8, at + length - 4);
    if (type === BLOCK.interface) interfaces.push(readInterface(body, little, interfaces.length));
    else if (type === BLOCK.packet) yield readEnhanced(body, little, interfaces, at);
    else if (type === BLOCK.simplePacket) yield readSimple(body, little, interfaces, at);
    at += length;
  }
  return at;
}

function readInterface(body: Uint8Array, little: boolean, number: number): Interface {
  if (body.length < 8) throw new MctpError('EBADMSG', `interface ${number} of the file is cut short`);
  const view = viewOf(body);
  const options = readOptions(body.subarray(8), little);
  const name = options.find(([code]) => code === OPTION.interfaceName)?.[1];
  const resolution = options.find(([code]) => code === OPTION.timeResolution)?.[1][0] ?? 6;
  return {
    name: name === undefined ? String(number) : textOf(name),
    linkType: view.getUint16(0, little),
    snapLength: view.getUint32(4, little),
    toNs: (units) => toNanoseconds(units, resolution),
  };
}

/** The high bit of the resolution makes it a power of two. */
function toNanoseconds(units: bigint, resolution: number): bigint {
  const exponent = BigInt(resolution & 0x7f);
  return (units * 1_000_000_000n) / ((resolution & 0x80) === 0 ? 10n ** exponent : 2n ** exponent);
}

function readEnhanced(body: Uint8Array, little: boolean, interfaces: readonly Interface[], at: number): ReadPacket {
  if (body.length < 20) throw damaged(at);
  const view = viewOf(body);
  const found = interfaces[view.getUint32(0, little)];
  const length = view.getUint32(12, little);
  if (found === undefined || length > body.length - 20) throw damaged(at);
  const options = readOptions(body.subarray(20 + ((length + 3) & ~3)), little);
  const flags = options.find(([code, value]) => code === OPTION.packetFlags && value.length === 4)?.[1];
  const units = (BigInt(view.getUint32(4, little)) << 32n) | BigInt(view.getUint32(8, little));
  return {
    timeNs: found.toNs(units),
    linkType: found.linkType,
    interface: found.name,
    data: body.subarray(20, 20 + length),
    flags: flags === undefined ? 0 : viewOf(flags).getUint32(0, little),
    comments: options.filter(([code]) => code === OPTION.comment).map(([, value]) => textOf(value)),
  };
}

function readSimple(body: Uint8Array, little: boolean, interfaces: readonly Interface[], at: number): ReadPacket {
  const found = interfaces[0];
  if (found === undefined || body.length < 4) throw damaged(at);
  const { name, linkType, snapLength } = found;
  const length = Math.min(viewOf(body).getUint32(0, little), snapLength || LONGEST_BLOCK, body.length - 4);
  const data = body.subarray(4, 4 + length);
  return { timeNs: undefined, linkType, interface: name, data, flags: 0, comments: [] };
}

/** Damaged options end the list: the packet is worth more than its remarks. */
function readOptions(bytes: Uint8Array, little: boolean): [code: number, value: Uint8Array][] {
  const view = viewOf(bytes);
  const found: [number, Uint8Array][] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const code = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    if (code === OPTION.end || at + 4 + length > bytes.length) break;
    found.push([code, bytes.subarray(at + 4, at + 4 + length)]);
    at += 4 + ((length + 3) & ~3);
  }
  return found;
}

function damaged(at: number): MctpError {
  return new MctpError('EBADMSG', `the file is damaged at byte ${at}`);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
