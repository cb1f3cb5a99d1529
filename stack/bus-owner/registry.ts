/** The endpoints a bus owner knows, by place and by EID, and the way to each in the route tables. */

import type { VendorSet } from '../control/index.js';
import type { Eid, NetworkId } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import type { Connectivity, EndpointInfo } from './endpoint.js';
import type { BusOwnerHost } from './host.js';

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
  remarks: string[];
}

export class EndpointRegistry {
  readonly #byPlace = new Map<string, EndpointRecord>();

  constructor(
    private readonly host: BusOwnerHost,
    private readonly network: NetworkId,
  ) {}

  get all(): readonly EndpointRecord[] {
    return [...this.#byPlace.values()].sort((a, b) => a.eid - b.eid);
  }

  byPlace(place: string): EndpointRecord | undefined {
    return this.#byPlace.get(place);
  }

  byEid(eid: number): EndpointRecord | undefined {
    return this.all.find((record) => record.eid === eid);
  }

  /** Others with that UUID. One device may have an endpoint on each of several links; that is no sharing. */
  sharing(uuid: string, place: string, link: string): EndpointRecord | undefined {
    return this.all.find((record) => record.uuid === uuid && record.place !== place && record.link === link);
  }

  behind(bridge: number): EndpointRecord[] {
    return this.all.filter((record) => record.bridge === bridge);
  }

  put(record: EndpointRecord): void {
    this.#byPlace.set(record.place, record);
  }

  delete(record: EndpointRecord): void {
    this.#byPlace.delete(record.place);
  }

  /** Make an EID reachable at a physical address, before it is told to anybody: the device may talk at once. */
  async connect(eid: number, link: string, physicalAddress: PhysicalAddress): Promise<void> {
    await this.disconnect(eid, eid);
    await this.host.addNeighbour(eid, link, physicalAddress);
    await this.host.addRoute({ start: eid, link });
  }

  async connectBehind(first: number, last: number, link: string, gateway: number): Promise<void> {
    await this.disconnect(first, last);
    await this.host.addRoute({ start: first, end: last, link, gateway });
  }

  /** Take the route for exactly this range, and the neighbours in it, away; harmless when there are none. */
  async disconnect(first: number, last: number): Promise<void> {
    for (const route of [...(await this.host.routes())]) {
      if (route.network === this.network && route.start === first && route.end === last) {
        await this.host.removeRoute(first, last, this.network);
      }
    }
    if (first !== last) return;
    for (const neighbour of [...(await this.host.neighbours())]) {
      if (neighbour.network === this.network && neighbour.eid === first) {
        await this.host.removeNeighbour(first, neighbour.link);
      }
    }
  }
}

/** What the world sees of a record: a copy that stays as it is. */
export function snapshot(record: EndpointRecord): EndpointInfo {
  const { place: _place, ...info } = record;
  return { ...info, remarks: [...record.remarks] };
}
