/**
 * Messages from packets (DSP0236 §8.5-8.8), strict, one reassembler per link. An assembly is known by (source,
 * destination, TO, tag), and by the physical address too where the source has no EID, so no peer can disturb another.
 */

import type { Clock, Timer } from '../clock.js';
import type { DropCounters, DropReason } from '../counters.js';
import type { Limits } from '../limits.js';
import type { PhysicalAddress } from '../link.js';
import { FLAG_EOM, FLAG_SOM, HEADER_SIZE, SEQ_MASK, SEQ_SHIFT, TAG_KEY_MASK } from '../packet.js';
import { allocatePiece, copyRange, finishPiece, ownCopy, type Piece } from '../util/slab.js';
import type { Receiver } from './receiver.js';

/** What the reassembler needs to know of, and tell, the stack. The header of a packet starts at buffer[start]. */
export interface ReassemblyHost {
  /** What receives a message that starts with this packet; or the reason why nothing does. */
  admit(buffer: Uint8Array, start: number, from: PhysicalAddress): Receiver | DropReason;
  /** A whole message, for what was admitted when it began. `payload` is the receiver's own; the header is the last one. */
  deliver(
    receiver: Receiver,
    typeByte: number,
    payload: Uint8Array,
    buffer: Uint8Array,
    start: number,
    from: PhysicalAddress,
  ): void;
}

interface Assembly {
  readonly key: number;
  readonly peer: PeerShare;
  readonly from: PhysicalAddress;
  /** Or why the whole message is being thrown away. */
  readonly receiver: Receiver | DropReason;
  readonly typeByte: number;
  /** Payload size of the first packet; all but the last must have it. */
  readonly unit: number;
  piece: Piece;
  length: number;
  nextSeq: number;
  tick: number;
}

interface PeerShare {
  readonly id: number;
  bytes: number;
  assemblies: number;
}

/** The assembly time-out is measured in this many steps, so that no packet needs to look at the clock. */
const TICKS = 8;
const FIRST_CAPACITY = 512;
/** In the key of an assembly. */
const PEER_SHIFT = 12;
const EMPTY: Piece = { array: new Uint8Array(0), buffer: new ArrayBuffer(0), at: 0, capacity: 0 };

