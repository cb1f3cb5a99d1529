/**
 * The kernel's MCTP stack as a message-level transport, with its tables: what `Mctp` is for a stack of our own. Needs
 * Linux with CONFIG_MCTP, the package koffi, CAP_NET_RAW to send, CAP_NET_BIND_SERVICE to bind, CAP_NET_ADMIN to change
 * tables.
 */

import type { NetworkStack, RouteRequest } from '../../stack/bus-owner/network-stack.js';
import type { Clock } from '../../stack/clock.js';
import { LOCAL_LINK } from '../../stack/core/path.js';
import { MctpError } from '../../stack/errors.js';
import {
  DEFAULT_NETWORK,
  EID_BROADCAST,
  EID_NULL,
  isEid,
  NET_ANY,
  type NetworkId,
  networkId,
} from '../../stack/ids.js';
import { DEFAULT_LIMITS, type Limits } from '../../stack/limits.js';
import type { PhysicalAddress } from '../../stack/link.js';
import { type Logger, SILENT } from '../../stack/logger.js';
import { placeName } from '../../stack/place.js';
import type {
  AddressEntry,
  MctpAddress,
  MctpMessage,
  MctpSocket,
  NeighbourEntry,
  RouteEntry,
} from '../../stack/transport.js';
import { addressName, scanRange } from '../smbus/addresses.js';
import { systemClock } from '../system-clock.js';
import { closeLingering } from './descriptor.js';
import { ARPHRD_MCTP, MTU_HEADER } from './kernel-numbers.js';
import type { Target } from './kernel-outgoing.js';
import { KernelSocket, type KernelSocketHost } from './kernel-socket.js';
import { bindingOf, checkPhysicalAddress, KernelTables, LINK_PREFIX, type MctpLink } from './kernel-tables.js';
import { TagQueue } from './kernel-tags.js';
import { type LibC, loadLibC } from './libc.js';
import type { KernelLinkCounters } from './netlink/statistics.js';
import { type ExtendedAddress, encodeExtendedAddress, encodeSocketAddress } from './structures.js';

export interface KernelMctpOptions {
  /** Default: the system's clock. */
  readonly clock?: Clock;
  readonly limits?: Partial<
    Pick<Limits, 'socketMessages' | 'socketBytes' | 'tagExpiryMs' | 'waiters' | 'messageBytes'>
  >;
  /** Refuse to change addresses, routes and neighbours. */
  readonly readOnly?: boolean;
  /** Addresses to ask for endpoints, by interface; default all a device may have on I2C. */
  readonly probe?: Readonly<Record<string, readonly PhysicalAddress[]>>;
  readonly logger?: Logger;
}

export interface KernelLinkStatus {
  /** `kernel:mctpi2c0` */
  readonly name: string;
  readonly network: NetworkId;
  readonly binding: number;
  readonly medium: number;
  readonly up: boolean;
  /** Payload bytes per packet where no route says otherwise. */
  readonly transmissionUnit: number;
  readonly eids: readonly number[];
  readonly addressSize: number;
  /** Our own physical address; '' when it is point to point. */
  readonly ownAddress: PhysicalAddress;
  /** What the kernel counted on the link, whoever used it. */
  readonly counters: KernelLinkCounters;
}

/** What is to be different of a link; what is left out stays. */
export interface KernelLinkSettings {
  readonly up?: boolean;
  /** Payload bytes per packet where no route says otherwise: 4 less than the kernel's MTU. */
  readonly transmissionUnit?: number;
  readonly network?: number;
}

/** Answers of at most so many bytes fit every transmission unit; no route need be asked for them. */
const ALWAYS_FITS = 63;
const ROUTES_STAY_MS = 1_000;

export class KernelMctp implements NetworkStack, KernelSocketHost {
  readonly libc: LibC;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly tagQueue: TagQueue;
  readonly readOnly: boolean;
  readonly tables: KernelTables;
  readonly #probe: Readonly<Record<string, readonly PhysicalAddress[]>>;
  readonly #logger: Logger;
  static readonly #open = new Set<KernelMctp>();
  readonly #sockets = new Set<KernelSocket>();
  #routes: { readonly entries: readonly RouteEntry[]; readonly readAt: number } | undefined;
  #closed = false;

  private constructor(libc: LibC, options: KernelMctpOptions) {
    this.libc = libc;
    this.clock = options.clock ?? systemClock;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.tagQueue = new TagQueue(this.clock, this.limits.waiters);
    this.readOnly = options.readOnly ?? false;
    this.#probe = options.probe ?? {};
    this.#logger = options.logger ?? SILENT;
    this.tables = new KernelTables(libc);
  }

  /** @throws MctpError EAFNOSUPPORT, EACCES, ENOPACKAGE, ENOTSUP: one sentence that says what is missing */
  static async open(options: KernelMctpOptions = {}): Promise<KernelMctp> {
    const kernel = new KernelMctp(await loadLibC(), options);
    try {
      kernel.socket().close();
      KernelMctp.#open.add(kernel);
      return kernel;
    } catch (error) {
      kernel.close();
      throw error;
    }
  }

