/**
 * Watched devices which have the UUID of another one, as cloned firmware has. An endpoint on another link with a known UUID
 * is a way to the same device, unless both say their serial number, and the numbers differ.
 */

import { placeName } from '../place.js';
import { type WatchedEndpoint, watchedKey } from './watched-device.js';
import type { WatchedWays } from './watched-ways.js';

const MOST_TWINS = 1024;

export class Twins {
  readonly #places = new Set<string>();

  constructor(
    private readonly ways: WatchedWays,
    /** May reject: then it says none. */
    private readonly serialOf: (endpoint: WatchedEndpoint) => Promise<string | undefined>,
  ) {}

  /** By its place where its UUID is that of another device; else as `watchedKey`. */
  keyOf(endpoint: WatchedEndpoint): string {
    const place = watchedKey({ ...endpoint, uuid: undefined });
    return this.#places.has(place) ? place : watchedKey(endpoint);
  }

  /**
   * The endpoint has become a way of the device, which is watched by `used`. Undefined: so it is; else why it is another
   * device, one sentence, and from now on its key is another one. Never rejects.
   */
  async differs(key: string, used: WatchedEndpoint, endpoint: WatchedEndpoint): Promise<string | undefined> {
    const read = await Promise.allSettled([this.serialOf(used), this.serialOf(endpoint)]);
    const [one, two] = read.map((serial) => (serial.status === 'fulfilled' ? serial.value : undefined));
    if (!one || !two || one === two) return undefined;
    // It may have gone while it was asked.
    const isIt = this.ways.of(key).some(({ network, eid, link }) => {
      return network === endpoint.network && eid === endpoint.eid && link === endpoint.link;
    });
    if (!isIt) return undefined;
    if (this.#places.size >= MOST_TWINS) this.#places.clear();
    this.#places.add(watchedKey({ ...endpoint, uuid: undefined }));
    const places = `${sayPlace(used)} and ${sayPlace(endpoint)} have the same UUID ${key}`;
    return `${places} and different serial numbers, ${one} and ${two}: they are two devices`;
  }

  clear(): void {
    this.#places.clear();
  }
}

function sayPlace({ eid, link, physicalAddress }: WatchedEndpoint): string {
  return `EID ${eid} (${placeName(link, physicalAddress)})`;
}