export class Reassembler {
  readonly #assemblies = new Map<number, Assembly>();
  readonly #peers = new Map<number, PeerShare>();
  readonly #addressIndex = new Map<PhysicalAddress, number>();
  #bytes = 0;
  #tick = 0;
  #timer: Timer | undefined;
  /** Size of the last long message: the next one of a transfer is likely as long. */
  #sizeHint = FIRST_CAPACITY;
  #last: Assembly | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly limits: Limits,
    private readonly drops: DropCounters,
    private readonly host: ReassemblyHost,
  ) {}

  /** Assemblies in progress. */
  get size(): number {
    return this.#assemblies.size;
  }

  /** Bytes reserved for them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Take a packet that is for us: at least five bytes, version and EIDs checked. Says why it dropped it, if it did. */
  packet(buffer: Uint8Array, start: number, end: number, from: PhysicalAddress): DropReason | undefined {
    const key = this.#key(buffer, start, from);
    if ((buffer[start + 3]! & FLAG_SOM) !== 0) return this.#start(key, buffer, start, end, from);
    const last = this.#last;
    const assembly = last !== undefined && last.key === key ? last : this.#assemblies.get(key);
    if (assembly === undefined) return 'unexpectedPacket';
    return this.#append(assembly, buffer, start, end);
  }

  /** Forget everything; no timer is left behind. */
  clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#assemblies.clear();
    this.#peers.clear();
    this.#addressIndex.clear();
    this.#bytes = 0;
    this.#last = undefined;
  }

  #start(key: number, buffer: Uint8Array, start: number, end: number, from: PhysicalAddress): DropReason | undefined {
    if (this.#assemblies.size > 0) {
      const old = this.#assemblies.get(key);
      if (old !== undefined) {
        this.drops.restarted++;
        this.#remove(old);
      }
    }
    const payload = start + HEADER_SIZE;
    if (end - payload > this.limits.messageBytes) return 'messageTooLong';
    const receiver = this.host.admit(buffer, start, from);
    if ((buffer[start + 3]! & FLAG_EOM) === 0) return this.#open(key, buffer, start, end, from, receiver);
    if (typeof receiver === 'string') return receiver;
    this.host.deliver(receiver, buffer[payload]!, ownCopy(buffer, payload + 1, end), buffer, start, from);
    return undefined;
  }

  #open(
    key: number,
    buffer: Uint8Array,
    start: number,
    end: number,
    from: PhysicalAddress,
    receiver: Receiver | DropReason,
  ): DropReason | undefined {
    if (this.#assemblies.size >= this.limits.assemblies) {
      // What is thrown away anyhow needs no place.
      if (typeof receiver === 'string') return receiver;
      if (!this.#makeRoom(from)) return 'assemblyLimit';
    }
    const payload = start + HEADER_SIZE;
    const peerId = key >> PEER_SHIFT;
    let peer = this.#peers.get(peerId);
    if (peer === undefined) this.#peers.set(peerId, (peer = { id: peerId, bytes: 0, assemblies: 0 }));
    const assembly: Assembly = {
      key,
      peer,
      from,
      receiver,
      typeByte: buffer[payload]!,
      unit: end - payload,
      piece: EMPTY,
      length: 0,
      nextSeq: (((buffer[start + 3]! >> SEQ_SHIFT) & SEQ_MASK) + 1) & SEQ_MASK,
      tick: this.#tick,
    };
    peer.assemblies++;
    this.#assemblies.set(key, assembly);
    this.#last = assembly;
    this.#timer ??= this.clock.schedule(this.limits.assemblyTimeoutMs / TICKS, () => this.#onTick());
    if (typeof receiver === 'string') return undefined;
    const length = end - payload - 1;
    const refused = this.#reserve(assembly, length, this.#sizeHint);
    if (refused !== undefined) return this.#abort(assembly, refused);
    copyRange(buffer, payload + 1, end, assembly.piece.array, assembly.piece.at);
    assembly.length = length;
    return undefined;
  }

  #append(assembly: Assembly, buffer: Uint8Array, start: number, end: number): DropReason | undefined {
    const flags = buffer[start + 3]!;
    if (((flags >> SEQ_SHIFT) & SEQ_MASK) !== assembly.nextSeq) {
      return this.#abort(assembly, 'wrongSequence');
    }
    const payload = start + HEADER_SIZE;
    const size = end - payload;
    const last = (flags & FLAG_EOM) !== 0;
    if (last ? size > assembly.unit : size !== assembly.unit) {
      return this.#abort(assembly, last ? 'endTooLarge' : 'middleSizeChanged');
    }
    assembly.nextSeq = (assembly.nextSeq + 1) & SEQ_MASK;
    assembly.tick = this.#tick;
    const { receiver } = assembly;
    if (typeof receiver === 'string') return last ? this.#abort(assembly, receiver) : undefined;
    const length = assembly.length + size;
    if (length > assembly.piece.capacity) {
      const refused = this.#reserve(assembly, length, length * 2);
      if (refused !== undefined) return this.#abort(assembly, refused);
    }
    copyRange(buffer, payload, end, assembly.piece.array, assembly.piece.at + assembly.length);
    assembly.length = length;
    if (!last) return undefined;
    this.#remove(assembly);
    this.#sizeHint = length;
    const { typeByte, from, piece } = assembly;
    this.host.deliver(receiver, typeByte, finishPiece(piece, length), buffer, start, from);
    return undefined;
  }

  /** Make room for `needed` payload bytes, `wish` where the limits allow; or say why there is none. */
  #reserve(assembly: Assembly, needed: number, wish: number): DropReason | undefined {
    // The type byte counts in the limit but is not kept in the buffer.
    const most = this.limits.messageBytes - 1;
    if (needed > most) return 'messageTooLong';
    let capacity = Math.min(most, Math.max(needed, wish));
    const present = assembly.piece;
    let more = capacity - present.capacity;
    const ofLink = this.limits.assemblyBytes - this.#bytes;
    const ofPeer = this.limits.assemblyBytesPerPeer - assembly.peer.bytes;
    // More than is there is reserved from the first half only: first fragments alone cannot fill all of it.
    if (more > Math.min(ofPeer, ofLink - this.limits.assemblyBytes / 2)) {
      capacity = needed;
      more = needed - present.capacity;
      if (more > Math.min(ofPeer, ofLink)) return 'assemblyLimit';
    }
    const grown = allocatePiece(capacity);
    if (assembly.length > 0) copyRange(present.array, present.at, present.at + assembly.length, grown.array, grown.at);
    assembly.piece = grown;
    this.#bytes += more;
    assembly.peer.bytes += more;
    return undefined;
  }

  /**
   * First goes what is thrown away anyhow. Then the physical address with the most assemblies loses its oldest, whatever
   * EIDs it claims: others keep their messages. Of the one that wants room only what has stood still for a step goes.
   * False: there is none of that.
   */
  #makeRoom(newcomer: PhysicalAddress): boolean {
    const counts = new Map<PhysicalAddress, number>();
    let greediest: PhysicalAddress = '';
    let most = 1;
    for (const assembly of this.#assemblies.values()) {
      const { from } = assembly;
      if (typeof assembly.receiver === 'string') return this.#evict(assembly);
      const count = (counts.get(from) ?? 0) + 1;
      counts.set(from, count);
      if (count > most) {
        most = count;
        greediest = from;
      }
    }
    const own = counts.get(newcomer) === most;
    if (most === 1 && !own) return false;
    const loser = own ? newcomer : greediest;
    for (const assembly of this.#assemblies.values()) {
      if (assembly.from === loser && (!own || this.#tick - assembly.tick > 1)) return this.#evict(assembly);
    }
    return false;
  }

  #evict(assembly: Assembly): true {
    this.drops.assemblyLimit++;
    this.#remove(assembly);
    return true;
  }

  #abort(assembly: Assembly, reason: DropReason): DropReason {
    this.#remove(assembly);
    return reason;
  }

  #remove(assembly: Assembly): void {
    this.#assemblies.delete(assembly.key);
    if (this.#last === assembly) this.#last = undefined;
    this.#bytes -= assembly.piece.capacity;
    const peer = assembly.peer;
    peer.bytes -= assembly.piece.capacity;
    // There are few EIDs, and each is likely to send again.
    if (--peer.assemblies === 0 && peer.id >= 0x100) this.#peers.delete(peer.id);
  }

  #onTick(): void {
    this.#timer = undefined;
    this.#tick++;
    for (const assembly of this.#assemblies.values()) {
      if (this.#tick - assembly.tick <= TICKS) continue;
      this.drops.assemblyTimeout++;
      this.#remove(assembly);
    }
    if (this.#assemblies.size > 0) {
      this.#timer = this.clock.schedule(this.limits.assemblyTimeoutMs / TICKS, () => this.#onTick());
    } else {
      this.#addressIndex.clear();
    }
  }

  /** The peer, our EID it sent to, TO and tag. */
  #key(buffer: Uint8Array, start: number, from: PhysicalAddress): number {
    const source = buffer[start + 2]!;
    const peer = source === 0 ? 0x100 + this.#indexOf(from) : source;
    return (peer << PEER_SHIFT) | (buffer[start + 1]! << 4) | (buffer[start + 3]! & TAG_KEY_MASK);
  }

  /** A small number for a physical address; they are forgotten whenever no assembly is left. */
  #indexOf(from: PhysicalAddress): number {
    let index = this.#addressIndex.get(from);
    if (index === undefined) {
      if (this.#addressIndex.size >= 0x7fff && this.#assemblies.size === 0) this.#addressIndex.clear();
      index = this.#addressIndex.size & 0x7fff;
      this.#addressIndex.set(from, index);
    }
    return index;
  }
}
