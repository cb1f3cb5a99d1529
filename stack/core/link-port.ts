/** A link in use by the stack: its network, our EIDs on it, its queue and its reassembler. */

import type { Clock } from '../clock.js';
import { type DropReason, type LinkCounters, newLinkCounters } from '../counters.js';
import { MctpError } from '../errors.js';
import { EID_BROADCAST, EID_MIN, type Eid } from '../ids.js';
import type { Limits } from '../limits.js';
import type { Link, LinkHost, PhysicalAddress } from '../link.js';
import { FLAG_TO, HEADER_SIZE, HEADER_VERSION, TAG_MASK, TYPE_IC, TYPE_MASK } from '../packet.js';
import type { MctpMessage } from '../transport.js';
import type { Network } from './network.js';
import { Reassembler } from './reassembly.js';
import { Peer, type TagOwner } from './tags.js';
import type { TapOrder } from './tap.js';
import { TransmitQueue } from './transmit-queue.js';

/** What a link asks of the rest of the stack. */
export interface LinkOwner {
  readonly clock: Clock;
  readonly limits: Limits;
  /** Is anybody bound to receive this? */
  listens(link: LinkPort, type: number, destination: number, source: number): boolean;
  /** A request or datagram for us; false when nobody is bound to receive it (any more). */
  requested(message: MctpMessage): boolean;
  /** A packet for somebody else. */
  forward(from: LinkPort, buffer: Uint8Array, start: number, end: number): DropReason | undefined;
  linkChanged(link: LinkPort, reason: MctpError | undefined): void;
}

/** Told when the link goes down: requests whose answer can no longer come. */
export interface LinkDependent {
  linkDown(reason: MctpError): void;
}

export class LinkPort implements LinkHost {
  readonly counters: LinkCounters = newLinkCounters();
  readonly queue: TransmitQueue;
  /** Our EIDs on this link, oldest first. */
  readonly eids: Eid[] = [];
  readonly dependents = new Set<LinkDependent>();
  readonly #reassembler: Reassembler;
  readonly #physicalPeers = new Map<PhysicalAddress, Peer>();
  #up = false;
  #downReason: MctpError | undefined;
  #leaving = false;
  #detached = false;
  #closing: Promise<void> | undefined;
  /** Who waits for the answer admitted last. */
  admitted: TagOwner | undefined;
  #tap: TapOrder | undefined;

  constructor(
    readonly link: Link,
    readonly network: Network,
    /** Payload bytes per packet we send where no route says otherwise. */
    public transmissionUnit: number,
    private readonly owner: LinkOwner,
  ) {
    this.queue = new TransmitQueue(link, owner.limits, this.counters);
    this.#reassembler = new Reassembler(owner.clock, owner.limits, this.counters.drops, this);
    link.attach(this);
  }

  get name(): string {
    return this.link.name;
  }

  get up(): boolean {
    return this.#up && !this.#leaving;
  }

  /** Why the link is down; undefined while it is up or was never opened. */
  get downReason(): MctpError | undefined {
    return this.#downReason;
  }

  /** Assemblies in progress. */
  get assemblies(): number {
    return this.#reassembler.size;
  }

  setTap(tap: TapOrder | undefined): void {
    this.#tap = tap;
    this.queue.tap =
      tap === undefined
        ? undefined
        : {
            begin: () => tap.begin(),
            end: (place, taken, buffer, start, end, to) =>
              tap.end(
                place,
                taken ? { link: this.name, direction: 'tx', physicalAddress: to, buffer, start, end } : undefined,
              ),
          };
  }

  /** The device at a physical address, for exchanges that are not tied to its EID. */
  physicalPeer(address: PhysicalAddress): Peer {
    let peer = this.#physicalPeers.get(address);
    if (peer === undefined) {
      this.#forgetIdlePeers();
      peer = new Peer(`${this.name}${address === '' ? '' : `/0x${address}`}`, this.owner.clock, this.owner.limits);
      this.#physicalPeers.set(address, peer);
    }
    return peer;
  }

