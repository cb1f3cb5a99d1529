/** A link in use by the stack: its network, our EIDs on it, its queue and its reassembler. */

import type { Clock } from '../clock.js';
import { type DropReason, type LinkCounters, newLinkCounters, type PeerCounters } from '../counters.js';
import { MctpError } from '../errors.js';
import { EID_BROADCAST, EID_MIN, EID_NULL, type Eid } from '../ids.js';
import type { Limits } from '../limits.js';
import type { Link, LinkHost, PhysicalAddress } from '../link.js';
import { FLAG_TO, HEADER_SIZE, HEADER_VERSION, TAG_MASK, TYPE_IC, TYPE_MASK } from '../packet.js';
import type { MctpMessage } from '../transport.js';
import { Openings } from '../util/openings.js';
import { Roster } from '../util/roster.js';
import type { Network } from './network.js';
import { Reassembler, type ReassemblyHost } from './reassembly.js';
import type { Receiver } from './receiver.js';
import { Peer } from './tags.js';
import type { PacketTap, TapEvent } from './tap.js';
import { TransmitQueue } from './transmit-queue.js';

/** What a link asks of the rest of the stack. */
export interface LinkOwner {
  readonly clock: Clock;
  readonly limits: Limits;
  /** What is bound to receive such requests and datagrams. */
  listener(link: LinkPort, type: number, destination: number, source: number): Receiver | undefined;
  /** A packet for another endpoint; the reason when it is dropped. */
  forward(
    from: LinkPort,
    buffer: Uint8Array,
    start: number,
    end: number,
    physicalAddress: PhysicalAddress,
  ): DropReason | undefined;
  linkChanged(link: LinkPort, reason: MctpError | undefined): void;
}

/** Told when the link goes down: requests whose answer can no longer come. */
export interface LinkDependent {
  linkDown(reason: MctpError): void;
}

export class LinkPort implements LinkHost, ReassemblyHost {
  readonly counters: LinkCounters = newLinkCounters();
  readonly queue: TransmitQueue;
  /** Our EIDs on this link, oldest first. */
  readonly eids: Eid[] = [];
  readonly dependents = new Roster<LinkDependent>();
  readonly #reassembler: Reassembler;
  readonly #physicalPeers = new Map<PhysicalAddress, Peer>();
  #up = false;
  #downReason: MctpError | undefined;
  #leaving = false;
  #detached = false;
  readonly #openings = new Openings();
  #tap: PacketTap | undefined;
  /** The packet being received, until the taps are told of it. */
  #untold: TapEvent | undefined;

