/** Packets as a check makes them, right or wrong, and what the device sends back. */

import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { HEADER_SIZE, type PacketHeader, readHeader } from '../../stack/packet.js';
import { notApplicable } from './finding.js';
import type { PacketLog } from './packet-log.js';
import { pauseOr } from './pause.js';
import type { Target } from './target.js';

/** How long a device is given to answer; MT1 is 100 ms on SMBus and 120 on others, and the way takes time. */
export const ANSWER_MS = 300;

/** What a packet is made of; what is left out is that of a good single packet from us to the device. */
export interface PacketParts extends Partial<PacketHeader> {
  /** Bits 7:4 of the first byte, which are reserved. */
  readonly reserved?: number;
  /** Behind the header: the message type byte first, in a packet with SOM. */
  readonly payload: Uint8Array;
}

export interface ReceivedPacket extends PacketHeader {
  /** Bits 7:4 of the first byte. */
  readonly reserved: number;
  readonly payload: Uint8Array;
  readonly bytes: Uint8Array;
  /** Of the clock; ms. */
  readonly at: number;
}

export class PacketAccess {
  #nextTag = 0;

  constructor(
    private readonly target: Target,
    private readonly log: PacketLog,
    private readonly clock: Clock,
    private readonly signal: () => AbortSignal,
  ) {}

  /** A tag which we have not used for the longest time. */
  nextTag(): number {
    const tag = this.#nextTag;
    this.#nextTag = (tag + 1) & 7;
    return tag;
  }

  build(parts: PacketParts): Uint8Array {
    const { target } = this;
    const { version = 1, reserved = 0, dest = target.eid, src = target.ownEid, payload } = parts;
    const { som = true, eom = true, seq = 0, to = true, tag = 0 } = parts;
    const flags = (som ? 0x80 : 0) | (eom ? 0x40 : 0) | ((seq & 3) << 4) | (to ? 0x08 : 0) | (tag & 7);
    return Uint8Array.of((reserved << 4) | (version & 0x0f), dest, src, flags, ...payload);
  }

  /**
   * Send packets in this order, and give what the device sends until `until` is satisfied, or `ms` have passed since the
   * last was sent. Default: until the end of a message.
   * @throws Finding not applicable, where the stack takes messages only
   */
  async exchange(
    packets: readonly Uint8Array[],
    options: { readonly ms?: number; readonly until?: (received: readonly ReceivedPacket[]) => boolean } = {},
  ): Promise<ReceivedPacket[]> {
    const { ms = ANSWER_MS, until = (received) => received.some(({ eom }) => eom) } = options;
    const received: ReceivedPacket[] = [];
    let isEnough: (() => void) | undefined;
    const stop = this.log.onPacket(({ direction, bytes, frame, at }) => {
      if (
        direction !== 'received' ||
        frame !== undefined ||
        bytes.length < HEADER_SIZE ||
        received.length >= MOST_RECEIVED
      )
        return;
      received.push({
        ...readHeader(bytes),
        reserved: bytes[0]! >> 4,
        payload: bytes.subarray(HEADER_SIZE),
        bytes,
        at,
      });
      if (until(received)) isEnough?.();
    });
    try {
      for (const packet of packets) await this.send(packet);
      if (!until(received)) await pauseOr(this.clock, ms, this.signal(), (resolve) => (isEnough = resolve));
      return received;
    } finally {
      stop();
    }
  }

  /** @throws Finding not applicable, where the stack takes messages only */
  async send(packet: Uint8Array): Promise<void> {
    const { sendPacket } = this.target;
    if (sendPacket === undefined) return notApplicable('the stack of this link sends whole messages only, not packets');
    // A device that does not acknowledge what is wrong refuses it in the way of its bus.
    await sendPacket(packet).catch((error: unknown) => {
      if (!MctpError.is(error, 'ENACK')) throw error;
    });
  }

  /** Everything the device sends in this time. */
  listen(ms: number): Promise<ReceivedPacket[]> {
    return this.exchange([], { ms, until: () => false });
  }
}

/** Of one exchange: what a flood has beyond says nothing more. */
const MOST_RECEIVED = 256;