  /** Every kernel transport of this process; for its end. */
  static closeAll(): void {
    for (const kernel of [...KernelMctp.#open]) kernel.close();
    closeLingering();
  }

  peerKey(to: MctpAddress): string {
    return this.tables.peerKey(to);
  }

  socket(): MctpSocket {
    if (this.#closed) throw new MctpError('ENOTCONN', 'the kernel transport is closed');
    const socket = new KernelSocket(this);
    this.#sockets.add(socket);
    return socket;
  }

  /**
   * Close every socket; what they have in the kernel's queues is still sent, for some seconds at most. The kernel's tables
   * stay as they are.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    KernelMctp.#open.delete(this);
    for (const socket of [...this.#sockets]) socket.close();
    this.tables.close();
  }

  // Tables

  links(): KernelLinkStatus[] {
    return this.tables.links().map((link) => ({
      name: link.title,
      network: link.network,
      binding: bindingOf(link),
      medium: 0,
      up: link.up,
      transmissionUnit: Math.max(0, link.mtu - MTU_HEADER),
      eids: link.eids,
      addressSize: link.addressSize,
      ownAddress: link.physicalAddress,
      counters: link.counters,
    }));
  }

  /** All of it in one request to the kernel. @throws MctpError EACCES, EINVAL, ENODEV */
  setLink(name: string, { up, transmissionUnit, network }: KernelLinkSettings): void {
    this.#assertChangeable();
    this.#routes = undefined;
    this.tables.changeLink(this.tables.link(name), {
      ...(up !== undefined && { up }),
      ...(transmissionUnit !== undefined && { mtu: transmissionUnit + MTU_HEADER }),
      ...(network !== undefined && { network: networkId(network) }),
    });
  }

  addresses(): AddressEntry[] {
    return this.tables.addresses();
  }

  routes(): RouteEntry[] {
    return this.tables.routes();
  }

  neighbours(): NeighbourEntry[] {
    return this.tables.neighbours();
  }

  /** @throws MctpError EACCES, EEXIST, EINVAL, ENODEV */
  addAddress(id: number, link: string): AddressEntry {
    this.#assertChangeable();
    return this.tables.addAddress(id, link);
  }

  /** @throws MctpError EACCES, ENOENT, ENODEV */
  removeAddress(id: number, link: string): void {
    this.#assertChangeable();
    this.tables.removeAddress(id, link);
  }

  /**
   * A gateway that this kernel does not know of (before 6.17) is done without: the EIDs behind it become neighbours at
   * its physical address.
   * @throws MctpError EACCES, EEXIST, EINVAL, ENODEV, EHOSTUNREACH
   */
  addRoute(route: RouteRequest): void {
    this.#assertChangeable();
    this.#routes = undefined;
    const { gateway, ...direct } = { ...route, end: route.end ?? route.start };
    if (gateway === undefined) {
      this.tables.addRoute(direct);
      return;
    }
    try {
      this.tables.addRoute({ ...direct, gateway });
    } catch (error) {
      if (!MctpError.is(error, 'EINVAL') && !MctpError.is(error, 'ENOTSUP')) throw error;
      this.#addRouteByNeighbours(direct, gateway);
    }
  }

  /** With the neighbours that stand for its gateway. @throws MctpError EACCES, ENOENT */
  removeRoute(start: number, end: number, network: number): void {
    this.#assertChangeable();
    this.#routes = undefined;
    this.tables.removeRoute(start, end, network);
    if (start === end) return;
    for (const { eid, link, network: on } of this.tables.neighbours()) {
      if (on === network && start <= eid && eid <= end) this.tables.removeNeighbour(eid, link);
    }
  }

  /** On a point-to-point link there is nothing to remember. @throws MctpError EACCES, EEXIST, EINVAL, ENODEV */
  addNeighbour(id: number, link: string, physicalAddress: PhysicalAddress): void {
    this.#assertChangeable();
    if (this.tables.link(link).addressSize > 0) this.tables.addNeighbour(id, link, physicalAddress);
  }

  /** @throws MctpError EACCES, ENOENT, ENODEV */
  removeNeighbour(id: number, link: string): void {
    this.#assertChangeable();
    if (this.tables.link(link).addressSize > 0) this.tables.removeNeighbour(id, link);
  }

  /** @throws MctpError ENODEV */
  probeAddresses(name: string): Iterable<PhysicalAddress> {
    const link = this.tables.link(name);
    const wanted = this.#probe[link.name] ?? this.#probe[link.title];
    if (wanted !== undefined) return wanted;
    if (link.loopback) return [];
    if (link.addressSize === 0) return link.hardwareType === ARPHRD_MCTP ? [''] : [];
    const known = this.tables.neighbours().filter((neighbour) => neighbour.link === link.title);
    const scan = link.addressSize === 1 ? [...scanRange()].map(addressName) : [];
    const all = new Set([...known.map(({ physicalAddress }) => physicalAddress), ...scan]);
    all.delete(link.physicalAddress);
    return all;
  }

  // KernelSocketHost

  target(to: MctpAddress): Target {
    if (to.link !== undefined) return this.#extendedTarget(to, this.tables.link(to.link), to.physicalAddress ?? '');
    if (!isEid(to.eid)) throw nobody(to.eid);
    return plainTarget(to.network === undefined || to.network === NET_ANY ? DEFAULT_NETWORK : to.network, to.eid);
  }

  targetBack(message: MctpMessage, length: number): Target {
    const { network, source } = message;
    if (message.link === LOCAL_LINK) return plainTarget(network, source);
    const link = this.tables.link(message.link);
    if (link.loopback) return plainTarget(network, source);
    // An extended address means the link's own MTU; a route may say that the peer takes less.
    if (length > ALWAYS_FITS && isEid(source)) {
      const route = this.#recentRoutes().find(
        (r) => r.network === network && r.start <= source && source <= r.end && r.link === link.title,
      );
      if (route?.transmissionUnit !== undefined) return plainTarget(network, source);
    }
    return extendedTarget(link, source, message.physicalAddress);
  }

  arrival({ interfaceIndex, eid }: ExtendedAddress): { readonly link: string; readonly destination: number } {
    if (interfaceIndex === 0) return { link: LOCAL_LINK, destination: eid };
    const link = this.tables.linkByIndex(interfaceIndex);
    if (link === undefined) return { link: `${LINK_PREFIX}${interfaceIndex}`, destination: EID_NULL };
    return { link: link.title, destination: link.eids[0] ?? EID_NULL };
  }

  tagReleased(): void {
    this.tagQueue.poke();
  }

  socketClosed(socket: KernelSocket): void {
    this.#sockets.delete(socket);
  }

  handlerFailed(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#logger.error(`a message handler threw: ${text}`);
  }

  #extendedTarget(to: MctpAddress, link: MctpLink, physicalAddress: PhysicalAddress): Target {
    if (!isEid(to.eid) && to.eid !== EID_NULL && to.eid !== EID_BROADCAST) throw nobody(to.eid);
    checkPhysicalAddress(link.loopback ? { ...link, addressSize: 0 } : link, physicalAddress);
    if (to.network !== undefined && to.network !== NET_ANY && to.network !== link.network) {
      throw new MctpError('EINVAL', `${link.title} belongs to network ${link.network}, not ${to.network}`);
    }
    return link.loopback ? plainTarget(link.network, to.eid) : extendedTarget(link, to.eid, physicalAddress);
  }

  #addRouteByNeighbours(route: Omit<RouteRequest, 'gateway'> & { end: number }, gateway: number): void {
    const link = this.tables.link(route.link);
    if (link.addressSize > 0) {
      const known = this.tables.neighbours().filter((n) => n.link === link.title);
      const bridge = known.find((n) => n.eid === gateway);
      if (bridge === undefined) {
        throw new MctpError('EHOSTUNREACH', `gateway EID ${gateway} has no physical address on ${link.title}`);
      }
      for (let id = route.start; id <= route.end; id++) {
        if (known.some((n) => n.eid === id)) this.tables.removeNeighbour(id, link.title);
        this.tables.addNeighbour(id, link.title, bridge.physicalAddress);
      }
    }
    this.tables.addRoute(route);
  }

