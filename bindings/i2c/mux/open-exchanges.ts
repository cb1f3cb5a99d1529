/**
 * What is under way on a channel of a mux, told by the packets which go by: an answer reaches us only while the channel of
 * its device is selected.
 */

import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { NVME_MI } from '../../../stack/nvme-mi/mi-protocol.js';
import { FLAG_EOM, FLAG_SOM, FLAG_TO, TAG_KEY_MASK, TYPE_MASK } from '../../../stack/packet.js';
import { COMMAND_MCTP } from '../../smbus/smbus-framing.js';

/** Most exchanges at a time: new requests wait while there are as many. */
const MOST = 256;
/** A device which says that it needs more time is waited for so long, however often it says so; ms. Later answers may be lost. */
const MOST_PROCESSING_MS = 30_000;
/** Command code, byte count, source address, and the MCTP header: where things are in a frame without its address byte. */
const SOURCE_AT = 2;
const DESTINATION_EID_AT = 4;
const SOURCE_EID_AT = 5;
const FLAGS_AT = 6;
const PAYLOAD_AT = 7;

type Side = 'ours' | 'theirs';

export class OpenExchanges {
  /** When each is given up, by what it is. */
  readonly #until = new Map<number, number>();
  /** The same for those which asked for more time, when there is no more of it. */
  readonly #latest = new Map<number, number>();

  /** `holdMs`: from the last packet of an exchange to its end when no other comes. */
  constructor(private readonly holdMs: number) {}

  get any(): boolean {
    return this.#until.size > 0;
  }

  get full(): boolean {
    return this.#until.size >= MOST;
  }

  /** When the next one is given up; undefined: there is none. */
  get nextEnd(): number | undefined {
    return this.any ? Math.min(...this.#until.values()) : undefined;
  }

  /** buffer[start, end): a frame of ours which the device at the address has. */
  sent(buffer: Uint8Array, start: number, end: number, address: number, now: number): void {
    if (!isPacket(buffer, start, end)) return;
    const flags = buffer[start + FLAGS_AT]!;
    const eid = buffer[start + DESTINATION_EID_AT]!;
    const key = keyOf(address, eid, flags, 'ours');
    // An answer of ours ends what it answers with its last packet.
    if ((flags & FLAG_TO) === 0 && (flags & FLAG_EOM) !== 0) this.#end(key);
    else {
      // A tag which is used again is another exchange.
      this.#latest.delete(key);
      this.#until.set(key, now + this.holdMs);
    }
  }

  /** buffer[start, end): a frame which came. */
  heard(buffer: Uint8Array, start: number, end: number, now: number): void {
    if (!isPacket(buffer, start, end)) return;
    const flags = buffer[start + FLAGS_AT]!;
    const address = sourceOf(buffer, start);
    const eid = buffer[start + SOURCE_EID_AT]!;
    const last = (flags & FLAG_EOM) !== 0;
    if ((flags & FLAG_TO) !== 0) {
      // Their own message: all of it, then what becomes of it needs no channel until we write.
      const key = keyOf(address, eid, flags, 'theirs');
      if (last) this.#end(key);
      else if (this.#until.has(key) || !this.full) this.#until.set(key, now + this.holdMs);
      return;
    }
    // A device which was asked by address, without an EID, has one in the answer.
    let key = keyOf(address, eid, flags | FLAG_TO, 'ours');
    if (!this.#until.has(key)) key = keyOf(address, 0, flags | FLAG_TO, 'ours');
    if (!this.#until.has(key)) return;
    const more = processingMs(buffer, start, end, flags);
    if (more !== undefined) this.#extend(key, now, more);
    else if (last) this.#end(key);
    else this.#until.set(key, now + this.holdMs);
  }

  /** A write failed: an exchange which had not begun is none. */
  failed(buffer: Uint8Array, start: number, end: number, address: number): void {
    if (!isPacket(buffer, start, end)) return;
    const flags = buffer[start + FLAGS_AT]!;
    if ((flags & FLAG_SOM) === 0) return;
    this.#end(keyOf(address, buffer[start + DESTINATION_EID_AT]!, flags, 'ours'));
  }

  /** @returns how many were given up */
  expire(now: number): number {
    let expired = 0;
    for (const [key, until] of this.#until) {
      if (until > now) continue;
      this.#end(key);
      expired++;
    }
    return expired;
  }

  clear(): void {
    this.#until.clear();
    this.#latest.clear();
  }

  #extend(key: number, now: number, ms: number): void {
    let latest = this.#latest.get(key);
    if (latest === undefined) this.#latest.set(key, (latest = now + MOST_PROCESSING_MS + this.holdMs));
    this.#until.set(key, Math.min(now + ms + this.holdMs, latest));
  }

  #end(key: number): void {
    this.#until.delete(key);
    this.#latest.delete(key);
  }
}

/** The first packet of something for which an answer, or more packets, may follow. */
export function beginsExchange(buffer: Uint8Array, start: number, end: number): boolean {
  if (!isPacket(buffer, start, end)) return true;
  const flags = buffer[start + FLAGS_AT]!;
  return (flags & FLAG_SOM) !== 0 && (flags & FLAG_TO) !== 0;
}

/** A whole frame of an MCTP packet. */
export function isPacket(buffer: Uint8Array, start: number, end: number): boolean {
  return end - start > PAYLOAD_AT && buffer[start] === COMMAND_MCTP;
}

/** The 7-bit address of the sender of the packet. */
export function sourceOf(buffer: Uint8Array, start: number): number {
  return buffer[start + SOURCE_AT]! >> 1;
}

function keyOf(address: number, eid: number, flags: number, side: Side): number {
  return (address << 13) | (eid << 5) | ((flags & TAG_KEY_MASK) << 1) | (side === 'ours' ? 1 : 0);
}

/** A drive of NVMe-MI which says that it needs more time answers once more; ms, without what the packet says otherwise. */
function processingMs(buffer: Uint8Array, start: number, end: number, flags: number): number | undefined {
  const whole = FLAG_SOM | FLAG_EOM;
  if ((flags & whole) !== whole || (buffer[start + PAYLOAD_AT]! & TYPE_MASK) !== MESSAGE_TYPE.nvmeMi) return undefined;
  return NVME_MI.moreProcessing?.waitMs(buffer.subarray(start + PAYLOAD_AT + 1, end));
}
