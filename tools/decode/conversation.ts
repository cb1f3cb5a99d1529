/**
 * Packets in the order they passed, put together to messages by the stack's own reassembler, and answers matched with
 * what they answer. Pure: time comes with the packets.
 */

import { VirtualClock } from '../../stack/clock.js';
import { Reassembler } from '../../stack/core/reassembly.js';
import { type DropReason, newDropCounters } from '../../stack/counters.js';
import { MctpError } from '../../stack/errors.js';
import { EID_BROADCAST, EID_NULL, MESSAGE_TYPE } from '../../stack/ids.js';
import { DEFAULT_LIMITS } from '../../stack/limits.js';
import { HEADER_SIZE, type PacketHeader, readHeader, TAG_KEY_MASK, TYPE_IC, TYPE_MASK } from '../../stack/packet.js';
import type { DecodedMessage } from './layer.js';
import { messageLayer } from './layers.js';
import { concat, type Fields } from './named-fields.js';
import { packetFault } from './packet-fields.js';
import { SpdmPairs } from './spdm-pairs.js';

/** A packet, or bytes that are none. */
export interface Captured {
  /** Undefined where nobody took the time. */
  readonly timeUs: number | undefined;
  /** In the words of the recording: "from-linux", "rx". */
  readonly dir: string | undefined;
  /** The packet; of a fault, the bytes in which none was found. */
  readonly bytes: Uint8Array;
  readonly frame: Fields;
  readonly fault: string | undefined;
}

export interface CapturedMessage {
  readonly timeUs: number | undefined;
  readonly dir: string | undefined;
  readonly src: number;
  readonly dest: number;
  readonly to: boolean;
  readonly tag: number;
  readonly ic: boolean;
  readonly type: number;
  /** Type byte included. */
  readonly bytes: Uint8Array;
  /** How many packets it took. */
  readonly packets: number;
  readonly decoded: DecodedMessage | undefined;
  /** Why it could not be decoded, though its type is known. */
  readonly error: string | undefined;
  /** The request this message answers. */
  readonly request: CapturedMessage | undefined;
}

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

/** Requests that wait for their answer; more than the tags of a busy system. */
const MAX_WAITING = 4096;

/** Every message is of interest, whatever it is for. */
const ANY_RECEIVER = { deliver: () => true };

export class Conversation {
  readonly #clock = new VirtualClock();
  readonly #drops = newDropCounters();
  readonly #reassembler: Reassembler;
  /** Packets so far of messages in progress. */
  readonly #counts = new Map<number, number>();
  readonly #requests: CapturedMessage[] = [];
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
    const message = { ...common, request: common.to ? undefined : this.#requestOf(common) };
    if (message.to) this.#remember(message);
    return message;
  }

  #remember(request: CapturedMessage): void {
    if (this.#requests.length >= MAX_WAITING) this.#requests.shift();
    this.#requests.push(request);
  }

  /** The latest request the answer fits; it is answered then. */
  #requestOf(answer: Omit<CapturedMessage, 'request'>): CapturedMessage | undefined {
    const index = this.#requests.findLastIndex((request) => answers(answer, request));
    return index < 0 ? undefined : this.#requests.splice(index, 1)[0];
  }
}

/** A message of a type that can be decoded; nothing for others. `about`: what it does not say itself. */
export function decodeMessage(
  type: number,
  bytes: Uint8Array,
  about: Fields = {},
): { readonly decoded: DecodedMessage | undefined; readonly error: string | undefined } {
  try {
    return { decoded: messageLayer(type)?.decode(bytes, about), error: undefined };
  } catch (error) {
    if (!(error instanceof MctpError)) throw error;
    return { decoded: undefined, error: error.message };
  }
}

/** Do the commands and instance ids of two messages of a type fit? */
export function isAnswerTo(type: number, request: DecodedMessage, answer: DecodedMessage): boolean {
  const ofLayer = messageLayer(type)?.isAnswer;
  if (ofLayer !== undefined) return ofLayer(request, answer);
  return request.instanceId === answer.instanceId && request.command === answer.command;
}

function answers(answer: Omit<CapturedMessage, 'request'>, request: CapturedMessage): boolean {
  if (request.type !== answer.type || request.tag !== answer.tag || request.src !== answer.dest) return false;
  if (request.dir !== undefined && request.dir === answer.dir) return false;
  const asked = request.decoded;
  const said = answer.decoded;
  if (asked !== undefined && said !== undefined) {
    if (!isAnswerTo(request.type, asked, said)) return false;
  }
  // Asked by physical address, all at once, or told to take another EID: another EID answers.
  const renamed = request.type === MESSAGE_TYPE.control && asked?.command === 'SetEndpointID';
  return request.dest === answer.src || request.dest === EID_NULL || request.dest === EID_BROADCAST || renamed;
}

/** Source, destination, TO and tag of the packet at buffer[start]. */
function countKey(buffer: Uint8Array, start: number): number {
  return (buffer[start + 2]! << 16) | (buffer[start + 1]! << 8) | (buffer[start + 3]! & TAG_KEY_MASK);
}

/** Payload bytes of a packet, its header not counted. */
export function payloadLength(packet: Uint8Array): number {
  return Math.max(0, packet.length - HEADER_SIZE);
}
