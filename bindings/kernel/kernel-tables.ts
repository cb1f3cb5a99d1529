/** The kernel's MCTP links, addresses, routes and neighbours: read, changed, and remembered where speed wants it. */

import { type PeerTables, peerKey } from '../../stack/core/peer-key.js';
import { MctpError } from '../../stack/errors.js';
import { BINDING, type Eid, eid, type NetworkId, networkId } from '../../stack/ids.js';
import type { PhysicalAddress } from '../../stack/link.js';
import type { AddressEntry, MctpAddress, NeighbourEntry, RouteEntry } from '../../stack/transport.js';
import { AF_MCTP, MTU_HEADER } from './kernel-numbers.js';
import type { LibC } from './libc.js';
import { NLM_F_CREATE, NLM_F_EXCL } from './netlink/netlink-message.js';
import {
  addressBody,
  decodeAddress,
  decodeLink,
  decodeNeighbour,
  decodeRoute,
  type KernelLink,
  type KernelNeighbour,
  type KernelRoute,
  type LinkChange,
  linkChange,
  type NetlinkBody,
  neighbourBody,
  RTM,
  RTN_UNICAST,
  RTNLGRP_LINK,
  RTNLGRP_MCTP_IFADDR,
  routeBody,
} from './netlink/netlink-objects.js';
import { NetlinkSocket } from './netlink/netlink-socket.js';

/** Our names of the kernel's interfaces, as they are written in URLs: `kernel:mctpi2c0`. */
export const LINK_PREFIX = 'kernel:';

/** An interface that carries MCTP. */
export interface MctpLink extends KernelLink {
  /** `kernel:mctpi2c0` */
  readonly title: string;
  readonly network: NetworkId;
  /** In the kernel's order: it sends from the first. */
  readonly eids: readonly number[];
  /** Bytes of a physical address. */
  readonly addressSize: number;
}

const CREATE = NLM_F_CREATE | NLM_F_EXCL;

