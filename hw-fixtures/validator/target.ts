/** The device that is validated, and how it is reached: made of a session of the command, or of a stack in a test. */

import type { Clock } from '../../stack/clock.js';
import type { PhysicalAddress } from '../../stack/link.js';
import type { Transport } from '../../stack/transport.js';

/** A packet between us and the device, as it passed. */
export interface PassedPacket {
  readonly direction: 'sent' | 'received';
  /** Of the clock; ms. */
  readonly at: number;
  /** Header included. */
  readonly bytes: Uint8Array;
  /** A sentence: why the link or the stack dropped it. */
  readonly fault: string | undefined;
}

export interface Target {
  /** For people: `EID 9 (bench:smbus0/0x1d)`. */
  readonly name: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly network: number;
  /** Its EID; 0 while it has none. */
  readonly eid: number;
  /** Ours, on its link. */
  readonly ownEid: number;
  readonly link: string;
  /** On the link; undefined when it is behind a bridge. */
  readonly physicalAddress: PhysicalAddress | undefined;
  /** DSP0239 transport binding ID of the link. */
  readonly binding: number;
  /** Payload bytes which a packet on the link may have. */
  readonly maxUnit: number;
  /** Send a packet as it is. Not there: the stack takes messages only (that of a kernel). */
  readonly sendPacket?: (packet: Uint8Array) => Promise<void>;
  /** Hear the packets between us and the device from when this resolves; resolves with how to stop. */
  record(hear: (packet: PassedPacket) => void): Promise<() => void>;
}
