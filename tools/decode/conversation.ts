/**
 * Packets in the order they passed, put together to messages by the stack's own reassembler, and answers matched with
 * what they answer. Pure: time comes with the packets.
 */

import { VirtualClock } from '../../stack/clock.js';
import { CodecError } from '../../stack/codec/codec-error.js';
import { Reassembler } from '../../stack/core/reassembly.js';
import { type DropReason, newDropCounters } from '../../stack/counters.js';
import { MctpError } from '../../stack/errors.js';
import { EID_NULL, MESSAGE_TYPE } from '../../stack/ids.js';
import { DEFAULT_LIMITS } from '../../stack/limits.js';
import { HEADER_SIZE, type PacketHeader, readHeader, TAG_KEY_MASK, TYPE_IC, TYPE_MASK } from '../../stack/packet.js';
import type { Captured, CapturedMessage } from './captured.js';
import { messageLayer } from './layers.js';
import { kindOf } from './message-identity.js';
import { concat, type Fields, toHex } from './named-fields.js';
import { packetFault } from './packet-fields.js';
import { SpdmPairs } from './spdm-pairs.js';
import { type Unpaired, WaitingRequests } from './waiting-requests.js';

export interface Heard {
  /** Why every receiver drops the packet. */
  readonly dropped: string | undefined;
  /** The packet itself is right; why it, or a message begun, leads to nothing all the same. */
  readonly lost: string | undefined;
  /** The message it completes. */
  readonly message: CapturedMessage | undefined;
}

const DROP_TEXT: Partial<Record<DropReason, string>> = {
  unexpectedPacket: 'no message of this source and tag has begun',
  wrongSequence: 'wrong sequence number: the message is lost',
  restarted: 'the message before it never ended',
  middleSizeChanged: 'middle packet of another size: the message is lost',
  endTooLarge: 'end packet larger than the first: the message is lost',
  messageTooLong: `message longer than ${DEFAULT_LIMITS.messageBytes} bytes: it is lost`,
  assemblyLimit: 'too many unfinished messages',
};

/** Every message is of interest, whatever it is for. */
const ANY_RECEIVER = { deliver: () => true };

export class Conversation {
  readonly #clock = new VirtualClock();
  readonly #drops = newDropCounters();
  readonly #reassembler: Reassembler;
  /** Packets so far of messages in progress. */
  readonly #counts = new Map<number, number>();
  readonly #requests = new WaitingRequests();
  readonly #spdm = new SpdmPairs();
  #startUs: number | undefined;
  #current: Captured | undefined;
  #delivered: CapturedMessage | undefined;

  constructor() {
    this.#reassembler = new Reassembler(this.#clock, DEFAULT_LIMITS, this.#drops, {
      admit: () => ANY_RECEIVER,
      deliver: (_receiver, typeByte, payload, buffer, start) => {
        this.#delivered = this.#message(readHeader(buffer, start), typeByte, payload, countKey(buffer, start));
      },
    });
  }

  hear(captured: Captured): Heard {
    const dropped = captured.fault ?? packetFault(captured.bytes);
    if (dropped !== undefined) return { dropped, lost: undefined, message: undefined };
    this.#moveTo(captured.timeUs);
    this.#count(captured.bytes);
    // What it drops it says; what a new message cuts off it only counts.
    const { restarted } = this.#drops;
    this.#current = captured;
    this.#delivered = undefined;
    const dropReason = this.#reassembler.packet(captured.bytes, 0, captured.bytes.length, captured.dir ?? '');
    const reason = this.#drops.restarted > restarted ? 'restarted' : dropReason;
    return { dropped: undefined, lost: reason && (DROP_TEXT[reason] ?? reason), message: this.#delivered };
  }

  /** A message that comes without packets. */
  hearBare(timeUs: number | undefined, dir: string | undefined, type: number, bytes: Uint8Array): CapturedMessage {
    const unknown = { src: undefined, dest: undefined, tag: undefined, ic: (bytes[0]! & TYPE_IC) !== 0, packets: 0 };
    const about = type === MESSAGE_TYPE.spdm ? this.#spdm.about(EID_NULL, EID_NULL, bytes) : {};
    const message = { timeUs, dir, ...unknown, type, bytes, ...decodeMessage(type, bytes, about) };
    return this.#paired({ ...message, to: kindOf({ ...message, to: true }) !== 'response' });
  }

  #moveTo(timeUs: number | undefined): void {
    if (timeUs === undefined) return;
    this.#startUs ??= timeUs;
    const ahead = (timeUs - this.#startUs) / 1000 - this.#clock.now();
    if (ahead > 0) this.#clock.advance(ahead);
  }

  #count(packet: Uint8Array): void {
    const key = countKey(packet, 0);
    const before = readHeader(packet).som ? 0 : (this.#counts.get(key) ?? 0);
    this.#counts.set(key, before + 1);
  }

  #message(header: PacketHeader, typeByte: number, payload: Uint8Array, key: number): CapturedMessage {
    const type = typeByte & TYPE_MASK;
    const bytes = concat(Uint8Array.of(typeByte), payload);
    const common = {
      timeUs: this.#current?.timeUs,
      dir: this.#current?.dir,
      src: header.src,
      dest: header.dest,
      to: header.to,
      tag: header.tag,
      ic: (typeByte & TYPE_IC) !== 0,
      type,
      bytes,
      packets: this.#counts.get(key) ?? 1,
      ...decodeMessage(type, bytes, type === MESSAGE_TYPE.spdm ? this.#spdm.about(header.src, header.dest, bytes) : {}),
    };
    return this.#paired(common);
  }

  #paired(message: Unpaired): CapturedMessage {
    const kind = kindOf(message);
    if (kind === 'response') {
      const request = this.#requests.take(message);
      // What only its request tells of a response.
      const told = request === undefined || message.type !== MESSAGE_TYPE.nvmeMi ? {} : withRequest(message, request);
      return { ...message, ...told, request };
    }
    const request = { ...message, request: undefined };
    if (kind !== 'datagram') this.#requests.add(request);
    return request;
  }
}

function withRequest({ type, bytes }: Unpaired, request: CapturedMessage) {
  return decodeMessage(type, bytes, { request: toHex(request.bytes) });
}

/** A message of a type that can be decoded; nothing for others. `about`: what it does not say itself. */
export function decodeMessage(
  type: number,
  bytes: Uint8Array,
  about: Fields = {},
): Pick<CapturedMessage, 'decoded' | 'error' | 'before'> {
  try {
    const layer = messageLayer(type);
    const decoded = layer?.knows?.(bytes) === false ? undefined : layer?.decode(bytes, about);
    return { decoded, error: undefined, before: undefined };
  } catch (error) {
    if (!(error instanceof MctpError)) throw error;
    const before = error instanceof CodecError ? error.before : undefined;
    return { decoded: undefined, error: error.message, before };
  }
}

/** Source, destination, TO and tag of the packet at buffer[start]. */
function countKey(buffer: Uint8Array, start: number): number {
  return (buffer[start + 2]! << 16) | (buffer[start + 1]! << 8) | (buffer[start + 3]! & TAG_KEY_MASK);
}

/** Payload bytes of a packet, its header not counted. */
export function payloadLength(packet: Uint8Array): number {
  return Math.max(0, packet.length - HEADER_SIZE);
}
