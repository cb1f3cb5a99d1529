/**
 * Packets as SMBus block writes (DSP0237). On the wire: address byte, command 0x0f, byte count, source address with
 * bit 0 set, packet, PEC. The frames here begin behind the address byte, as I2C drivers take and give them.
 */

import { MctpError } from '../../stack/errors.js';
import { pec, pecOfAddress } from './pec.js';

export const COMMAND_MCTP = 0x0f;
/** Command, byte count, source address. */
const PREFIX = 3;
/** What a frame adds to its packet. */
export const FRAME_OVERHEAD = PREFIX + 1;
const MIN_PACKET = 5;
/** The byte count covers the source address too. */
export const MAX_PACKET = 254;
export const MAX_FRAME = MAX_PACKET + FRAME_OVERHEAD;
const HEADER_VERSION = 1;

/**
 * Write the packet in packet[start, end), 1..254 bytes, from our address to another, as a frame to target[at...];
 * returns where the frame, PEC included, ends.
 * @throws MctpError EMSGSIZE, ENOBUFS
 */
export function encodeFrame(
  packet: Uint8Array,
  start: number,
  end: number,
  source: number,
  destination: number,
  target: Uint8Array,
  at: number,
): number {
  const length = end - start;
  if (length < 1 || length > MAX_PACKET) {
    throw new MctpError('EMSGSIZE', `an SMBus frame holds 1 to ${MAX_PACKET} bytes of packet, not ${length}`);
  }
  if (at + FRAME_OVERHEAD + length > target.length) throw new MctpError('ENOBUFS', 'no room for the frame');
  target[at] = COMMAND_MCTP;
  target[at + 1] = 1 + length;
  target[at + 2] = (source << 1) | 1;
  let out = at + PREFIX;
  for (let from = start; from < end; from++) target[out++] = packet[from]!;
  target[out] = pec(target, at, out, pecOfAddress(destination));
  return out + 1;
}

/** What a receiver counts, one counter per check of DSP0237; live. */
export interface SmbusReceiveCounters {
  rxPackets: number;
  /** Packet bytes, without framing. */
  rxBytes: number;
  /** Another command code than 0x0f: not for MCTP at all. */
  rxBadCommand: number;
  /** Byte count and length of the transfer disagree, or there is no byte count. */
  rxBadByteCount: number;
  rxPecErrors: number;
  /** Frames that end before their PEC: dropped, or with the policy `accept` received. */
  rxPecMissing: number;
  /** Source address byte with bit 0 clear: IPMI. */
  rxBadSource: number;
  /** Not to our address. */
  rxOtherDestination: number;
  /** From our own address. */
  rxOwnSource: number;
  /** Packet shorter than 5 bytes or longer than we take. */
  rxBadLength: number;
  rxBadVersion: number;
}

export function smbusReceiveCounters(): SmbusReceiveCounters {
  return {
    rxPackets: 0,
    rxBytes: 0,
    rxBadCommand: 0,
    rxBadByteCount: 0,
    rxPecErrors: 0,
    rxPecMissing: 0,
    rxBadSource: 0,
    rxOtherDestination: 0,
    rxOwnSource: 0,
    rxBadLength: 0,
    rxBadVersion: 0,
  };
}

/** A frame without PEC: drop it, or take it as it is. A PEC that is there and wrong always drops the frame. */
export type PecPolicy = 'require' | 'accept';

export interface SmbusFrameSink {
  /** The packet in buffer[start, end), from the 7-bit address; the range is only valid during the call. */
  packet(buffer: Uint8Array, start: number, end: number, source: number): void;
  /** A frame was dropped: why, and all of it. */
  fault(what: string, buffer: Uint8Array, start: number, end: number): void;
}

export interface SmbusReceiverOptions {
  /** Our 7-bit address. */
  readonly ownAddress: number;
  /** Default `require`. */
  readonly pec?: PecPolicy;
  /** Longest packet to accept, header included; default 254. */
  readonly maxPacket?: number;
  readonly counters?: SmbusReceiveCounters;
}

export class SmbusReceiver {
  readonly counters: SmbusReceiveCounters;
  readonly #sink: SmbusFrameSink;
  readonly #own: number;
  readonly #acceptWithoutPec: boolean;
  readonly #maxPacket: number;

  constructor(sink: SmbusFrameSink, options: SmbusReceiverOptions) {
    this.#sink = sink;
    this.#own = options.ownAddress;
    this.#acceptWithoutPec = options.pec === 'accept';
    this.#maxPacket = options.maxPacket ?? MAX_PACKET;
    this.counters = options.counters ?? smbusReceiveCounters();
  }

  /** One write by some controller to the 7-bit address `destination`: buffer[start, end), without the address byte. */
  frame(buffer: Uint8Array, start: number, end: number, destination: number): void {
    const why = this.#check(buffer, start, end, destination);
    if (why !== undefined) {
      this.#sink.fault(why, buffer, start, end);
      return;
    }
    const packetEnd = start + 2 + buffer[start + 1]!;
    this.counters.rxPackets++;
    this.counters.rxBytes += packetEnd - start - PREFIX;
    this.#sink.packet(buffer, start + PREFIX, packetEnd, buffer[start + 2]! >> 1);
  }

  /** The checks in the order of the standard; the first that fails is counted and named. */
  #check(buffer: Uint8Array, start: number, end: number, destination: number): string | undefined {
    const { counters } = this;
    const length = end - start;
    if (length < 1 || buffer[start] !== COMMAND_MCTP) {
      counters.rxBadCommand++;
      return 'not the MCTP command code';
    }
    const count = length < 2 ? 0 : buffer[start + 1]!;
    const body = 2 + count;
    if (count < 1 || (length !== body + 1 && length !== body)) {
      counters.rxBadByteCount++;
      return 'bad byte count';
    }
    if (length === body) {
      // A count that is one too many looks the same, but there the last byte is a PEC. Only a difference of words: with
      // the policy `accept` a real last byte that happens to equal it must not cost the packet.
      if (!this.#acceptWithoutPec && pec(buffer, start, end - 1, pecOfAddress(destination)) === buffer[end - 1]) {
        counters.rxBadByteCount++;
        return 'bad byte count';
      }
      counters.rxPecMissing++;
      if (!this.#acceptWithoutPec) return 'PEC missing';
    } else if (pec(buffer, start, end - 1, pecOfAddress(destination)) !== buffer[end - 1]) {
      counters.rxPecErrors++;
      return 'bad PEC';
    }
    const source = buffer[start + 2]!;
    if ((source & 1) === 0) {
      counters.rxBadSource++;
      return 'source address is not of MCTP';
    }
    if (destination !== this.#own) {
      counters.rxOtherDestination++;
      return 'not for our address';
    }
    if (source >> 1 === this.#own) {
      counters.rxOwnSource++;
      return 'from our own address';
    }
    if (count - 1 < MIN_PACKET || count - 1 > this.#maxPacket) {
      counters.rxBadLength++;
      return 'bad packet length';
    }
    if ((buffer[start + PREFIX]! & 0x0f) !== HEADER_VERSION) {
      counters.rxBadVersion++;
      return 'unknown header version';
    }
    return undefined;
  }
}
