/**
 * The stack: links, networks, addresses, routes, neighbours and sockets, tied together. A synchronous state machine:
 * packets and time go in, packets and messages come out.
 */

import { AttachedLink, type LinkOwner } from './attached-link.js';
import { BindingTable } from './binding-table.js';
import type { Clock } from './clock.js';
import type { DropReason, LinkCounters, PeerCounters } from './counters.js';
import { MctpError } from './errors.js';
import { Emitter, type Listener } from './events.js';
import { DEFAULT_NETWORK, EID_BROADCAST, EID_NULL, eid, isEid, NET_ANY, type NetworkId, networkId } from './ids.js';
import { DEFAULT_LIMITS, type Limits } from './limits.js';
import type { Link, PhysicalAddress } from './link.js';
import { type Logger, SILENT } from './logger.js';
import { NeighbourTable } from './neighbours.js';
import { Network } from './network.js';
import { Outbound } from './outbound.js';
import { BASELINE_TRANSMISSION_UNIT, HEADER_SIZE } from './packet.js';
import { LOCAL_LINK, type Path } from './path.js';
import { RouteTable } from './routes.js';
import { type SocketHost, StackSocket } from './socket.js';
import type { Peer } from './tags.js';
import type { PacketTap } from './tap.js';
import type {
  AddressEntry,
  MctpAddress,
  MctpMessage,
  MctpSocket,
  NeighbourEntry,
  RouteEntry,
  Transport,
} from './transport.js';

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
}

export interface MctpEvents {
  linkUp: { readonly link: string };
  linkDown: { readonly link: string; readonly reason: MctpError | undefined };
  addressAdded: AddressEntry;
  addressRemoved: AddressEntry;
}

/** Asked before a packet is passed on; false drops it. The range is the whole packet. */
export type ForwardFilter = (packet: {
  from: string;
  to: string;
  buffer: Uint8Array;
  start: number;
  end: number;
}) => boolean;

export class Mctp implements Transport, LinkOwner, SocketHost {
  readonly clock: Clock;
  readonly limits: Limits;
  forwarding: boolean;
  forwardFilter: ForwardFilter | undefined;
  readonly #logger: Logger;
  readonly #links = new Map<string, AttachedLink>();
  readonly #networks = new Map<NetworkId, Network>();
  readonly #routes = new RouteTable();
  readonly #neighbours = new NeighbourTable();
  readonly #bindings = new BindingTable<StackSocket>();
  readonly #sockets = new Set<StackSocket>();
  readonly #events = new Emitter<MctpEvents>((error) => this.handlerFailed(error));
  readonly #taps = new Set<PacketTap>();
  /** Messages to ourselves that wait for their turn. */
  readonly #local: MctpMessage[] = [];
  #deliveringLocally = false;
  #closing: Promise<void> | undefined;

  constructor(options: MctpOptions) {
    this.clock = options.clock;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.forwarding = options.forwarding ?? false;
    this.#logger = options.logger ?? SILENT;
  }

  // Links

  /**
   * Put a link into service; it is opened by `open` or `openLink`.
   * @throws MctpError EEXIST for a name that is taken, EINVAL for a transmission unit out of the link's range
   */
  addLink(link: Link, options: AddLinkOptions = {}): void {
    this.#assertOpen();
    if (this.#links.has(link.name) || link.name === LOCAL_LINK) {
      throw new MctpError('EEXIST', `there is a link ${link.name} already`);
    }
    const unit = options.transmissionUnit ?? link.transmissionUnit.default;
    this.#checkUnit(link, unit);
    const network = this.#network(options.network === undefined ? DEFAULT_NETWORK : networkId(options.network));
    const attached = new AttachedLink(link, network, unit, this);
    this.#links.set(link.name, attached);
    this.#setTap(attached);
  }

