/** The links in use, the networks they belong to, and the tables of addresses, routes and neighbours. */

import type { Clock } from '../clock.js';
import { MctpError } from '../errors.js';
import { DEFAULT_NETWORK, EID_NULL, eid, NET_ANY, type NetworkId, networkId } from '../ids.js';
import type { Limits } from '../limits.js';
import type { Link, PhysicalAddress } from '../link.js';
import { BASELINE_TRANSMISSION_UNIT } from '../packet.js';
import type { AddressEntry, NeighbourEntry, RouteEntry } from '../transport.js';
import type { LinkPort } from './link-port.js';
import { NeighbourTable } from './neighbours.js';
import { Network } from './network.js';
import { RouteTable } from './routes.js';

/** A route to be added; `end` is `start` when left out. */
export interface NewRoute {
  readonly start: number;
  readonly end?: number;
  readonly link: string;
  /** EID of the bridge to send to. */
  readonly gateway?: number;
  /** Payload bytes per packet on this path. */
  readonly transmissionUnit?: number;
}

export class Tables {
  readonly links = new Map<string, LinkPort>();
  readonly networks = new Map<NetworkId, Network>();
  readonly routes = new RouteTable();
  readonly neighbours = new NeighbourTable();
  /** Counts the changes: what was looked up is as good as new while it stays the same. */
  version = 0;

  constructor(
    private readonly clock: Clock,
    private readonly limits: Limits,
  ) {}

  /** @throws MctpError ENODEV */
  link(name: string): LinkPort {
    const attached = this.links.get(name);
    if (attached !== undefined) return attached;
    const known = [...this.links.keys()].join(', ') || 'none';
    throw new MctpError('ENODEV', `there is no link ${name} (links: ${known})`);
  }

  /** The network with that number, made on first use. */
  network(id: NetworkId): Network {
    let network = this.networks.get(id);
    if (network === undefined) this.networks.set(id, (network = new Network(id, this.clock, this.limits)));
    return network;
  }

  /** An EID of ours to send from: that of the link, else one of its network, else none yet. */
  ownEid(attached: LinkPort): number {
    return attached.eids[0] ?? attached.network.addresses[0]?.eid ?? EID_NULL;
  }

  /** Is it an EID of ours, on that network or on any (NET_ANY)? */
  isLocalEid(id: number, on: number): boolean {
    for (const network of this.networks.values()) {
      if ((on === NET_ANY || on === network.id) && network.isLocal(id)) return true;
    }
    return false;
  }

  /** @throws MctpError EINVAL, EEXIST, ENODEV */
  addAddress(id: number, link: string): AddressEntry {
    const attached = this.link(link);
    const entry: AddressEntry = { network: attached.network.id, eid: eid(id), link };
    if (attached.eids.includes(entry.eid)) throw new MctpError('EEXIST', `link ${link} has EID ${id} already`);
    this.version++;
    attached.eids.push(entry.eid);
    attached.network.addAddress(entry);
    return entry;
  }

  /** @throws MctpError ENOENT */
  removeAddress(id: number, link: string): AddressEntry {
    for (const network of this.networks.values()) {
      const entry = network.addresses.find((address) => address.eid === id && address.link === link);
      if (entry === undefined) continue;
      this.version++;
      network.removeAddress(entry);
      const eids = this.links.get(link)?.eids;
      eids?.splice(eids.indexOf(entry.eid), 1);
      return entry;
    }
    throw new MctpError('ENOENT', `link ${link} has no EID ${id}`);
  }

  addresses(): AddressEntry[] {
    const all: AddressEntry[] = [];
    for (const network of this.networks.values()) for (const entry of network.addresses) all.push(entry);
    return all;
  }

  /** @throws MctpError EINVAL, EEXIST, ENODEV */
  addRoute(route: NewRoute): RouteEntry {
    const attached = this.link(route.link);
    if (route.transmissionUnit !== undefined) checkUnit(attached.link, route.transmissionUnit);
    this.version++;
    return this.routes.add({ ...route, network: attached.network.id });
  }

  /** @throws MctpError ENOENT */
  removeRoute(network: NetworkId, start: number, end: number | undefined): void {
    this.version++;
    this.routes.remove(network, start, end);
  }

  /** @throws MctpError EINVAL, EEXIST, ENODEV */
  addNeighbour(id: number, link: string, physicalAddress: PhysicalAddress): NeighbourEntry {
    const attached = this.link(link);
    checkPhysicalAddress(attached.link, physicalAddress);
    this.version++;
    return this.neighbours.add({ network: attached.network.id, eid: id, link, physicalAddress });
  }

  /** @throws MctpError ENOENT */
  removeNeighbour(id: number, link: string): void {
    this.version++;
    this.neighbours.remove(link, id);
  }

  /** Payload bytes per packet where no route says otherwise. @throws MctpError ENODEV, EINVAL */
  setTransmissionUnit(name: string, unit: number): void {
    const attached = this.link(name);
    checkUnit(attached.link, unit);
    this.version++;
    attached.transmissionUnit = unit;
  }

  addLink(attached: LinkPort): void {
    this.version++;
    this.links.set(attached.name, attached);
  }

  /** The link and everything that leads to it; returns the addresses that went with it. */
  forget(attached: LinkPort): AddressEntry[] {
    const { name, network } = attached;
    this.version++;
    this.routes.removeLink(name);
    this.neighbours.removeLink(name);
    this.links.delete(name);
    const own = network.addresses.filter((address) => address.link === name);
    for (const entry of own) network.removeAddress(entry);
    attached.eids.length = 0;
    return own;
  }
}

/** A number given by the user, or the default network. @throws MctpError EINVAL */
export function networkOrDefault(network: number | undefined): NetworkId {
  return network === undefined || network === NET_ANY ? DEFAULT_NETWORK : networkId(network);
}

export function checkUnit(link: Link, unit: number): void {
  if (!Number.isInteger(unit) || unit < BASELINE_TRANSMISSION_UNIT || unit > link.transmissionUnit.max) {
    throw new MctpError(
      'EINVAL',
      `link ${link.name} takes transmission units of ${BASELINE_TRANSMISSION_UNIT} to ${link.transmissionUnit.max} bytes, not ${unit}`,
    );
  }
}

export function checkPhysicalAddress(link: Link, address: PhysicalAddress): void {
  const size = link.addressSize;
  if (!/^[0-9a-f]*$/.test(address) || address.length !== 2 * size) {
    const form = size === 0 ? 'none (the link is point to point)' : `${2 * size} hex digits`;
    throw new MctpError('EINVAL', `"${address}" is not a physical address of link ${link.name}: use ${form}`);
  }
}
