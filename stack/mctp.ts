/**
 * The stack: links, networks, addresses, routes, neighbours and sockets, tied together. A synchronous state machine:
 * packets and time go in, packets and messages come out.
 */

import type { Clock } from './clock.js';
import { type CirclingPacket, Dispatcher } from './core/dispatcher.js';
import type { ForwardFilter } from './core/forwarder.js';
import { LinkPort } from './core/link-port.js';
import { LOCAL_LINK } from './core/path.js';
import { type PeerTables, peerKey } from './core/peer-key.js';
import { checkPhysicalAddress, checkUnit, type NewRoute, networkOrDefault, Tables } from './core/tables.js';
import type { PacketTap, TapEvent } from './core/tap.js';
import { TxMessage } from './core/tx-message.js';
import type { LinkCounters, PeerCounters } from './counters.js';
import { MctpError } from './errors.js';
import { DEFAULT_NETWORK, type NetworkId, networkId } from './ids.js';
import { changedLimits, DEFAULT_LIMITS, type Limits } from './limits.js';
import type { Link, LinkPath, PhysicalAddress } from './link.js';
import { type Logger, SILENT } from './logger.js';
import type { AddressEntry, MctpAddress, MctpSocket, NeighbourEntry, RouteEntry, Transport } from './transport.js';
import { Emitter, type Listener } from './util/emitter.js';

/** The flow of packets which are given as they are: they keep their order. */
const RAW_FLOW = 'packets';

export interface MctpOptions {
  readonly clock: Clock;
  readonly limits?: Partial<Limits>;
  /** Pass packets for others on between links of a network (a bridge). Default false. */
  readonly forwarding?: boolean;
  readonly logger?: Logger;
}

export interface AddLinkOptions {
  /** Default 1. */
  readonly network?: number;
  /** Payload bytes per packet where no route says otherwise; default that of the link, usually 64. */
  readonly transmissionUnit?: number;
}

export interface LinkStatus {
  readonly name: string;
  readonly network: NetworkId;
  readonly binding: number;
  readonly medium: number;
  readonly up: boolean;
  readonly downReason: string | undefined;
  readonly transmissionUnit: number;
  readonly eids: readonly number[];
  readonly counters: LinkCounters;
  /** What the binding itself counted. */
  readonly linkCounters: Readonly<Record<string, number>>;
  /** Of a link which has several ways to its other end. */
  readonly paths?: readonly LinkPath[];
}

export interface MctpEvents {
  linkUp: { readonly link: string };
  linkDown: { readonly link: string; readonly reason: MctpError | undefined };
  /** Taken out of service for good, with its addresses, routes and neighbours. */
  linkRemoved: { readonly link: string };
  addressAdded: AddressEntry;
  /** The routes of two bridges, of which we are one, point at each other; told once in 10 s at most. */
  circling: CirclingPacket;
  addressRemoved: AddressEntry;
}