  /** Open every link that is not up. Rejects with the first failure, after all have been tried. */
  async open(): Promise<void> {
    const results = await Promise.allSettled([...this.#links.values()].filter((l) => !l.up).map((l) => l.link.open()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async openLink(name: string): Promise<void> {
    await this.#link(name).link.open();
  }

  /** Close the link and forget it, with its addresses, routes and neighbours, even when closing fails. */
  async removeLink(name: string): Promise<void> {
    const attached = this.#link(name);
    attached.leave();
    try {
      await attached.link.close();
    } finally {
      // Not twice, should two have asked for it.
      if (this.#links.get(name) === attached) this.#forget(attached);
    }
  }

  links(): LinkStatus[] {
    return [...this.#links.values()].map((attached) => ({
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
    }));
  }

  /** Addresses of a link worth asking for endpoints. @throws MctpError ENODEV */
  probeAddresses(link: string): Iterable<PhysicalAddress> {
    return this.#link(link).link.probeAddresses();
  }

  /** The link behind a name, for what only it knows (probe addresses, address format). @throws MctpError ENODEV */
  linkByName(name: string): Link {
    return this.#link(name).link;
  }

  // Tables

  /** @throws MctpError EINVAL, EEXIST, ENODEV */
  addAddress(id: number, link: string): AddressEntry {
    const attached = this.#link(link);
    const entry: AddressEntry = { network: attached.network.id, eid: eid(id), link };
    if (attached.eids.includes(entry.eid)) throw new MctpError('EEXIST', `link ${link} has EID ${id} already`);
    attached.eids.push(entry.eid);
    attached.network.addAddress(entry);
    this.#events.emit('addressAdded', entry);
    return entry;
  }

  /** @throws MctpError ENOENT, ENODEV */
  removeAddress(id: number, link: string): void {
    const network = this.#links.get(link)?.network ?? this.#networkOfAddress(id, link);
    const entry = network?.addresses.find((address) => address.eid === id && address.link === link);
    if (network === undefined || entry === undefined) throw new MctpError('ENOENT', `link ${link} has no EID ${id}`);
    network.removeAddress(entry);
    const eids = this.#links.get(link)?.eids;
    eids?.splice(eids.indexOf(entry.eid), 1);
    this.#events.emit('addressRemoved', entry);
  }

  addresses(): AddressEntry[] {
    return [...this.#networks.values()].flatMap((network) => network.addresses);
  }

  /**
   * EIDs start..end are behind `link`.
   * @throws MctpError EINVAL, EEXIST, ENODEV
   */
  addRoute(route: {
    start: number;
    end?: number;
    link: string;
    gateway?: number;
    transmissionUnit?: number;
  }): RouteEntry {
    const attached = this.#link(route.link);
    if (route.transmissionUnit !== undefined) this.#checkUnit(attached.link, route.transmissionUnit);
    return this.#routes.add({ ...route, network: attached.network.id });
  }

  /** @throws MctpError ENOENT */
  removeRoute(start: number, end: number, network: number = DEFAULT_NETWORK): void {
    this.#routes.remove(networkId(network), start, end);
  }

  routes(): readonly RouteEntry[] {
    return this.#routes.list();
  }

  /** The route a message to `id` would take. */
  lookupRoute(id: number, network: number = DEFAULT_NETWORK): RouteEntry | undefined {
    return this.#routes.lookup(networkId(network), id);
  }

  /** @throws MctpError EINVAL, EEXIST, ENODEV */
  addNeighbour(id: number, link: string, physicalAddress: PhysicalAddress): NeighbourEntry {
    const attached = this.#link(link);
    this.#checkPhysicalAddress(attached, physicalAddress);
    return this.#neighbours.add({ network: attached.network.id, eid: id, link, physicalAddress });
  }

  /** @throws MctpError ENOENT */
  removeNeighbour(id: number, link: string): void {
    this.#neighbours.remove(link, id);
  }

  neighbours(): readonly NeighbourEntry[] {
    return this.#neighbours.list();
  }

  lookupNeighbour(id: number, link: string): PhysicalAddress | undefined {
    return this.#neighbours.lookup(link, id);
  }

  /** Message types somebody is bound to, ascending. */
  boundTypes(): number[] {
    return this.#bindings.types();
  }

  /** What was exchanged with each peer of a network. */
  peerCounters(network: number = DEFAULT_NETWORK): { eid: number; counters: PeerCounters }[] {
    const found = this.#networks.get(networkId(network));
    return found === undefined ? [] : found.peers().map(({ eid, peer }) => ({ eid, counters: peer.counters }));
  }

  // Sockets, events, taps

  socket(): MctpSocket {
    this.#assertOpen();
    const socket = new StackSocket(this);
    this.#sockets.add(socket);
    return socket;
  }

  on<K extends keyof MctpEvents>(name: K, listener: Listener<MctpEvents[K]>): () => void {
    return this.#events.on(name, listener);
  }

  /** See every packet of every link; returns how to stop. */
  tap(tap: PacketTap): () => void {
    this.#taps.add(tap);
    for (const link of this.#links.values()) this.#setTap(link);
    return () => {
      this.#taps.delete(tap);
      for (const link of this.#links.values()) this.#setTap(link);
    };
  }

  /** Close sockets and links. No timer, queue or assembly is left. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  // SocketHost

  pathTo(to: MctpAddress): Path {
    if (to.link !== undefined) return this.#extendedPath(to, to.link);
    const id = to.network === undefined || to.network === NET_ANY ? DEFAULT_NETWORK : networkId(to.network);
    if (!isEid(to.eid)) throw unreachable(to.eid);
    const network = this.#networks.get(id);
    if (network?.isLocal(to.eid)) return this.#localPath(network, to.eid);
    const route = this.#routes.lookup(id, to.eid);
    if (network === undefined || route === undefined) {
      throw new MctpError(
        'EHOSTUNREACH',
        `there is no route to EID ${to.eid} on network ${id}: discover it or add a route`,
      );
    }
    const attached = this.#link(route.link);
    const hop = route.gateway ?? to.eid;
    const address = attached.link.addressSize === 0 ? '' : this.#neighbours.lookup(route.link, hop);
    if (address === undefined) {
      throw new MctpError('EHOSTUNREACH', `link ${route.link} has no physical address for EID ${hop}: add a neighbour`);
    }
    const source = attached.eids[0] ?? network.addresses[0]?.eid;
    if (source === undefined) {
      throw new MctpError('EHOSTUNREACH', `link ${route.link} has no EID of ours to send from: add an address`);
    }
    return {
      link: attached,
      network: id,
      source,
      destination: to.eid,
      to: address,
      unit: route.transmissionUnit ?? attached.transmissionUnit,
      peer: network.peer(to.eid),
      ...attached.physicalRivals(address),
    };
  }

  pathBack(message: MctpMessage): Path {
    const network = this.#network(message.network);
    if (message.link === LOCAL_LINK) {
      return { ...this.#localPath(network, message.source), source: message.destination };
    }
    const attached = this.#link(message.link);
    const own = isEid(message.destination) && network.isLocal(message.destination);
    const route = isEid(message.source) ? this.#routes.lookup(message.network, message.source) : undefined;
    return {
      link: attached,
      network: message.network,
      source: own ? message.destination : this.#ownEid(attached),
      destination: message.source,
      to: message.physicalAddress,
      unit: (route?.link === message.link ? route.transmissionUnit : undefined) ?? attached.transmissionUnit,
      peer: network.peer(message.source),
    };
  }

  addBinding(binding: Parameters<BindingTable<StackSocket>['add']>[0]): void {
    this.#bindings.add(binding);
  }

  removeBinding(socket: StackSocket): void {
    this.#bindings.remove(socket);
  }

  isLocalEid(id: number, on: number): boolean {
    for (const network of this.#networks.values()) {
      if ((on === NET_ANY || on === network.id) && network.isLocal(id)) return true;
    }
    return false;
  }

  socketClosed(socket: StackSocket): void {
    this.#sockets.delete(socket);
  }

  handlerFailed(error: unknown): void {
    this.#logger.error(
      `a message handler threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }

  deliverLocally(message: Omit<MctpMessage, 'network' | 'link' | 'physicalAddress'>, network: number): void {
    const whole: MctpMessage = { ...message, network: networkId(network), link: LOCAL_LINK, physicalAddress: '' };
    this.#local.push(whole);
    // A handler may answer at once, and be answered: one after the other, not one inside the other.
    if (this.#deliveringLocally) return;
    this.#deliveringLocally = true;
    for (let next = this.#local.shift(); next !== undefined; next = this.#local.shift()) {
      if (next.tagOwner) this.requested(next);
      else this.#networks.get(next.network)?.findPeer(next.source)?.ownerOf(next.tag)?.answered(next);
    }
    this.#deliveringLocally = false;
  }

  // LinkOwner

  listens(link: AttachedLink, type: number, destination: number, source: number): boolean {
    return this.#bindings.find(type, link.network.id, destination, source) !== undefined;
  }

  requested(message: MctpMessage): boolean {
    const socket = this.#bindings.find(message.type, message.network, message.destination, message.source);
    socket?.deliver(message);
    return socket !== undefined;
  }

  forward(from: AttachedLink, buffer: Uint8Array, start: number, end: number): DropReason | undefined {
    if (!this.forwarding) return 'unknownDestination';
    const destination = buffer[start + 1]!;
    if (buffer[start + 2] === EID_NULL) return 'notForwardable';
    const route = this.#routes.lookup(from.network.id, destination);
    if (route === undefined || route.link === from.name) return 'unknownDestination';
    const out = this.#links.get(route.link)!;
    const to = out.link.addressSize === 0 ? '' : this.#neighbours.lookup(route.link, route.gateway ?? destination);
    if (to === undefined) return 'unknownDestination';
    if (end - start - HEADER_SIZE > out.link.transmissionUnit.max) return 'unitTooLarge';
    if (
      this.forwardFilter !== undefined &&
      !this.#passes(this.forwardFilter, from.name, out.name, buffer, start, end)
    ) {
      return 'filtered';
    }
    if (!out.up || !out.queue.hasRoom(end - start)) {
      out.counters.forwardDropped++;
      return undefined;
    }
    // Order is kept per sender and receiver, so that is what a flow is here; above 255, not to meet our own flows.
    const flow = ((buffer[start + 2]! << 8) | destination) + 0x100;
    out.queue.push(Outbound.packet(buffer, start, end, to), flow, false);
    return undefined;
  }

  linkChanged(link: AttachedLink, reason: MctpError | undefined): void {
    if (link.up) {
      this.#logger.info(`link ${link.name} is up`);
      this.#events.emit('linkUp', { link: link.name });
    } else {
      this.#logger.warn(`link ${link.name} is down${reason === undefined ? '' : `: ${reason.message}`}`);
      this.#events.emit('linkDown', { link: link.name, reason });
    }
  }

  #extendedPath(to: MctpAddress, name: string): Path {
    const attached = this.#link(name);
    const address = to.physicalAddress ?? '';
    this.#checkPhysicalAddress(attached, address);
    if (!isEid(to.eid) && to.eid !== EID_NULL && to.eid !== EID_BROADCAST) throw unreachable(to.eid);
    if (to.network !== undefined && to.network !== NET_ANY && to.network !== attached.network.id) {
      throw new MctpError('EINVAL', `link ${name} belongs to network ${attached.network.id}, not ${to.network}`);
    }
    return {
      link: attached,
      network: attached.network.id,
      source: this.#ownEid(attached),
      destination: to.eid,
      to: address,
      unit: attached.transmissionUnit,
      // The answer may come from another EID than was asked (none yet, or a new one): the address is what counts.
      peer: attached.physicalPeer(address),
      rivals: this.#peersBehind(attached, address),
    };
  }

  /** Peers we know by EID that are, or may be, the device at a physical address. */
  #peersBehind(attached: AttachedLink, address: PhysicalAddress): Peer[] {
    const { link, network, name } = attached;
    return network
      .peers()
      .filter(({ eid }) =>
        link.addressSize === 0
          ? this.#routes.lookup(network.id, eid)?.link === name
          : this.#neighbours.lookup(name, eid) === address,
      )
      .map(({ peer }) => peer);
  }

  #passes(filter: ForwardFilter, from: string, to: string, buffer: Uint8Array, start: number, end: number): boolean {
    try {
      return filter({ from, to, buffer, start, end });
    } catch (error) {
      this.handlerFailed(error);
      return false;
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new MctpError('ENOTCONN', 'the stack is closed');
  }

  async #close(): Promise<void> {
    for (const socket of [...this.#sockets]) socket.close();
    await Promise.allSettled([...this.#links.keys()].map((name) => this.removeLink(name)));
    const gone = new MctpError('ECANCELED', 'the stack was closed');
    for (const network of this.#networks.values()) for (const { peer } of network.peers()) peer.close(gone);
    this.#events.clear();
    this.#taps.clear();
  }

  #forget(attached: AttachedLink): void {
    const { name, network } = attached;
    this.#routes.removeLink(name);
    this.#neighbours.removeLink(name);
    this.#links.delete(name);
    attached.detach(new MctpError('ENODEV', `link ${name} was removed`));
    for (const entry of network.addresses.filter((a) => a.link === name)) this.removeAddress(entry.eid, name);
  }

  #localPath(network: Network, id: number): Path {
    return {
      link: undefined,
      network: network.id,
      source: id,
      destination: id,
      to: '',
      unit: BASELINE_TRANSMISSION_UNIT,
      peer: network.peer(id),
    };
  }

  #ownEid(attached: AttachedLink): number {
    return attached.eids[0] ?? attached.network.addresses[0]?.eid ?? EID_NULL;
  }

  #link(name: string): AttachedLink {
    const attached = this.#links.get(name);
    if (attached !== undefined) return attached;
    const known = [...this.#links.keys()].join(', ') || 'none';
    throw new MctpError('ENODEV', `there is no link ${name} (links: ${known})`);
  }

  #network(id: NetworkId): Network {
    let network = this.#networks.get(id);
    if (network === undefined) this.#networks.set(id, (network = new Network(id, this.clock, this.limits)));
    return network;
  }

  #networkOfAddress(id: number, link: string): Network | undefined {
    return [...this.#networks.values()].find((n) => n.addresses.some((a) => a.eid === id && a.link === link));
  }

  #checkUnit(link: Link, unit: number): void {
    if (!Number.isInteger(unit) || unit < BASELINE_TRANSMISSION_UNIT || unit > link.transmissionUnit.max) {
      throw new MctpError(
        'EINVAL',
        `link ${link.name} takes transmission units of ${BASELINE_TRANSMISSION_UNIT} to ${link.transmissionUnit.max} bytes, not ${unit}`,
      );
    }
  }

  #checkPhysicalAddress(attached: AttachedLink, address: PhysicalAddress): void {
    const size = attached.link.addressSize;
    if (!/^[0-9a-f]*$/.test(address) || address.length !== 2 * size) {
      const form = size === 0 ? 'none (the link is point to point)' : `${2 * size} hex digits`;
      throw new MctpError('EINVAL', `"${address}" is not a physical address of link ${attached.name}: use ${form}`);
    }
  }

  #setTap(attached: AttachedLink): void {
    const taps = [...this.#taps];
    attached.setTap(
      taps.length === 0
        ? undefined
        : (event) => {
            for (const tap of taps) {
              try {
                tap(event);
              } catch (error) {
                this.handlerFailed(error);
              }
            }
          },
    );
  }
}

function unreachable(id: number): MctpError {
  return new MctpError(
    'EHOSTUNREACH',
    `EID ${id} says nothing of who is meant: null (0) and broadcast (255) need a link, 1 to 7 are reserved`,
  );
}
