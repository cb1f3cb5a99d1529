/** Changing the stack's tables whatever is in them. */

import { EID_MAX, EID_MIN, isEid } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import type { Mctp } from '../mctp.js';

interface NewRoute {
  readonly start: number;
  readonly end: number;
  readonly link: string;
  readonly gateway?: number;
}

/** Put a route in, in the place of the one for the same range. */
function replaceRoute(mctp: Mctp, network: number, route: NewRoute): void {
  dropRoute(mctp, network, route.start, route.end);
  mctp.addRoute(route);
}

/** Whatever has no way of its own is above: by the bus owner there, which knows the way or drops it. */
export function routeUpstream(mctp: Mctp, owner: { readonly eid: number; readonly link: string }): void {
  if (!isEid(owner.eid)) return;
  const { network } = mctp.links().find(({ name }) => name === owner.link)!;
  replaceRoute(mctp, network, { start: EID_MIN, end: EID_MAX, link: owner.link, gateway: owner.eid });
}

/** Harmless when there is none. */
export function dropRoute(mctp: Mctp, network: number, start: number, end: number): void {
  const present = mctp.routes().some((r) => r.network === network && r.start === start && r.end === end);
  if (present) mctp.removeRoute(start, end, network);
}

export interface Way {
  readonly eid: number;
  /** The bridge at that address; default: the EID itself is there. */
  readonly gateway?: number;
  readonly link: string;
  readonly physicalAddress: PhysicalAddress;
}

/** Make an EID reachable; what is not an EID, or is our own, needs no way. */
export function addHostRoute(mctp: Mctp, { eid, gateway = eid, link, physicalAddress }: Way): void {
  const { network } = mctp.links().find(({ name }) => name === link)!;
  const own = mctp.addresses().some((address) => address.network === network && address.eid === eid);
  if (!isEid(eid) || own) return;
  if (mctp.lookupNeighbour(gateway, link) !== physicalAddress) {
    dropNeighbour(mctp, gateway, link);
    mctp.addNeighbour(gateway, link, physicalAddress);
  }
  const via: { gateway?: number } = gateway === eid ? {} : { gateway };
  const present = mctp.routes().find((r) => r.network === network && r.start === eid && r.end === eid);
  if (present?.link === link && present.gateway === via.gateway) return;
  replaceRoute(mctp, network, { start: eid, end: eid, link, ...via });
}

export function removeHostRoute(mctp: Mctp, eid: number, link: string): void {
  const status = mctp.links().find(({ name }) => name === link);
  if (status === undefined) return;
  dropNeighbour(mctp, eid, link);
  dropRoute(mctp, status.network, eid, eid);
}

function dropNeighbour(mctp: Mctp, eid: number, link: string): void {
  if (mctp.lookupNeighbour(eid, link) !== undefined) mctp.removeNeighbour(eid, link);
}
