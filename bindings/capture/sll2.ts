/**
 * LINUX_SLL2, link type 276: the cooked header of Linux, big-endian, in which any protocol can be named. Wireshark's MCTP
 * dissector is reached by it; MCTP has no link type of its own.
 */

export const LINKTYPE_LINUX_SLL2 = 276;
const SLL2_HEADER_SIZE = 20;
/** Linux's ETH_P_MCTP. */
export const PROTOCOL_MCTP = 0x00fa;
/** Of bytes in which no packet was found: "local experimental" of IEEE 802, shown as data. */
export const PROTOCOL_OTHER = 0x88b5;
/** Linux's ARPHRD_MCTP. */
const HARDWARE_MCTP = 290;
const LONGEST_ADDRESS = 8;

export const PACKET_TYPE = { toUs: 0, broadcast: 1, multicast: 2, toOthers: 3, fromUs: 4 } as const;

export interface Sll2 {
  readonly protocol: number;
  /** Of the system, from 1; 0: unknown. */
  readonly interfaceIndex: number;
  readonly packetType: number;
  /** Of the sender. */
  readonly address: Uint8Array;
  readonly payload: Uint8Array;
}

export function encodeSll2({ protocol, interfaceIndex, packetType, address, payload }: Sll2): Uint8Array {
  const bytes = new Uint8Array(SLL2_HEADER_SIZE + payload.length);
  const view = new DataView(bytes.buffer);
  const shown = address.subarray(0, LONGEST_ADDRESS);
  view.setUint16(0, protocol);
  view.setUint32(4, interfaceIndex);
  view.setUint16(8, HARDWARE_MCTP);
  bytes[10] = packetType;
  bytes[11] = shown.length;
  bytes.set(shown, 12);
  bytes.set(payload, SLL2_HEADER_SIZE);
  return bytes;
}

/** Undefined when the bytes are too few for a header. */
export function decodeSll2(bytes: Uint8Array): Sll2 | undefined {
  if (bytes.length < SLL2_HEADER_SIZE) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    protocol: view.getUint16(0),
    interfaceIndex: view.getUint32(4),
    packetType: bytes[10]!,
    address: bytes.subarray(12, 12 + Math.min(LONGEST_ADDRESS, bytes[11]!)),
    payload: bytes.subarray(SLL2_HEADER_SIZE),
  };
}

/** LINUX_SLL, link type 113: what older programs write for the same. */
export const LINKTYPE_LINUX_SLL = 113;
const SLL_HEADER_SIZE = 16;

export function decodeSll(bytes: Uint8Array): Sll2 | undefined {
  if (bytes.length < SLL_HEADER_SIZE) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    protocol: view.getUint16(14),
    interfaceIndex: 0,
    packetType: view.getUint16(0),
    address: bytes.subarray(6, 6 + Math.min(LONGEST_ADDRESS, view.getUint16(4))),
    payload: bytes.subarray(SLL_HEADER_SIZE),
  };
}
