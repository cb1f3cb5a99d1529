/** What a packet socket had no room for: the kernel drops it, and only counts it (packet(7), PACKET_STATISTICS). */

import type { LibC } from './libc.js';
import { LITTLE_ENDIAN } from './structures.js';

const SOL_PACKET = 263;
const PACKET_STATISTICS = 6;
/** struct tpacket_stats: packets, and those of them which were dropped. */
const STATISTICS = 8;
const DROPS_OFFSET = 4;

const statistics = new Uint8Array(STATISTICS);
const statisticsView = new DataView(statistics.buffer);
const size = new Uint8Array(4);
const sizeView = new DataView(size.buffer);

/** Since this was asked last. */
export function lostPackets(libc: LibC, fd: number): number {
  sizeView.setUint32(0, STATISTICS, LITTLE_ENDIAN);
  if (libc.getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, statistics, size) < 0) return 0;
  return statisticsView.getUint32(DROPS_OFFSET, LITTLE_ENDIAN);
}