export class KernelTables {
  readonly #requests: NetlinkSocket;
  readonly #changes: NetlinkSocket;
  #byIndex: ReadonlyMap<number, MctpLink> | undefined;
  #changed: () => void = () => {};
  readonly #peerTables: PeerTables = {
    networkOf: (name) => this.links().find(({ title }) => title === name)?.network,
    neighbours: () => this.neighbours(),
    routes: () => this.routes(),
  };

  /** @throws MctpError EIO */
  constructor(libc: LibC) {
    this.#requests = new NetlinkSocket(libc);
    this.#changes = new NetlinkSocket(libc);
    this.#changes.onChange([RTNLGRP_LINK, RTNLGRP_MCTP_IFADDR], () => {
      this.#byIndex = undefined;
      this.#changed();
    });
  }

  /** Be told when a link or an address changed; one listener. */
  onLinkChange(changed: () => void): void {
    this.#changed = changed;
  }

  close(): void {
    this.#requests.close();
    this.#changes.close();
  }

  links(): readonly MctpLink[] {
    this.#byIndex = undefined;
    return [...this.#links().values()];
  }

  /** From memory as long as nothing changed. */
  linkByIndex(index: number): MctpLink | undefined {
    return this.#links().get(index);
  }

  /** As `Transport.peerKey`; a link may be named without the prefix here too. */
  peerKey(to: MctpAddress): string {
    return peerKey(
      this.#peerTables,
      to.link === undefined ? to : { ...to, link: LINK_PREFIX + interfaceName(to.link) },
    );
  }

  /** With or without the prefix. @throws MctpError ENODEV */
  link(name: string): MctpLink {
    const bare = interfaceName(name);
    const find = () => [...this.#links().values()].find((link) => link.name === bare);
    let found = find();
    if (found === undefined) {
      this.#byIndex = undefined;
      found = find();
    }
    if (found !== undefined) return found;
    const known = [...this.#links().values()].map((link) => link.name).join(', ') || 'none';
    throw new MctpError('ENODEV', `the kernel has no MCTP link ${bare} (links: ${known})`);
  }

  changeLink(link: KernelLink, change: Omit<LinkChange, 'index'>): void {
    this.#change(`change ${link.name}`, RTM.NEWLINK, 0, linkChange({ ...change, index: link.index }));
  }

  addresses(): AddressEntry[] {
    return this.links().flatMap((link) =>
      link.eids.map((id) => ({ network: link.network, eid: id as Eid, link: link.title })),
    );
  }

  addAddress(id: number, name: string): AddressEntry {
    const link = this.link(name);
    this.#change(
      `add EID ${id} to ${link.name}`,
      RTM.NEWADDR,
      CREATE,
      addressBody({ index: link.index, eid: eid(id) }),
    );
    return { network: link.network, eid: eid(id), link: link.title };
  }

  removeAddress(id: number, name: string): void {
    const link = this.link(name);
    this.#change(`remove EID ${id} from ${link.name}`, RTM.DELADDR, 0, addressBody({ index: link.index, eid: id }));
  }

  /** The routes to others; those to the kernel's own EIDs only with `local`. */
  routes(local = false): RouteEntry[] {
    return this.kernelRoutes().flatMap((route) => {
      if (route.type !== RTN_UNICAST && !local) return [];
      const via = this.#interfaceOf(route);
      if (via === undefined) return [];
      return [
        {
          network: via.network,
          start: route.start as Eid,
          end: route.end as Eid,
          link: via.title,
          ...(route.gateway && { gateway: route.gateway.eid as Eid }),
          ...(route.mtu > MTU_HEADER && { transmissionUnit: route.mtu - MTU_HEADER }),
        },
      ];
    });
  }

  /** As the kernel has them, in the order it looks them up. */
  kernelRoutes(): KernelRoute[] {
    return this.#requests.dump('list routes', RTM.GETROUTE, AF_MCTP, decodeRoute);
  }

  addRoute(route: { start: number; end: number; link: string; gateway?: number; transmissionUnit?: number }): void {
    const link = this.link(route.link);
    const mtu = route.transmissionUnit === undefined ? 0 : route.transmissionUnit + MTU_HEADER;
    const gateway = route.gateway === undefined ? undefined : { network: link.network, eid: route.gateway };
    const body = routeBody({
      start: eid(route.start),
      end: eid(route.end),
      index: link.index,
      mtu,
      ...(gateway && { gateway }),
    });
    this.#change(`add a route to ${rangeName(route.start, route.end)}`, RTM.NEWROUTE, CREATE, body);
  }

  removeRoute(start: number, end: number, network: number): void {
    const what = `remove the route to ${rangeName(start, end)}`;
    const routes = this.kernelRoutes().filter(
      (route) =>
        route.type === RTN_UNICAST &&
        route.start === start &&
        route.end === end &&
        this.#interfaceOf(route)?.network === networkId(network),
    );
    if (routes.length === 0) throw new MctpError('ENOENT', `cannot ${what}: there is none on network ${network}`);
    for (const route of routes) this.#change(what, RTM.DELROUTE, 0, routeBody({ ...route, mtu: 0 }));
  }

  neighbours(): NeighbourEntry[] {
    return this.kernelNeighbours().flatMap((neighbour) => {
      const link = this.linkByIndex(neighbour.index);
      if (link === undefined) return [];
      const { physicalAddress } = neighbour;
      return [{ network: link.network, eid: neighbour.eid as Eid, link: link.title, physicalAddress }];
    });
  }

  kernelNeighbours(): KernelNeighbour[] {
    return this.#requests.dump('list neighbours', RTM.GETNEIGH, AF_MCTP, decodeNeighbour);
  }

  addNeighbour(id: number, name: string, physicalAddress: PhysicalAddress): NeighbourEntry {
    const link = this.link(name);
    checkPhysicalAddress(link, physicalAddress);
    const body = neighbourBody({ index: link.index, eid: eid(id), physicalAddress });
    this.#change(`add neighbour EID ${id} on ${link.name}`, RTM.NEWNEIGH, CREATE, body);
    return { network: link.network, eid: eid(id), link: link.title, physicalAddress };
  }

  removeNeighbour(id: number, name: string): void {
    const link = this.link(name);
    const body = neighbourBody({ index: link.index, eid: eid(id) });
    this.#change(`remove neighbour EID ${id} from ${link.name}`, RTM.DELNEIGH, 0, body);
  }

  /** The interface a route leads to, by way of its gateway's route where it has one. */
  #interfaceOf(route: KernelRoute): MctpLink | undefined {
    const { gateway } = route;
    if (gateway === undefined) return this.linkByIndex(route.index);
    const next = this.kernelRoutes().find(
      (r) =>
        r.gateway === undefined &&
        r.start <= gateway.eid &&
        gateway.eid <= r.end &&
        this.linkByIndex(r.index)?.network === gateway.network,
    );
    return next === undefined ? undefined : this.linkByIndex(next.index);
  }

  #change(what: string, type: number, flags: number, { fixed, attributes }: NetlinkBody): void {
    this.#requests.change(what, type, flags, fixed, attributes);
    this.#byIndex = undefined;
  }

  #links(): ReadonlyMap<number, MctpLink> {
    if (this.#byIndex !== undefined) return this.#byIndex;
    const addresses = this.#requests.dump('list addresses', RTM.GETADDR, AF_MCTP, decodeAddress);
    const found = this.#requests.dump('list links', RTM.GETLINK, 0, decodeLink);
    const links = new Map<number, MctpLink>();
    for (const link of found) {
      if (link.network === undefined) continue;
      links.set(link.index, {
        ...link,
        network: link.network as NetworkId,
        title: `${LINK_PREFIX}${link.name}`,
        eids: addresses.filter((address) => address.index === link.index).map((address) => address.eid),
        addressSize: link.physicalAddress.length / 2,
      });
    }
    this.#byIndex = links;
    return links;
  }
}

function interfaceName(link: string): string {
  return link.startsWith(LINK_PREFIX) ? link.slice(LINK_PREFIX.length) : link;
}

/** @throws MctpError EINVAL */
export function checkPhysicalAddress(link: MctpLink, address: PhysicalAddress): void {
  if (/^[0-9a-f]*$/.test(address) && address.length === 2 * link.addressSize) return;
  const form = link.addressSize === 0 ? 'none (the link is point to point)' : `${2 * link.addressSize} hex digits`;
  throw new MctpError('EINVAL', `"${address}" is not a physical address of ${link.title}: use ${form}`);
}

/** By the kernel's word, or by the names its drivers give. */
export function bindingOf(link: KernelLink): number {
  if (link.binding !== undefined) return link.binding;
  if (link.name.startsWith('mctpi2c')) return BINDING.smbus;
  if (link.name.startsWith('mctpserial')) return BINDING.serial;
  if (link.name.startsWith('mctpusb')) return BINDING.usb;
  if (link.name.startsWith('mctpi3c')) return BINDING.i3c;
  return BINDING.unspecified;
}

function rangeName(start: number, end: number): string {
  return start === end ? `EID ${start}` : `EIDs ${start} to ${end}`;
}
