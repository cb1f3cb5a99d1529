/** The endpoints a bus owner knows, by place and by EID, and the way to each in the route tables. */

import type { AnyCommand, RequestInput } from '../codec/index.js';
import type { VendorSet } from '../control/index.js';
import { MctpError } from '../errors.js';
import type { Eid, NetworkId } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import type { NeighbourEntry, RouteEntry } from '../transport.js';
import { Turnstile } from '../util/line.js';
import type { NetworkStack } from './network-stack.js';

/** A question that got no answer: the first of its command. */
export interface Unanswered {
  readonly command: AnyCommand;
  readonly fields: RequestInput<AnyCommand>;
}

/** How well the endpoint answers, in mctpd's words: degraded means "silent, but not given up yet". */
export type Connectivity = 'available' | 'degraded';

export interface EndpointInfo {
  readonly network: NetworkId;
  readonly eid: Eid;
  /** The link its packets take. */
  readonly link: string;
  /** On that link; undefined when it sits behind a bridge. */
  readonly physicalAddress: PhysicalAddress | undefined;
  /** EID of the bridge it sits behind. */
  readonly bridge: Eid | undefined;
  /** Undefined when it has none, or one that cannot be its own (all zero, or shared with another device). */
  readonly uuid: string | undefined;
  /** 0 simple endpoint, 1 bus owner or bridge (DSP0236 §12.4). */
  readonly endpointType: number;
  /** 0 dynamic EID, 1 static supported, 2 static and in use, 3 static and different. */
  readonly eidType: number;
  readonly messageTypes: readonly number[];
  readonly vendorDefined: readonly VendorSet[];
  /** Versions by message type; the base specification under 255. */
  readonly versions: Readonly<Record<number, readonly string[]>>;
  /** EIDs this bridge may give out. */
  readonly pool: { readonly first: Eid; readonly size: number } | undefined;
  readonly connectivity: Connectivity;
  /** What is odd about it, one sentence each. */
  readonly remarks: readonly string[];
}

/** A question that got no answer: the first of its command. */
export interface Unanswered {
  readonly command: AnyCommand;
  readonly fields: RequestInput<AnyCommand>;
}

/** The changing record behind an EndpointInfo. */
export interface EndpointRecord {
  /** "i2c:1/0x1d"; for one behind a bridge "EID 20 behind EID 10". Also its name in the EID pool. */
  readonly place: string;
  readonly network: NetworkId;
  eid: Eid;
  readonly link: string;
  readonly physicalAddress: PhysicalAddress | undefined;
  readonly bridge: Eid | undefined;
  uuid: string | undefined;
  endpointType: number;
  eidType: number;
  messageTypes: readonly number[];
  vendorDefined: readonly VendorSet[];
  versions: Readonly<Record<number, readonly string[]>>;
  pool: { readonly first: Eid; readonly size: number } | undefined;
  connectivity: Connectivity;
  /** False while it is still being asked what it is: not to be shown yet. */
  complete: boolean;
  remarks: readonly string[];
  /** Questions that it has not answered, to be asked again. */
  unanswered: readonly Unanswered[];
}

/** More than there are EIDs, and bridges which want to give them. */
const MOST_CHANGES = 4096;

export class EndpointRegistry {
  readonly #byPlace = new Map<string, EndpointRecord>();
  /** Of the host's tables: each is several steps, which may take time, and none comes between those of another. */
  readonly #changes = new Turnstile(MOST_CHANGES, 'changes of the tables wait');

  constructor(
    private readonly host: NetworkStack,
    private readonly network: NetworkId,
  ) {}

