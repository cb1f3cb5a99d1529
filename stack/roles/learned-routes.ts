/**
 * Routes a bus owner tells a bridge of (Routing Information Update, DSP0236 §12.11). Each EID has one way per link: what
 * is told later replaces what was told before, and splits the ranges it was told in.
 */

import { ROUTE_TYPE } from '../control/index.js';
import { isEid } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import type { Mctp } from '../mctp.js';

export interface RoutingEntry {
  readonly type: number;
  readonly size: number;
  readonly first: number;
  readonly phys: Uint8Array;
}

interface Way {
  readonly physicalAddress: PhysicalAddress;
  /** In a bridge's pool: to be sent to the bridge. */
  readonly pooled: boolean;
}

interface Installed {
  readonly first: number;
  readonly last: number;
  readonly network: number;
}

export class LearnedRoutes {
  /** Per link, by EID. */
  readonly #ways = new Map<string, Map<number, Way>>();
  readonly #installed = new Map<string, Installed[]>();
  readonly #neighbours = new Map<string, Set<number>>();

  constructor(
    private readonly mctp: Mctp,
    /** EIDs we know better: our own, and those below us. */
    private readonly isOurs: (eid: number) => boolean,
  ) {}

  /** Were all entries good? If not, none is used. */
  update(linkName: string, entries: readonly RoutingEntry[]): boolean {
    const link = this.mctp.linkByName(linkName);
    const ways = new Map(this.#ways.get(linkName));
    for (const { type, size, first, phys } of entries) {
      const physicalAddress = link.addressFromWire(phys);
      if (physicalAddress === undefined || size === 0 || !isEid(first) || !isEid(first + size - 1)) {
        return false;
      }
      if (physicalAddress === link.ownAddress && link.addressSize > 0) continue;
      for (let eid = first; eid < first + size; eid++) {
        const pooled = type === ROUTE_TYPE.pool || (type === ROUTE_TYPE.bridgeAndPool && eid !== first);
        if (!this.isOurs(eid)) ways.set(eid, { physicalAddress, pooled });
      }
    }
    this.#ways.set(linkName, ways);
    this.#install(linkName, ways);
    return true;
  }

  /** Forget everything, or what came by one link. */
  clear(link?: string): void {
    for (const name of [...this.#ways.keys()]) {
      if (link !== undefined && name !== link) continue;
      this.#ways.delete(name);
      this.#install(name, new Map());
    }
  }

  #install(link: string, ways: ReadonlyMap<number, Way>): void {
    const status = this.mctp.links().find(({ name }) => name === link);
    this.#withdraw(link);
    if (status === undefined) return;
    const installed: Installed[] = [];
    const neighbours = new Set<number>();
    const bridges = new Map([...ways].filter(([, way]) => !way.pooled).map(([eid, way]) => [way.physicalAddress, eid]));
    for (const { first, last, way } of ranges(ways)) {
      const gateway = way.pooled ? bridges.get(way.physicalAddress) : undefined;
      if (gateway === undefined) {
        for (let eid = first; eid <= last; eid++) {
          if (this.mctp.lookupNeighbour(eid, link) !== undefined) continue;
          this.mctp.addNeighbour(eid, link, way.physicalAddress);
          neighbours.add(eid);
        }
      }
      // A route for the same range that somebody else made stays.
      if (this.mctp.routes().some((r) => r.network === status.network && r.start === first && r.end === last)) continue;
      this.mctp.addRoute({ start: first, end: last, link, ...(gateway === undefined ? {} : { gateway }) });
      installed.push({ first, last, network: status.network });
    }
    this.#installed.set(link, installed);
    this.#neighbours.set(link, neighbours);
  }

  #withdraw(link: string): void {
    for (const { first, last, network } of this.#installed.get(link) ?? []) {
      const there = this.mctp.routes().some((r) => r.network === network && r.start === first && r.end === last);
      if (there) this.mctp.removeRoute(first, last, network);
    }
    for (const eid of this.#neighbours.get(link) ?? []) {
      if (this.mctp.lookupNeighbour(eid, link) !== undefined) this.mctp.removeNeighbour(eid, link);
    }
    this.#installed.delete(link);
    this.#neighbours.delete(link);
  }
}

/** Neighbouring EIDs that go the same way. */
function ranges(ways: ReadonlyMap<number, Way>): { first: number; last: number; way: Way }[] {
  const found: { first: number; last: number; way: Way }[] = [];
  for (const [eid, way] of [...ways].sort((a, b) => a[0] - b[0])) {
    const before = found.at(-1);
    const continues =
      before !== undefined &&
      before.last + 1 === eid &&
      before.way.pooled === way.pooled &&
      before.way.physicalAddress === way.physicalAddress;
    if (continues) before.last = eid;
    else found.push({ first: eid, last: eid, way });
  }
  return found;
}
