/**
 * A message on its way out. The bytes are copied once, behind four bytes of head-room; packets are then ranges of that
 * buffer, each header written over the last bytes of the packet before it, which has left already.
 */

import type { MctpError } from '../errors.js';
import { DEFAULT_LIMITS } from '../limits.js';
import type { PhysicalAddress } from '../link.js';
import {
  FLAG_EOM,
  FLAG_SOM,
  FLAG_TO,
  HEADER_SIZE,
  HEADER_VERSION,
  SEQ_MASK,
  SEQ_SHIFT,
  TAG_KEY_MASK,
} from '../packet.js';
import { copyRange } from '../util/slab.js';

/** Messages of one peer and one urgency, in order. At most one packet of a flow is with the link at a time. */
export class Flow {
  head: TxMessage | undefined;
  tail: TxMessage | undefined;
  /** In the ring of flows whose next packet may go. */
  active = false;
  /** A packet of the head is with the link. */
  inFlight = false;
  nextActive: Flow | undefined;

  constructor(
    readonly key: string | number,
    readonly urgent: boolean,
  ) {}
}

/** Learns, exactly once per message, what became of it. */
export interface Completion {
  /** Without an error the last packet is with the link. */
  finished(error?: MctpError): void;
}

/** Buffers of three sizes are kept for later messages; longer ones are made anew. */
interface Pool {
  readonly bytes: number;
  readonly most: number;
  readonly kept: TxMessage[];
}
const SMALL: Pool = { bytes: 512, most: 64, kept: [] };
const MEDIUM: Pool = { bytes: 8192, most: 16, kept: [] };
/** The longest message of the default limits: the parts of a transfer come one after the other. */
const LARGE: Pool = { bytes: HEADER_SIZE + DEFAULT_LIMITS.messageBytes, most: 2, kept: [] };

export class TxMessage {
  buffer: Uint8Array;
  /** Where the next packet's payload starts, and where the message ends. */
  position = 0;
  end = 0;
  unit = 0;
  destination = 0;
  source = 0;
  /** TO, tag; SOM until the first packet has left; sequence number of the next packet. */
  flags = 0;
  to: PhysicalAddress = '';
  /** A packet of somebody else's message: it goes out as it is (bridging). */
  forwarded = false;
  next: TxMessage | undefined;
  flow: Flow | undefined;
  completion: Completion | undefined;
  bytes = 0;

  private constructor(
    capacity: number,
    private readonly pool: Pool | undefined,
  ) {
    this.buffer = new Uint8Array(capacity);
  }

  static allocate(capacity: number): TxMessage {
    const pool =
      capacity <= SMALL.bytes ? SMALL : capacity <= MEDIUM.bytes ? MEDIUM : capacity <= LARGE.bytes ? LARGE : undefined;
    return pool?.kept.pop() ?? new TxMessage(pool?.bytes ?? capacity, pool);
  }

  /** A message to be fragmented. `tagBits` is TO and tag. */
  static message(
    typeByte: number,
    payload: Uint8Array,
    unit: number,
    destination: number,
    source: number,
    tagBits: number,
    sequence: number,
    to: PhysicalAddress,
  ): TxMessage {
    const message = TxMessage.allocate(HEADER_SIZE + 1 + payload.length);
    const buffer = message.buffer;
    buffer[HEADER_SIZE] = typeByte;
    buffer.set(payload, HEADER_SIZE + 1);
    message.position = HEADER_SIZE;
    message.end = HEADER_SIZE + 1 + payload.length;
    message.bytes = message.end - HEADER_SIZE;
    message.unit = unit;
    message.destination = destination;
    message.source = source;
    message.flags = FLAG_SOM | ((sequence & SEQ_MASK) << SEQ_SHIFT) | (tagBits & TAG_KEY_MASK);
    message.to = to;
    message.forwarded = false;
    return message;
  }

  /** A whole packet to be passed on. */
  static packet(buffer: Uint8Array, start: number, end: number, to: PhysicalAddress): TxMessage {
    const message = TxMessage.allocate(end - start);
    copyRange(buffer, start, end, message.buffer, 0);
    message.position = HEADER_SIZE;
    message.end = end - start;
    message.bytes = message.end - HEADER_SIZE;
    message.unit = message.bytes;
    message.to = to;
    message.forwarded = true;
    return message;
  }

  /** Write the header of the packet at `position`; returns where the packet ends. It starts at position - 4. */
  preparePacket(): number {
    const payload = this.position;
    if (this.forwarded) return this.end;
    const buffer = this.buffer;
    const packetEnd = payload + this.unit;
    buffer[payload - 4] = HEADER_VERSION;
    buffer[payload - 3] = this.destination;
    buffer[payload - 2] = this.source;
    if (packetEnd < this.end) {
      buffer[payload - 1] = this.flags;
      return packetEnd;
    }
    buffer[payload - 1] = this.flags | FLAG_EOM;
    return this.end;
  }

  /** The packet prepared last has left; true when it was the last of the message. */
  packetSent(): boolean {
    this.position += this.unit;
    if (this.position >= this.end) return true;
    const sequence = ((this.flags >> SEQ_SHIFT) + 1) & SEQ_MASK;
    this.flags = (sequence << SEQ_SHIFT) | (this.flags & (FLAG_TO | TAG_KEY_MASK));
    return false;
  }

  /** The message is done with; its buffer may serve another. */
  release(): void {
    this.next = undefined;
    this.flow = undefined;
    this.completion = undefined;
    if (this.pool !== undefined && this.pool.kept.length < this.pool.most) this.pool.kept.push(this);
  }
}
