/** Where EIDs are, as the answers to other people's questions need it: from the route tables, whoever filled them. */

import { EID_MAX, EID_MIN, isEid } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import type { LinkStatus, Mctp } from '../mctp.js';

export interface NextHop {
  readonly link: string;
  /** The bridge to send to; undefined: it is on that link itself. */
  readonly gateway: number | undefined;
  /** Of the gateway, or of itself. */
  readonly physicalAddress: PhysicalAddress;
}

export class RouteResolver {
  constructor(readonly mctp: Mctp) {}

  linkStatus(link: string): LinkStatus {
    return this.mctp.links().find((status) => status.name === link)!;
  }

  /** What we are called on that link. */
  ownEid(link: string): number | undefined {
    const { network } = this.linkStatus(link);
    const own = this.mctp.addresses().filter((address) => address.network === network);
    return (own.find((address) => address.link === link) ?? own[0])?.eid;
  }

  isOwn(eid: number, link: string): boolean {
    const { network } = this.linkStatus(link);
    return this.mctp.addresses().some((address) => address.network === network && address.eid === eid);
  }

  /** The way to an EID of the network of that link. A route to everything says nothing of where something is. */
  find(eid: number, link: string): NextHop | undefined {
    if (!isEid(eid)) return undefined;
    const { network } = this.linkStatus(link);
    const route = this.mctp.lookupRoute(eid, network);
    if (route === undefined || (route.start === EID_MIN && route.end === EID_MAX)) return undefined;
    const through = this.mctp.linkByName(route.link);
    const physicalAddress =
      through.addressSize === 0 ? '' : this.mctp.lookupNeighbour(route.gateway ?? eid, route.link);
    if (physicalAddress === undefined) return undefined;
    return { link: route.link, gateway: route.gateway, physicalAddress };
  }

  /** Number of a link in routing table entries: five bits. */
  port(link: string): number {
    return this.mctp.links().findIndex((status) => status.name === link) & 0x1f;
  }
}