  /** The device at the address, where it is asked without its EID too: part of a path to its EID. */
  physicalRivals(address: PhysicalAddress): readonly Peer[] | undefined {
    if (this.#physicalPeers.size === 0) return undefined;
    const peer = this.#physicalPeers.get(address);
    return peer === undefined ? undefined : [peer];
  }

  // LinkHost

  receive(buffer: Uint8Array, start: number, end: number, from: PhysicalAddress): void {
    if (this.#detached) return;
    const tap = this.#tap;
    if (tap === undefined) {
      this.#accept(buffer, start, end, from);
      return;
    }
    const place = tap.begin();
    let drop: DropReason | undefined;
    try {
      drop = this.#accept(buffer, start, end, from);
    } finally {
      const event = { link: this.name, direction: 'rx' as const, physicalAddress: from, buffer, start, end };
      tap.end(place, drop === undefined ? event : { ...event, fault: drop });
    }
  }

  transmitted(slot: number, error?: MctpError): void {
    this.queue.transmitted(slot, error);
  }

  ready(): void {
    this.queue.ready();
  }

  state(up: boolean, reason?: MctpError): void {
    if (up === this.#up || this.#detached || (up && this.#leaving)) return;
    this.#up = up;
    if (up) {
      this.#downReason = undefined;
      // First the news, then the packets: a synchronous link may be down again before the queue returns.
      this.owner.linkChanged(this, reason);
      this.queue.setUp();
    } else {
      const error = new MctpError(
        'ENETDOWN',
        `link ${this.name} is down${reason === undefined ? '' : `: ${reason.message}`}`,
        {
          cause: reason,
        },
      );
      this.#downReason = error;
      this.queue.setDown(error);
      for (const dependent of [...this.dependents]) dependent.linkDown(error);
      this.#reassembler.clear();
      this.owner.linkChanged(this, reason);
    }
  }

  fault(what: string, buffer?: Uint8Array, start = 0, end = buffer?.length ?? 0): void {
    this.counters.drops.linkFault++;
    const tap = this.#tap;
    tap?.end(tap.begin(), {
      link: this.name,
      direction: 'rx',
      physicalAddress: '',
      buffer: buffer ?? new Uint8Array(0),
      start,
      end,
      fault: what,
    });
  }

  // ReassemblyHost

  admit(
    source: number,
    destination: number,
    flags: number,
    typeByte: number,
    from: PhysicalAddress,
  ): DropReason | undefined {
    this.admitted = undefined;
    if ((flags & FLAG_TO) !== 0) {
      return this.owner.listens(this, typeByte & TYPE_MASK, destination, source) ? undefined : 'noListener';
    }
    const tag = flags & TAG_MASK;
    const peer = this.network.findPeer(source);
    const physical = this.#physicalPeers.get(from);
    this.admitted = peer?.ownerOf(tag) ?? physical?.ownerOf(tag);
    if (this.admitted !== undefined) return undefined;
    if (!peer?.rests(tag) && !physical?.rests(tag)) return 'unknownTag';
    if (peer !== undefined) peer.counters.lateReplies++;
    return 'lateReply';
  }

  deliver(
    source: number,
    destination: number,
    flags: number,
    typeByte: number,
    payload: Uint8Array,
    from: PhysicalAddress,
    admitted: TagOwner | undefined,
  ): void {
    this.counters.rxMessages++;
    const message: MctpMessage = {
      network: this.network.id,
      source,
      destination,
      type: typeByte & TYPE_MASK,
      integrityCheck: (typeByte & TYPE_IC) !== 0,
      tag: flags & TAG_MASK,
      tagOwner: (flags & FLAG_TO) !== 0,
      link: this.name,
      physicalAddress: from,
      payload,
    };
    const counters = this.network.peer(source).counters;
    counters.rxMessages++;
    counters.rxBytes += payload.length + 1;
    if (!message.tagOwner) this.#answered(message, admitted);
    else if (!this.owner.requested(message)) this.counters.drops.noListener++;
  }

  async open(): Promise<void> {
    // What is being closed goes down at its end: not what was opened meanwhile.
    await this.#closing;
    await this.link.open();
  }

  /** The link closes and is down; everything known of it stays. */
  close(): Promise<void> {
    this.#closing ??= this.#close().finally(() => {
      this.#closing = undefined;
    });
    return this.#closing;
  }

  /** Nothing more is sent; what the link has taken already it may still finish. */
  leave(): void {
    this.#leaving = true;
    this.queue.hold();
  }

  /** The owner no longer uses the link: nothing stays behind, and whatever the link still says is ignored. */
  detach(reason: MctpError): void {
    this.state(false, reason);
    this.#detached = true;
    this.#reassembler.clear();
    for (const peer of this.#physicalPeers.values()) peer.close(reason);
    this.#physicalPeers.clear();
  }

  async #close(): Promise<void> {
    this.queue.hold();
    try {
      await this.link.close();
    } finally {
      this.state(false);
    }
  }

  #accept(buffer: Uint8Array, start: number, end: number, from: PhysicalAddress): DropReason | undefined {
    const counters = this.counters;
    counters.rxPackets++;
    counters.rxBytes += end - start;
    const drop = this.#route(buffer, start, end, from);
    if (drop !== undefined) counters.drops[drop]++;
    return drop;
  }

  #route(buffer: Uint8Array, start: number, end: number, from: PhysicalAddress): DropReason | undefined {
    const size = end - start - HEADER_SIZE;
    if (size < 1) return 'tooShort';
    if ((buffer[start]! & 0x0f) !== HEADER_VERSION) return 'badVersion';
    const destination = buffer[start + 1]!;
    const source = buffer[start + 2]!;
    if (
      (source < EID_MIN && source !== 0) ||
      source === EID_BROADCAST ||
      (destination < EID_MIN && destination !== 0)
    ) {
      return 'reservedEid';
    }
    if (destination === 0 || destination === EID_BROADCAST || this.network.isLocal(destination)) {
      if (size > this.link.transmissionUnit.max) return 'unitTooLarge';
      return this.#reassembler.packet(buffer, start, end, from);
    }
    return this.owner.forward(this, buffer, start, end);
  }

  /** Only to who waited when the message began: since then the tag may have gone to another request. */
  #answered(message: MctpMessage, admitted: TagOwner | undefined): void {
    const { source, tag } = message;
    const peer = this.network.findPeer(source);
    const physical = this.#physicalPeers.get(message.physicalAddress)?.ownerOf(tag);
    const holds = admitted !== undefined && (admitted === peer?.ownerOf(tag) || admitted === physical);
    if (holds && admitted.answered(message)) return;
    if (holds && physical !== admitted && physical?.answered(message)) return;
    this.counters.drops.lateReply++;
    if (peer !== undefined) peer.counters.lateReplies++;
  }

  #forgetIdlePeers(): void {
    if (this.#physicalPeers.size < this.owner.limits.physicalPeers) return;
    for (const [address, peer] of this.#physicalPeers) {
      if (peer.idle) this.#physicalPeers.delete(address);
    }
    if (this.#physicalPeers.size >= this.owner.limits.physicalPeers) {
      throw new MctpError(
        'ENOBUFS',
        `${this.owner.limits.physicalPeers} devices of link ${this.name} are being asked already`,
      );
    }
  }
}
