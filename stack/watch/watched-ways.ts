/**
 * The ways to devices which are on several links with one UUID: each is watched by one of them, and by another when that one
 * is lost. Which one is in use stays as it is while it answers, so that what is known of a device does not change with
 * whatever was looked at last. On one link a device has one way: a second endpoint with its UUID there is where it is now.
 */

import type { WatchedEndpoint, WatchedWay } from './watched-device.js';

interface Way {
  endpoint: WatchedEndpoint;
  isUp: boolean;
}

interface Ways {
  readonly all: Way[];
  used: Way;
}

/** What happened to a device by what happened to one of its ways. */
export interface WayChange {
  readonly key: string;
  /** The way which is in use now; undefined: it has none any more. */
  readonly used: WatchedEndpoint | undefined;
  /** Another one than before. */
  readonly isOther: boolean;
}

export class WatchedWays {
  readonly #devices = new Map<string, Ways>();

  /** How many there are to the device. */
  count(key: string): number {
    return this.#devices.get(key)?.all.length ?? 0;
  }

  /** Of one moment; none when the device is not known. */
  of(key: string): WatchedWay[] {
    const ways = this.#devices.get(key);
    return (ways?.all ?? []).map((way) => {
      const { network, eid, link, physicalAddress = null } = way.endpoint;
      return { network, eid, link, physicalAddress, isUsed: way === ways!.used, isUp: way.isUp };
    });
  }

  /** The endpoint is there, and answers. Returns the one by which its device is to be watched. */
  put(key: string, endpoint: WatchedEndpoint): WatchedEndpoint {
    const ways = this.#devices.get(key);
    if (ways === undefined) {
      const way = { endpoint, isUp: true };
      this.#devices.set(key, { all: [way], used: way });
      return endpoint;
    }
    let way = ways.all.find((one) => one.endpoint.link === endpoint.link);
    if (way === undefined) ways.all.push((way = { endpoint, isUp: true }));
    way.endpoint = endpoint;
    way.isUp = true;
    if (!ways.used.isUp) ways.used = way;
    return ways.used.endpoint;
  }

  /** The endpoint is gone. `but`: not from this device, which has it now. */
  remove(endpoint: Pick<WatchedEndpoint, 'network' | 'eid'>, but?: string): WayChange[] {
    return this.#each(endpoint, (key, ways, way) => {
      if (key === but) return undefined;
      ways.all.splice(ways.all.indexOf(way), 1);
      if (ways.all.length > 0) return this.#leave(key, ways, way);
      this.#devices.delete(key);
      return { key, used: undefined, isOther: false };
    });
  }

  /** The endpoint does not answer, and may again. */
  down(endpoint: Pick<WatchedEndpoint, 'network' | 'eid'>): WayChange[] {
    return this.#each(endpoint, (key, ways, way) => {
      way.isUp = false;
      return this.#leave(key, ways, way);
    });
  }

  forget(key: string): void {
    this.#devices.delete(key);
  }

  clear(): void {
    this.#devices.clear();
  }

  /** Go on by another way than this one, when that is possible or must be. */
  #leave(key: string, ways: Ways, lost: Way): WayChange {
    const isGone = !ways.all.includes(lost);
    const next = ways.all.find(({ isUp }) => isUp) ?? (isGone ? ways.all[0] : undefined);
    if (ways.used !== lost || next === undefined) return { key, used: ways.used.endpoint, isOther: false };
    ways.used = next;
    return { key, used: next.endpoint, isOther: true };
  }

  #each(
    { network, eid }: Pick<WatchedEndpoint, 'network' | 'eid'>,
    change: (key: string, ways: Ways, way: Way) => WayChange | undefined,
  ): WayChange[] {
    const changes: WayChange[] = [];
    for (const [key, ways] of [...this.#devices]) {
      const way = ways.all.find(({ endpoint }) => endpoint.network === network && endpoint.eid === eid);
      const changed = way && change(key, ways, way);
      if (changed !== undefined) changes.push(changed);
    }
    return changes;
  }
}
