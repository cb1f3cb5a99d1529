/** The route table: ranges of EIDs per network and the way to them, compiled to an array by EID for look-ups. */

import { MctpError } from '../errors.js';
import { eid, type NetworkId } from '../ids.js';
import type { RouteEntry } from '../transport.js';

export class RouteTable {
  readonly #entries: RouteEntry[] = [];
  readonly #byEid = new Map<NetworkId, (RouteEntry | undefined)[]>();

  /**
   * EIDs start..end (8..254) of `network` lie behind `link`. Where ranges overlap the narrowest wins, then the oldest:
   * a host route beats the pool of the bridge it sits behind, whatever the order they were added in.
   * @throws MctpError EINVAL for a bad range or transmission unit, EEXIST for a range that is there already
   */
  add(
    entry: Omit<RouteEntry, 'start' | 'end' | 'gateway'> & { start: number; end?: number; gateway?: number },
  ): RouteEntry {
    const start = eid(entry.start);
    const end = eid(entry.end ?? entry.start);
    if (end < start) throw new MctpError('EINVAL', `a route from EID ${start} cannot end at ${end}`);
    const unit = entry.transmissionUnit;
    if (unit !== undefined && (!Number.isInteger(unit) || unit < 1)) {
      throw new MctpError('EINVAL', `${unit} is not a transmission unit: use a number of payload bytes, 64 or more`);
    }
    if (this.find(entry.network, start, end) !== undefined) {
      throw new MctpError('EEXIST', `network ${entry.network} has a route to ${describeRange(start, end)} already`);
    }
    const route: RouteEntry = {
      network: entry.network,
      start,
      end,
      link: entry.link,
      ...(entry.gateway === undefined ? {} : { gateway: eid(entry.gateway) }),
      ...(unit === undefined ? {} : { transmissionUnit: unit }),
    };
    this.#entries.push(route);
    this.#compile(entry.network);
    return route;
  }

  /** @throws MctpError ENOENT when there is none for exactly that range */
  remove(network: NetworkId, start: number, end = start): void {
    const route = this.find(network, start, end);
    if (route === undefined) {
      throw new MctpError('ENOENT', `network ${network} has no route to ${describeRange(start, end)}`);
    }
    this.#entries.splice(this.#entries.indexOf(route), 1);
    this.#compile(network);
  }

  removeLink(link: string): void {
    const networks = new Set<NetworkId>();
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      if (this.#entries[i]!.link !== link) continue;
      networks.add(this.#entries[i]!.network);
      this.#entries.splice(i, 1);
    }
    for (const network of networks) this.#compile(network);
  }

  find(network: NetworkId, start: number, end = start): RouteEntry | undefined {
    return this.#entries.find((r) => r.network === network && r.start === start && r.end === end);
  }

  lookup(network: NetworkId, destination: number): RouteEntry | undefined {
    return this.#byEid.get(network)?.[destination];
  }

  list(): readonly RouteEntry[] {
    return this.#entries;
  }

  #compile(network: NetworkId): void {
    const table = new Array<RouteEntry | undefined>(256).fill(undefined);
    for (const route of this.#entries) {
      if (route.network !== network) continue;
      for (let id: number = route.start; id <= route.end; id++) {
        const there = table[id];
        if (there === undefined || width(route) < width(there)) table[id] = route;
      }
    }
    this.#byEid.set(network, table);
  }
}

function width(route: RouteEntry): number {
  return route.end - route.start;
}

function describeRange(start: number, end: number): string {
  return start === end ? `EID ${start}` : `EIDs ${start}-${end}`;
}
