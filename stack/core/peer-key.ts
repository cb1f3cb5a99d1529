/** Which device an address means: every spelling of one device gives one key. */

import { DEFAULT_NETWORK, EID_BROADCAST, EID_NULL, NET_ANY } from '../ids.js';
import { placeName } from '../place.js';
import type { MctpAddress, NeighbourEntry, RouteEntry } from '../transport.js';

/** What the tables of a transport say. */
export interface PeerTables {
  networkOf(link: string): number | undefined;
  neighbours(): readonly NeighbourEntry[];
  routes(): readonly RouteEntry[];
}

/**
 * "1:9" for EID 9 of network 1, also when it is named by link and place and the tables know that EID 9 is there. A
 * place of which they know nothing is its own key: "i2c:1/0x1d".
 */
export function peerKey(tables: PeerTables, to: MctpAddress): string {
  const { link, physicalAddress = '' } = to;
  if (link === undefined) {
    const network = to.network === undefined || to.network === NET_ANY ? DEFAULT_NETWORK : to.network;
    return `${network}:${to.eid}`;
  }
  const network = tables.networkOf(link) ?? to.network ?? DEFAULT_NETWORK;
  if (to.eid !== EID_NULL && to.eid !== EID_BROADCAST && isThere(tables, link, physicalAddress, to.eid)) {
    return `${network}:${to.eid}`;
  }
  // Nobody in particular, or an EID which the device is about to get.
  const there = eidAt(tables, link, physicalAddress);
  return there === undefined ? placeName(link, physicalAddress) : `${network}:${there}`;
}

/**
 * Do the tables have the EID at a place, or behind the bridge there? One place may have several EIDs, each an endpoint of
 * its own. On a point-to-point link everything that is routed by it is there.
 */
function isThere(tables: PeerTables, link: string, physicalAddress: string, eid: number): boolean {
  const here = tables
    .neighbours()
    .filter((entry) => entry.link === link && entry.physicalAddress === physicalAddress)
    .map((entry) => entry.eid as number);
  if (here.includes(eid)) return true;
  const ways = tables.routes().filter((route) => route.link === link && route.start <= eid && eid <= route.end);
  if (physicalAddress === '') return ways.length > 0;
  return ways.some(({ gateway }) => gateway !== undefined && here.includes(gateway));
}

/** The EID at a place; on a point-to-point link, the one which is routed there without a gateway. */
function eidAt(tables: PeerTables, link: string, physicalAddress: string): number | undefined {
  const neighbour = tables
    .neighbours()
    .find((entry) => entry.link === link && entry.physicalAddress === physicalAddress);
  if (neighbour !== undefined || physicalAddress !== '') return neighbour?.eid;
  const direct = tables.routes().filter((route) => route.link === link && route.gateway === undefined);
  return direct.length === 1 && direct[0]!.start === direct[0]!.end ? direct[0]!.start : undefined;
}
