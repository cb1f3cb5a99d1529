/** What Linux counts of an interface: struct rtnl_link_stats64, a row of 64-bit numbers. */

import { LITTLE_ENDIAN } from '../structures.js';

/** In their order. Older kernels have fewer at the end. */
const NAMES = [
  'rxPackets',
  'txPackets',
  'rxBytes',
  'txBytes',
  'rxErrors',
  'txErrors',
  'rxDropped',
  'txDropped',
  'multicast',
  'collisions',
  'rxLengthErrors',
  'rxOverErrors',
  'rxCrcErrors',
  'rxFrameErrors',
  'rxFifoErrors',
  'rxMissedErrors',
  'txAbortedErrors',
  'txCarrierErrors',
  'txFifoErrors',
  'txHeartbeatErrors',
  'txWindowErrors',
  'rxCompressed',
  'txCompressed',
  'rxNohandler',
  'rxOtherhostDropped',
] as const;

/** Since the interface was made; bytes as its driver counts them. */
export type KernelLinkCounters = Readonly<Record<(typeof NAMES)[number], number>>;

/** What is not there is 0. */
export function decodeStatistics(bytes: Uint8Array | undefined, little = LITTLE_ENDIAN): KernelLinkCounters {
  const view = bytes === undefined ? undefined : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = (index: number): number => {
    return view !== undefined && (index + 1) * 8 <= view.byteLength ? Number(view.getBigUint64(index * 8, little)) : 0;
  };
  return Object.fromEntries(NAMES.map((name, index) => [name, number(index)])) as KernelLinkCounters;
}
