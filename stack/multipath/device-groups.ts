/** Endpoints with one UUID on several links: one device with several ways, unless they show that they are two. */

import type { EndpointInfo } from '../bus-owner/endpoint-registry.js';
import { placeName } from '../place.js';
import { isUsefulUuid } from '../useful-uuid.js';
import type { MaybePromise } from '../util/async.js';

/** A device, and its endpoints: the first way first. */
export interface DeviceGroup {
  readonly uuid: string;
  readonly endpoints: readonly EndpointInfo[];
}

/** Endpoints that have one UUID and are not one device. */
export interface UuidConflict {
  readonly uuid: string;
  readonly endpoints: readonly EndpointInfo[];
  /** One sentence. */
  readonly what: string;
}

export interface GroupOptions {
  /** Links in the order of preference; those that are not named come behind them. */
  readonly links?: readonly string[];
  /** What tells two devices apart surely, if it can be had: a serial number. */
  readonly serialOf?: (endpoint: EndpointInfo) => MaybePromise<string | undefined>;
}

export interface DeviceGroups {
  /** Only those with more than one way. */
  readonly devices: readonly DeviceGroup[];
  readonly conflicts: readonly UuidConflict[];
}

export async function groupDevices(
  endpoints: readonly EndpointInfo[],
  { links = [], serialOf }: GroupOptions = {},
): Promise<DeviceGroups> {
  const byUuid = new Map<string, EndpointInfo[]>();
  for (const endpoint of endpoints) {
    if (!isUsefulUuid(endpoint.uuid)) continue;
    const others = byUuid.get(endpoint.uuid);
    if (others === undefined) byUuid.set(endpoint.uuid, [endpoint]);
    else others.push(endpoint);
  }
  const devices: DeviceGroup[] = [];
  const conflicts: UuidConflict[] = [];
  for (const [uuid, all] of byUuid) {
    if (all.length === 1) continue;
    const ordered = inOrder(all, links);
    const different = await whyDifferent(ordered, serialOf);
    if (different === undefined) devices.push({ uuid, endpoints: ordered });
    else conflicts.push({ uuid, endpoints: ordered, what: different });
  }
  return { devices, conflicts };
}

function inOrder(endpoints: readonly EndpointInfo[], links: readonly string[]): EndpointInfo[] {
  const rank = ({ link }: EndpointInfo): number => {
    const index = links.indexOf(link);
    return index < 0 ? links.length : index;
  };
  // Stable: what has one rank stays as it was found.
  return [...endpoints].sort((a, b) => rank(a) - rank(b));
}

/** Undefined: nothing says that they are two. Serial numbers say it surely; without them, what they speak. */
async function whyDifferent(
  endpoints: readonly EndpointInfo[],
  serialOf: GroupOptions['serialOf'],
): Promise<string | undefined> {
  const [first, ...others] = endpoints;
  const serials = await Promise.all(endpoints.map((endpoint) => serialOf?.(endpoint)));
  for (const [index, other] of others.entries()) {
    const places = `${sayEndpoint(first!)} and ${sayEndpoint(other)} have the same UUID ${first!.uuid}`;
    const [one, two] = [serials[0], serials[index + 1]];
    if (one !== undefined && two !== undefined) {
      if (one !== two) return `${places} and different serial numbers, ${one} and ${two}: they are two devices`;
      continue;
    }
    if (first!.link === other.link && first!.bridge === other.bridge) {
      return `${places} on one link: they are two devices`;
    }
    if (speaks(first!) !== speaks(other)) return `${places} and do not speak the same: they are taken for two devices`;
  }
  return undefined;
}

function speaks({ messageTypes, vendorDefined, endpointType }: EndpointInfo): string {
  return JSON.stringify([messageTypes, vendorDefined, endpointType]);
}

function sayEndpoint({ eid, link, physicalAddress, bridge }: EndpointInfo): string {
  const place = bridge === undefined ? placeName(link, physicalAddress) : `behind EID ${bridge}`;
  return `EID ${eid} (${place})`;
}
