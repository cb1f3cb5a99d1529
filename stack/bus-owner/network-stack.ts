/** What a bus owner needs of a transport besides sockets: its links and its tables. */

import type { Link, PhysicalAddress } from '../link.js';
import type { LinkStatus } from '../mctp.js';
import type { AddressEntry, NeighbourEntry, RouteEntry, Transport } from '../transport.js';
import type { MaybePromise } from '../util/async.js';

export interface RouteRequest {
  readonly start: number;
  readonly end?: number;
  readonly link: string;
  readonly gateway?: number;
  readonly transmissionUnit?: number;
}

/** The tables of our own stack, or, by netlink, of the kernel. */
export interface NetworkStack extends Transport {
  /** The tables are another program's, and so are the EIDs: the bus owner gives none and only looks. */
  readonly readOnly?: boolean;
  links(): MaybePromise<readonly Pick<LinkStatus, 'name' | 'network' | 'binding' | 'medium' | 'up'>[]>;
  addresses(): MaybePromise<readonly AddressEntry[]>;
  routes(): MaybePromise<readonly RouteEntry[]>;
  neighbours(): MaybePromise<readonly NeighbourEntry[]>;
  addAddress(eid: number, link: string): MaybePromise<unknown>;
  removeAddress?(eid: number, link: string): MaybePromise<unknown>;
  addRoute(route: RouteRequest): MaybePromise<unknown>;
  removeRoute(start: number, end: number, network: number): MaybePromise<unknown>;
  addNeighbour(eid: number, link: string, physicalAddress: PhysicalAddress): MaybePromise<unknown>;
  removeNeighbour(eid: number, link: string): MaybePromise<unknown>;
  /** Addresses of a link worth asking for endpoints. */
  probeAddresses(link: string): Iterable<PhysicalAddress>;
  /** How addresses of a link are written in messages; without it bridges are not told of other endpoints. */
  linkByName?(link: string): Pick<Link, 'ownAddress' | 'addressToWire'>;
  /** Links coming and going; without it that shows only in what is asked on them. */
  on?(name: 'linkUp' | 'linkDown' | 'linkRemoved', listener: (event: { readonly link: string }) => void): () => void;
}
