/**
 * The structures that go through MCTP sockets, as bytes. Numbers are in the order of the machine; `little` says which
 * that is, so that both can be tested on either.
 */

import type { PhysicalAddress } from '../../stack/link.js';
import { hexDigits } from '../../stack/util/text.js';
import { AF_MCTP } from './kernel-numbers.js';

export const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** struct sockaddr_mctp */
const SOCKADDR_SIZE = 12;
/** struct sockaddr_mctp_ext */
export const SOCKADDR_EXT_SIZE = 52;
const MAX_ADDR_LEN = 32;

export interface SocketAddress {
  /** 0: any. */
  readonly network: number;
  readonly eid: number;
  /** Bit 7: the IC bit. */
  readonly type: number;
  /** Value 0..7, 0x08 owner, 0x10 preallocated. */
  readonly tag: number;
}

export interface ExtendedAddress extends SocketAddress {
  /** 0 for a message of this kernel to itself. */
  readonly interfaceIndex: number;
  readonly physicalAddress: PhysicalAddress;
}

export function encodeSocketAddress(address: SocketAddress, little = LITTLE_ENDIAN): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_SIZE);
  putSocketAddress(bytes, address, little);
  return bytes;
}

export function encodeExtendedAddress(address: ExtendedAddress, little = LITTLE_ENDIAN): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_EXT_SIZE);
  putSocketAddress(bytes, address, little);
  new DataView(bytes.buffer).setInt32(12, address.interfaceIndex, little);
  const physical = physicalBytes(address.physicalAddress);
  bytes[16] = physical.length;
  bytes.set(physical.subarray(0, MAX_ADDR_LEN), 20);
  return bytes;
}

function putSocketAddress(bytes: Uint8Array, address: SocketAddress, little: boolean): void {
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_MCTP, little);
  view.setUint32(4, address.network, little);
  bytes[8] = address.eid;
  bytes[9] = address.type;
  bytes[10] = address.tag;
}

/** What recvfrom filled in on a socket with MCTP_OPT_ADDR_EXT. */
export function decodeExtendedAddress(bytes: Uint8Array, little = LITTLE_ENDIAN): ExtendedAddress {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = Math.min(bytes[16]!, MAX_ADDR_LEN);
  return {
    network: view.getUint32(4, little),
    eid: bytes[8]!,
    type: bytes[9]!,
    tag: bytes[10]!,
    interfaceIndex: view.getInt32(12, little),
    physicalAddress: physicalText(bytes, 20, size),
  };
}

/** struct mctp_ioc_tag_ctl2: a tag value of the peer, taken (tag 0) or given back. */
export interface TagControl {
  readonly network: number;
  readonly peer: number;
  readonly tag: number;
}

export function encodeTagControl(control: TagControl, little = LITTLE_ENDIAN): Uint8Array {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setUint32(0, control.network, little);
  bytes[4] = control.peer;
  bytes[5] = 0xff; // local EID: any, the only value the kernel takes besides null
  bytes[8] = control.tag;
  return bytes;
}

export function decodeTagControl(bytes: Uint8Array, little = LITTLE_ENDIAN): TagControl {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { network: view.getUint32(0, little), peer: bytes[4]!, tag: bytes[8]! };
}

/** struct mctp_ioc_tag_ctl of older kernels, which knew one network only. */
export function encodeTagControl1(control: Pick<TagControl, 'peer' | 'tag'>): Uint8Array {
  return Uint8Array.of(control.peer, control.tag, 0, 0);
}

export function decodeTagControl1(bytes: Uint8Array): Pick<TagControl, 'peer' | 'tag'> {
  return { peer: bytes[0]!, tag: bytes[1]! };
}

const ONE_BYTE = Array.from({ length: 256 }, (_, value) => hexDigits(value));

/** One string object per address of one byte, so that comparing is cheap. */
export function physicalText(bytes: Uint8Array, start: number, size: number): PhysicalAddress {
  if (size === 0) return '';
  if (size === 1) return ONE_BYTE[bytes[start]!]!;
  let text = '';
  for (let i = start; i < start + size; i++) text += ONE_BYTE[bytes[i]!]!;
  return text;
}

export function physicalBytes(address: PhysicalAddress): Uint8Array {
  const bytes = new Uint8Array(address.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(address.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
