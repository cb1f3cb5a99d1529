/** The device that is validated, and how it is reached: made of a session of the command, or of a stack in a test. */

import type { BusFault } from '../../bindings/smbus/i2c-port.js';
import type { Clock } from '../../stack/clock.js';
import type { FrameDoor, PhysicalAddress } from '../../stack/link.js';
import type { Transport } from '../../stack/transport.js';
import type { FrameKind } from '../bench/device/behaviour.js';

/** A packet between us and the device, as it passed; or, in checks of a binding, a frame. */
export interface PassedPacket {
  readonly direction: 'sent' | 'received';
  /** Of the clock; ms. */
  readonly at: number;
  /** Header included. */
  readonly bytes: Uint8Array;
  /** Not a packet: the bytes are a frame, as `FrameDoor` has it. */
  readonly frame?: FrameKind;
  /** A sentence: why the link or the stack dropped it. */
  readonly fault: string | undefined;
}

/** Frames of any form, to and from the device. */
export interface TargetFrames extends FrameDoor {
  readonly kind: FrameKind;
  /** Ours; `''` when the link is point to point. */
  readonly ownAddress: PhysicalAddress;
  /** SMBus: do something wrong on the bus on purpose. @throws MctpError ENOTSUP where the bus cannot */
  readonly misbehave?: (fault: BusFault) => Promise<void>;
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
  /** Not there: the link is not SMBus, serial or USB, or it belongs to somebody else's stack. */
  readonly frames?: TargetFrames;
  /** Hear the packets between us and the device from when this resolves; resolves with how to stop. */
  record(hear: (packet: PassedPacket) => void): Promise<() => void>;
}