export class Mctp implements Transport {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly #logger: Logger;
  readonly #tables: Tables;
  readonly #dispatcher: Dispatcher;
  readonly #events = new Emitter<MctpEvents>((error) => this.#handlerFailed(error));
  readonly #taps = new Set<PacketTap>();
  readonly #toTaps: PacketTap = (event) => this.#reportToTaps(event);
  readonly #peerTables: PeerTables = {
    networkOf: (link) => this.#tables.links.get(link)?.network.id,
    neighbours: () => this.#tables.neighbours.list(),
    routes: () => this.#tables.routes.list(),
  };
  #closing: Promise<void> | undefined;

  constructor(options: MctpOptions) {
    this.clock = options.clock;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#logger = options.logger ?? SILENT;
    this.#tables = new Tables(this.clock, this.limits);
    this.#dispatcher = new Dispatcher(this.clock, this.limits, this.#tables, {
      linkChanged: (link, reason) => this.#linkChanged(link, reason),
      handlerFailed: (error) => this.#handlerFailed(error),
      circling: (packet) => this.#circling(packet),
    });
    this.forwarding = options.forwarding ?? false;
  }

  /** Are packets for others passed on between links of a network? */
  get forwarding(): boolean {
    return this.#dispatcher.forwarder.enabled;
  }

  set forwarding(on: boolean) {
    this.#dispatcher.forwarder.enabled = on;
  }

  get forwardFilter(): ForwardFilter | undefined {
    return this.#dispatcher.forwarder.filter;
  }

  set forwardFilter(filter: ForwardFilter | undefined) {
    this.#dispatcher.forwarder.filter = filter;
  }

  /**
   * Change limits while messages are under way: what is above a lower one already ends as it would have. Others follow, and
   * are changed with it (`changedLimits`).
   * @throws MctpError EINVAL: nothing is changed
   */
  setLimits(change: Partial<Limits>, title?: (name: keyof Limits) => string): void {
    Object.assign(this.limits, changedLimits(this.limits, change, title));
  }

  // Links

  /**
   * Put a link into service; it is opened by `open` or `openLink`.
   * @throws MctpError EEXIST for a name that is taken, EINVAL for a transmission unit out of the link's range
   */
  addLink(link: Link, options: AddLinkOptions = {}): void {
    this.#assertOpen();
    if (this.#tables.links.has(link.name) || link.name === LOCAL_LINK) {
      throw new MctpError('EEXIST', `there is a link ${link.name} already`);
    }
    const unit = options.transmissionUnit ?? link.transmissionUnit.default;
    checkUnit(link, unit);
    const network = this.#tables.network(networkOrDefault(options.network));
    const attached = new LinkPort(link, network, unit, this.#dispatcher);
    this.#tables.addLink(attached);
    this.#setTap(attached);
  }

  /** Open every link that is not up. Rejects with the first failure, after all have been tried. */
  async open(): Promise<void> {
    const results = await Promise.allSettled(
      [...this.#tables.links.values()].filter((l) => !l.up).map((l) => l.open()),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async openLink(name: string): Promise<void> {
    await this.#tables.link(name).open();
  }

  /** Close the link, and keep its addresses, routes and neighbours: `openLink` brings it back. */
  async closeLink(name: string): Promise<void> {
    await this.#tables.link(name).close();
  }

  /**
   * Payload bytes per packet where no route says otherwise, for messages from now on.
   * @throws MctpError ENODEV; EINVAL for one out of the link's range
   */
  setTransmissionUnit(name: string, unit: number): void {
    this.#tables.setTransmissionUnit(name, unit);
  }

  /** Close the link and forget it, with its addresses, routes and neighbours, even when closing fails. */
  async removeLink(name: string): Promise<void> {
    const attached = this.#tables.link(name);
    attached.leave();
    try {
      await attached.link.close();
    } finally {
      // Not twice, should two have asked for it.
      if (this.#tables.links.get(name) === attached) this.#forget(attached);
    }
  }

  links(): LinkStatus[] {
    return [...this.#tables.links.values()].map((attached) => ({
      name: attached.name,
      network: attached.network.id,
      binding: attached.link.binding,
      medium: attached.link.medium,
      up: attached.up,
      downReason: attached.downReason?.message,
      transmissionUnit: attached.transmissionUnit,
      eids: [...attached.eids],
      counters: attached.counters,
      linkCounters: attached.link.counters,
      ...(attached.link.paths !== undefined && { paths: attached.link.paths }),
    }));
  }

  /** Addresses of a link worth asking for endpoints. @throws MctpError ENODEV */
  probeAddresses(link: string): Iterable<PhysicalAddress> {
    return this.#tables.link(link).link.probeAddresses();
  }

  /** The link behind a name, for what only it knows (probe addresses, address format). @throws MctpError ENODEV */
  linkByName(name: string): Link {
    return this.#tables.link(name).link;
  }

  // Tables

  /** @throws MctpError EINVAL, EEXIST, ENODEV */
  addAddress(id: number, link: string): AddressEntry {
    const entry = this.#tables.addAddress(id, link);
    this.#events.emit('addressAdded', entry);
    return entry;
  }

  /** @throws MctpError ENOENT */
  removeAddress(id: number, link: string): void {
    this.#events.emit('addressRemoved', this.#tables.removeAddress(id, link));
  }

  addresses(): AddressEntry[] {
    return this.#tables.addresses();
  }

  /**
   * EIDs start..end are behind `link`.
   * @throws MctpError EINVAL, EEXIST, ENODEV
   */
  addRoute(route: NewRoute): RouteEntry {
    return this.#tables.addRoute(route);
  }

  /** @throws MctpError ENOENT */
  removeRoute(start: number, end: number, network: number = DEFAULT_NETWORK): void {
    this.#tables.removeRoute(networkId(network), start, end);
  }

  routes(): readonly RouteEntry[] {
    return this.#tables.routes.list();
  }

  /** The route a message to `id` would take. */
  lookupRoute(id: number, network: number = DEFAULT_NETWORK): RouteEntry | undefined {
    return this.#tables.routes.lookup(networkId(network), id);
  }

  /** @throws MctpError EINVAL, EEXIST, ENODEV */
  addNeighbour(id: number, link: string, physicalAddress: PhysicalAddress): NeighbourEntry {
    return this.#tables.addNeighbour(id, link, physicalAddress);
  }

  /** @throws MctpError ENOENT */
  removeNeighbour(id: number, link: string): void {
    this.#tables.removeNeighbour(id, link);
  }

  neighbours(): readonly NeighbourEntry[] {
    return this.#tables.neighbours.list();
  }

  lookupNeighbour(id: number, link: string): PhysicalAddress | undefined {
    return this.#tables.neighbours.lookup(link, id);
  }

  peerKey(to: MctpAddress): string {
    return peerKey(this.#peerTables, to);
  }

  /** Message types somebody is bound to, ascending. */
  boundTypes(): number[] {
    return this.#dispatcher.bindings.types();
  }

  /** What was exchanged with each peer of a network, and its tags (0 to 8) which are in use or rest. */
  peerCounters(network: number = DEFAULT_NETWORK): { eid: number; counters: PeerCounters; heldTags: number }[] {
    const found = this.#tables.networks.get(networkId(network));
    if (found === undefined) return [];
    return found.peers().map(({ eid, peer: { counters, heldTags } }) => ({ eid, counters, heldTags }));
  }

  /**
   * Send one packet of any form, header included, as it is: for tests of what a device does with it. What comes back is
   * seen by `tap`; nothing here waits for it. Resolves when the packet is with the link.
   * @throws MctpError ENODEV; EINVAL for an address which is not one of the link; ENETDOWN, ENOBUFS, ENACK, EMSGSIZE by
   * rejection
   */
  async sendPacket(link: string, packet: Uint8Array, to: PhysicalAddress = ''): Promise<void> {
    const port = this.#tables.link(link);
    checkPhysicalAddress(port.link, to);
    if (!port.up) throw port.downReason ?? new MctpError('ENETDOWN', `link ${link} is down`);
    if (!port.queue.hasRoom(packet.length)) throw new MctpError('ENOBUFS', `too much waits for link ${link}`);
    await new Promise<void>((resolve, reject) => {
      const message = TxMessage.packet(packet, 0, packet.length, to);
      message.completion = { finished: (error) => (error === undefined ? resolve() : reject(error)) };
      port.queue.push(message, RAW_FLOW, false);
    });
  }

  // Sockets, events, taps

  socket(): MctpSocket {
    this.#assertOpen();
    return this.#dispatcher.socket();
  }

  on<K extends keyof MctpEvents>(name: K, listener: Listener<MctpEvents[K]>): () => void {
    return this.#events.on(name, listener);
  }

  /** See every packet of every link; returns how to stop. */
  tap(tap: PacketTap): () => void {
    this.#taps.add(tap);
    for (const link of this.#tables.links.values()) this.#setTap(link);
    return () => {
      this.#taps.delete(tap);
      for (const link of this.#tables.links.values()) this.#setTap(link);
    };
  }

  /** Close sockets and links. No timer, queue or assembly is left. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #linkChanged(link: LinkPort, reason: MctpError | undefined): void {
    if (link.up) {
      this.#logger.info(`link ${link.name} is up`);
      this.#events.emit('linkUp', { link: link.name });
    } else {
      this.#logger.warn(`link ${link.name} is down${reason === undefined ? '' : `: ${reason.message}`}`);
      this.#events.emit('linkDown', { link: link.name, reason });
    }
  }

  #circling(packet: CirclingPacket): void {
    const { link, source, destination } = packet;
    this.#logger.warn(
      `a packet from EID ${source} to EID ${destination} came round by ${link}: routes point in a circle`,
    );
    this.#events.emit('circling', packet);
  }

  #handlerFailed(error: unknown): void {
    this.#logger.error(
      `a message handler threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new MctpError('ENOTCONN', 'the stack is closed');
  }

  async #close(): Promise<void> {
    this.#dispatcher.closeSockets();
    await Promise.allSettled([...this.#tables.links.keys()].map((name) => this.removeLink(name)));
    const gone = new MctpError('ECANCELED', 'the stack was closed');
    for (const network of this.#tables.networks.values()) for (const { peer } of network.peers()) peer.close(gone);
    this.#events.clear();
    this.#taps.clear();
  }

  #forget(attached: LinkPort): void {
    const gone = this.#tables.forget(attached);
    attached.detach(new MctpError('ENODEV', `link ${attached.name} was removed`));
    this.#dispatcher.linkRemoved(attached);
    for (const entry of gone) this.#events.emit('addressRemoved', entry);
    this.#events.emit('linkRemoved', { link: attached.name });
  }

  #setTap(attached: LinkPort): void {
    attached.setTap(this.#taps.size === 0 ? undefined : this.#toTaps);
  }

  #reportToTaps(event: TapEvent): void {
    for (const tap of [...this.#taps]) {
      try {
        tap(event);
      } catch (error) {
        this.#handlerFailed(error);
      }
    }
  }
}
