/** The tables of a stack, ours or the kernel's, as the verbs link, address, route and neigh see them. */

import type { PhysicalAddress } from '../../stack/link.js';
import { HEADER_SIZE } from '../../stack/packet.js';
import type { AddressEntry, NeighbourEntry, RouteEntry } from '../../stack/transport.js';
import type { MaybePromise } from '../../stack/util/async.js';
import type { SessionLinkStatus } from '../stacks/link-status.js';

/** What is to be different of a link; what is left out stays. */
export interface LinkSettings {
  readonly up?: boolean;
  readonly transmissionUnit?: number;
  readonly network?: number;
}

export interface Tables {
  /** A link as the tables name it: the kernel's may be named without `kernel:`. @throws MctpError ENODEV, CommandError */
  linkName(given: string): string;
  links(): MaybePromise<readonly SessionLinkStatus[]>;
  addresses(): MaybePromise<readonly AddressEntry[]>;
  routes(): MaybePromise<readonly RouteEntry[]>;
  /** With those to the EIDs of the stack itself, where it keeps such. */
  allRoutes?(): MaybePromise<readonly RouteEntry[]>;
  neighbours(): MaybePromise<readonly NeighbourEntry[]>;
  setLink(link: string, settings: LinkSettings): MaybePromise<unknown>;
  addAddress(eid: number, link: string): MaybePromise<unknown>;
  removeAddress(eid: number, link: string): MaybePromise<unknown>;
  addRoute(route: {
    readonly start: number;
    readonly end?: number;
    readonly link: string;
    readonly gateway?: number;
    readonly transmissionUnit?: number;
  }): MaybePromise<unknown>;
  removeRoute(start: number, end: number, network: number): MaybePromise<unknown>;
  addNeighbour(eid: number, link: string, physicalAddress: PhysicalAddress): MaybePromise<unknown>;
  removeNeighbour(eid: number, link: string): MaybePromise<unknown>;
}

/** Linux counts the packet header to its MTU; the transmission unit does not. */
export const MTU_OVER_UNIT = HEADER_SIZE;
