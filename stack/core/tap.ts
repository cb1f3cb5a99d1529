/** Every packet of every link, as it passes; for capture, logs and tests. */

import type { PhysicalAddress } from '../link.js';

export interface TapEvent {
  readonly link: string;
  readonly direction: 'rx' | 'tx';
  /** Of the stack's clock, ms: when the packet came, or was given to the link. */
  readonly time: number;
  /** Of the sender for rx, of the receiver for tx. */
  readonly physicalAddress: PhysicalAddress;
  /** The packet, header included, is buffer[start, end); valid only during the call. */
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Why it was dropped, when it was: a drop counter's name, or the words of the link. */
  readonly fault?: string;
}

/** Called in the order of the packets: a packet received before what it causes, a packet sent once the link took it. */
export type PacketTap = (event: TapEvent) => void;