  constructor(
    readonly link: Link,
    readonly network: Network,
    /** Payload bytes per packet we send where no route says otherwise. */
    public transmissionUnit: number,
    private readonly owner: LinkOwner,
  ) {
    this.queue = new TransmitQueue(link, owner.clock, owner.limits, this.counters);
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

  setTap(tap: PacketTap | undefined): void {
    this.#tap = tap;
    this.queue.tap =
      tap === undefined
        ? undefined
        : (time, buffer, start, end, to) =>
            tap({ link: this.name, direction: 'tx', time, physicalAddress: to, buffer, start, end });
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

  /** The device at the address, where it is asked without its EID too. */
  aliasesAt(address: PhysicalAddress): readonly Peer[] | undefined {
    if (this.#physicalPeers.size === 0) return undefined;
    const peer = this.#physicalPeers.get(address);
    return peer === undefined ? undefined : [peer];
  }

  // LinkHost

  receive(buffer: Uint8Array, start: number, end: number, from: PhysicalAddress): void {
    if (this.#detached) return;
    const counters = this.counters;
    counters.rxPackets++;
    counters.rxBytes += end - start;
    if (this.#tap !== undefined) {
      const time = this.owner.clock.now();
      this.#untold = { link: this.name, direction: 'rx', time, physicalAddress: from, buffer, start, end };
    }
    const drop = this.#route(buffer, start, end, from);
    if (drop !== undefined) counters.drops[drop]++;
    if (this.#untold !== undefined) this.tellTaps(drop);
  }

  /** What became of the packet being received is known: before anything it causes. */
  tellTaps(drop?: DropReason): void {
    const event = this.#untold;
    if (event === undefined) return;
    this.#untold = undefined;
    this.#tap?.(drop === undefined ? event : { ...event, fault: drop });
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
      for (const dependent of this.dependents.list()) dependent.linkDown(error);
      this.#reassembler.clear();
      this.owner.linkChanged(this, reason);
    }
  }

  fault(what: string, buffer?: Uint8Array, start = 0, end = buffer?.length ?? 0): void {
    this.counters.drops.linkFault++;
    this.#tap?.({
      link: this.name,
      direction: 'rx',
      time: this.owner.clock.now(),
      physicalAddress: '',
      buffer: buffer ?? new Uint8Array(0),
      start,
      end,
      fault: what,
    });
  }

  // ReassemblyHost

  admit(buffer: Uint8Array, start: number, from: PhysicalAddress): Receiver | DropReason {
    const source = buffer[start + 2]!;
    const flags = buffer[start + 3]!;
    if ((flags & FLAG_TO) !== 0) {
      const type = buffer[start + HEADER_SIZE]! & TYPE_MASK;
      return this.owner.listener(this, type, buffer[start + 1]!, source) ?? 'noListener';
    }
    const tag = flags & TAG_MASK;
    const peer = this.network.findPeer(source);
    const physical = this.#physicalPeers.get(from);
    const asked = peer?.ownerOf(tag);
    const receiver = asked?.expects(this.name, from) === false ? undefined : asked;
    const other = receiver ?? physical?.ownerOf(tag);
    if (other !== undefined) return other;
    // Somebody answers for a device that was asked elsewhere.
    if (asked !== undefined) return 'wrongPlace';
    if (!peer?.rests(tag) && !physical?.rests(tag)) return 'unknownTag';
    if (peer !== undefined) peer.counters.lateReplies++;
    return 'lateReply';
  }

  deliver(
    receiver: Receiver,
    typeByte: number,
    payload: Uint8Array,
    buffer: Uint8Array,
    start: number,
    from: PhysicalAddress,
  ): void {
    const flags = buffer[start + 3]!;
    const source = buffer[start + 2]!;
    const message: MctpMessage = {
      network: this.network.id,
      source,
      destination: buffer[start + 1]!,
      type: typeByte & TYPE_MASK,
      integrityCheck: (typeByte & TYPE_IC) !== 0,
      tag: flags & TAG_MASK,
      tagOwner: (flags & FLAG_TO) !== 0,
      link: this.name,
      physicalAddress: from,
      payload,
    };
    this.counters.rxMessages++;
    const { counters } = this.network.peer(source);
    counters.rxMessages++;
    counters.rxBytes += payload.length + 1;
    if (this.#untold !== undefined) this.tellTaps();
    if (receiver.deliver(message)) return;
    if (message.tagOwner) this.counters.drops.noListener++;
    else this.#notTaken(receiver, message, counters);
  }

  /** @throws MctpError what the link throws; ENETDOWN when it is not up afterwards; ECANCELED when it was closed before that */
  async open(): Promise<void> {
    // What is being closed goes down at its end: not what was opened in between.
    const wasClosed = await this.#openings.begin();
    if (wasClosed() || this.#leaving) {
      throw new MctpError('ECANCELED', `link ${this.name} was closed`);
    }
    await this.link.open();
    // A device that has gone is waited for by the link itself, which counts as open; and it may go at once.
    if (!this.up) throw this.#downReason ?? new MctpError('ENETDOWN', `link ${this.name} is down`);
  }

  /** The link closes and is down; everything known of it stays. */
  close(): Promise<void> {
    return this.#openings.close(() => this.#close());
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
    const forUs = destination === 0 || destination === EID_BROADCAST || this.network.isLocal(destination);
    if (this.network.isLocal(source) && !(forUs && this.#mayHaveOurEid(buffer, start, from))) return 'ownSource';
    if (forUs) {
      if (size > this.link.transmissionUnit.max) return 'unitTooLarge';
      return this.#reassembler.packet(buffer, start, end, from);
    }
    return this.owner.forward(this, buffer, start, end, from);
  }

  /**
   * May the sender of a packet for us be honest, though it has an EID of ours? The answer of a device that has it still from
   * another bus owner; and a bus owner that asks, or tells us another EID, at our place: where that cannot be an echo.
   */
  #mayHaveOurEid(buffer: Uint8Array, start: number, from: PhysicalAddress): boolean {
    if ((buffer[start + 3]! & FLAG_TO) === 0) return true;
    return buffer[start + 1]! === EID_NULL && from !== this.link.ownAddress;
  }

  /** An answer that was not taken may answer what was asked of the device by its physical address, on the same tag. */
  #notTaken(receiver: Receiver, message: MctpMessage, counters: PeerCounters): void {
    const other = this.#physicalPeers.get(message.physicalAddress)?.ownerOf(message.tag);
    if (other !== undefined && other !== receiver && other.deliver(message)) return;
    this.counters.drops.lateReply++;
    counters.lateReplies++;
  }

  #forgetIdlePeers(): void {
    if (this.#physicalPeers.size < this.owner.limits.physicalPeers) return;
    for (const [address, peer] of this.#physicalPeers) {
      if (!peer.idle) continue;
      this.#physicalPeers.delete(address);
      // Nobody waits for a tag of it, but messages that were never answered still have theirs.
      peer.close(new MctpError('ECANCELED', `${peer.name} was forgotten`));
    }
    if (this.#physicalPeers.size >= this.owner.limits.physicalPeers) {
      throw new MctpError(
        'ENOBUFS',
        `${this.owner.limits.physicalPeers} devices of link ${this.name} are being asked already`,
      );
    }
  }
}