  #recentRoutes(): readonly RouteEntry[] {
    const now = this.clock.now();
    if (this.#routes === undefined || now - this.#routes.readAt > ROUTES_STAY_MS) {
      this.#routes = { entries: this.tables.routes(), readAt: now };
    }
    return this.#routes.entries;
  }

  #assertChangeable(): void {
    if (!this.readOnly) return;
    throw new MctpError(
      'EACCES',
      "the kernel's MCTP tables belong to another program (mctpd, or look=1 says so): not changed",
    );
  }
}

function plainTarget(network: number, eid: number): Target {
  networkId(network);
  return {
    network,
    eid,
    name: network === DEFAULT_NETWORK ? `EID ${eid}` : `EID ${network}:${eid}`,
    address: (type, tag) => encodeSocketAddress({ network, eid, type, tag }),
  };
}

function extendedTarget(link: MctpLink, eid: number, physicalAddress: PhysicalAddress): Target {
  const { network, index: interfaceIndex } = link;
  const place = placeName(link.title, physicalAddress);
  return {
    network,
    eid,
    name: eid === EID_NULL ? place : `EID ${eid} at ${place}`,
    address: (type, tag) => encodeExtendedAddress({ network, eid, type, tag, interfaceIndex, physicalAddress }),
  };
}

function nobody(id: number): MctpError {
  return new MctpError(
    'EHOSTUNREACH',
    `EID ${id} does not name one endpoint: null (0) and broadcast (255) need a link, 1 to 7 are reserved`,
  );
}
