/** Devices which break one rule of the transport: for the bench, so that each check is seen to fail. */

import { FLAG_EOM, FLAG_SOM, FLAG_TO, SEQ_MASK, SEQ_SHIFT, TAG_KEY_MASK } from '../../../stack/packet.js';
import type { Behaviour } from '../../bench/device/behaviour.js';
import { rewritePacketIn, rewritePacketOut } from '../../bench/device/rewrites.js';

/** A packet that comes in, taken apart. Its bytes may be changed. */
export interface IncomingPacket {
  readonly bytes: Uint8Array;
  readonly som: boolean;
  readonly eom: boolean;
  readonly seq: number;
  /** Source EID, TO and tag. */
  readonly key: number;
}

/** Drop the packets that `wanted` says. */
export function dropsIn(wanted: (packet: IncomingPacket) => boolean): Behaviour {
  return changesIn((packet) => (wanted(packet) ? [] : [packet.bytes]));
}

/** What comes in instead of a packet. */
export function changesIn(change: (packet: IncomingPacket) => readonly Uint8Array[]): Behaviour {
  return rewritePacketIn((bytes) => (bytes.length < 4 ? [bytes] : change(parts(bytes))));
}

/** One byte of packets that go out. */
export function changesOut(
  at: number,
  change: (byte: number, packet: Uint8Array) => number,
  wanted: (packet: Uint8Array) => boolean = () => true,
): Behaviour {
  return rewritePacketOut((packet) => {
    if (wanted(packet)) packet[at] = change(packet[at]!, packet);
    return packet;
  });
}

/** Assemblies in progress, as the mutant knows them: by key, with the sequence number that comes next. */
export class Assemblies {
  readonly next = new Map<number, number>();

  isOpen({ key }: IncomingPacket): boolean {
    return this.next.has(key);
  }

  /** An assembly of another key. */
  get otherThan(): (packet: IncomingPacket) => number | undefined {
    return ({ key }) => [...this.next.keys()].find((one) => one !== key);
  }

  isExpected({ key, seq }: IncomingPacket): boolean {
    return this.next.get(key) === seq;
  }

  take({ key, som, eom, seq }: IncomingPacket): void {
    if (eom) this.next.delete(key);
    else if (som || this.next.has(key)) this.next.set(key, (seq + 1) & SEQ_MASK);
  }
}

function parts(bytes: Uint8Array): IncomingPacket {
  const flags = bytes[3]!;
  return {
    bytes,
    som: (flags & FLAG_SOM) !== 0,
    eom: (flags & FLAG_EOM) !== 0,
    seq: (flags >> SEQ_SHIFT) & SEQ_MASK,
    key: (bytes[2]! << 4) | (flags & TAG_KEY_MASK),
  };
}

/** The packet with other bits in its last header byte. */
export function withFlags(bytes: Uint8Array, set: number, clear = 0): Uint8Array {
  bytes[3] = (bytes[3]! & ~clear) | set;
  return bytes;
}

export const WHOLE = FLAG_SOM | FLAG_EOM;
export { FLAG_SOM, FLAG_TO };