  /** By EID, ascending. */
  get all(): readonly EndpointRecord[] {
    return [...this.#byPlace.values()].sort((a, b) => a.eid - b.eid);
  }

  /** Those that may be shown. */
  get complete(): readonly EndpointRecord[] {
    return this.all.filter((record) => record.complete);
  }

  byPlace(place: string): EndpointRecord | undefined {
    return this.#byPlace.get(place);
  }

  byEid(eid: number): EndpointRecord | undefined {
    for (const record of this.#byPlace.values()) if (record.eid === eid) return record;
    return undefined;
  }

  /** It has not been replaced or removed in the meantime. */
  has(record: EndpointRecord): boolean {
    return this.#byPlace.get(record.place) === record;
  }

  behind(bridge: number): EndpointRecord[] {
    return this.all.filter((record) => record.bridge === bridge);
  }

  /** The bridge on a link of ours by which the endpoint is reached; the endpoint itself when it is on one. */
  gatewayOf(record: EndpointRecord): EndpointRecord {
    let at = record;
    // No deeper than there are endpoints: what bridges say of each other need not make sense.
    for (let depth = 0; at.bridge !== undefined && depth < this.#byPlace.size; depth++) {
      const above = this.byEid(at.bridge);
      if (above === undefined) break;
      at = above;
    }
    return at;
  }

  put(record: EndpointRecord): void {
    this.#byPlace.set(record.place, record);
  }

  delete(record: EndpointRecord): void {
    this.#byPlace.delete(record.place);
  }

  /** Make an EID reachable at a physical address, before it is told to anybody: the device may talk at once. */
  connect(eid: number, link: string, physicalAddress: PhysicalAddress): Promise<void> {
    return this.#changes.run(async () => {
      // What is right stays: an endpoint that is in use is reachable while it is looked at again.
      if ((await this.#isRouted(eid, eid, link)) && (await this.isNeighbour(eid, link, physicalAddress))) return;
      await this.#disconnect(eid, eid);
      await this.host.addNeighbour(eid, link, physicalAddress);
      await this.host.addRoute({ start: eid, link });
    });
  }

  connectBehind(first: number, last: number, link: string, gateway: number): Promise<void> {
    return this.#changes.run(async () => {
      if (await this.#isRouted(first, last, link, gateway)) return;
      await this.#disconnect(first, last);
      await this.host.addRoute({ start: first, end: last, link, gateway });
    });
  }

  /** Do the tables have the EID there, and nowhere else? They may have no entries for point-to-point links. */
  async isNeighbour(eid: number, link: string, physicalAddress: PhysicalAddress): Promise<boolean> {
    const known = await this.#neighbours(eid);
    const right = known.every((n) => n.link === link && n.physicalAddress === physicalAddress);
    return right && (known.length > 0 || physicalAddress === '');
  }

  /** Take the route for exactly this range, and the neighbours in it, away; harmless when there are none. */
  disconnect(first: number, last: number): Promise<void> {
    return this.#changes.run(() => this.#disconnect(first, last));
  }

  async #disconnect(first: number, last: number): Promise<void> {
    for (const { start, end } of await this.#routes(first, last)) {
      await unlessGone(() => this.host.removeRoute(start, end, this.network));
    }
    if (first !== last) return;
    for (const { link } of await this.#neighbours(first)) {
      await unlessGone(() => this.host.removeNeighbour(first, link));
    }
  }

  async #isRouted(first: number, last: number, link: string, gateway?: number): Promise<boolean> {
    const routes = await this.#routes(first, last);
    return routes.length === 1 && routes[0]!.link === link && routes[0]!.gateway === gateway;
  }

  async #routes(first: number, last: number): Promise<RouteEntry[]> {
    const routes = await this.host.routes();
    return routes.filter((r) => r.network === this.network && r.start === first && r.end === last);
  }

  async #neighbours(eid: number): Promise<NeighbourEntry[]> {
    const neighbours = await this.host.neighbours();
    return neighbours.filter((n) => n.network === this.network && n.eid === eid);
  }
}

/** Since it was seen in the tables it may have gone with its link. */
async function unlessGone(remove: () => unknown): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!MctpError.is(error, 'ENOENT') && !MctpError.is(error, 'ENODEV')) throw error;
  }
}

/** What the world sees of a record: a copy that stays as it is. */
export function snapshot(record: EndpointRecord): EndpointInfo {
  const { place: _place, complete: _complete, unanswered: _unanswered, ...info } = record;
  return { ...info, remarks: [...record.remarks] };
}

/**
 * Which place on a link reports which UUID, also while it is only being set up. One device may have an endpoint on each
 * of several links under one UUID (DSP0236 §8.17.8); two on one link cannot be the same device.
 */
export class UuidClaims {
  readonly #places = new Map<string, string>();

  /** The place that reports it already, or undefined: it is ours now, and whatever we reported before is not. */
  claim(uuid: string, link: string, place: string): string | undefined {
    this.release(place);
    const key = `${uuid} ${link}`;
    const holder = this.#places.get(key);
    if (holder === undefined) this.#places.set(key, place);
    return holder;
  }

  release(place: string): void {
    for (const [key, holder] of this.#places) if (holder === place) this.#places.delete(key);
  }
}
