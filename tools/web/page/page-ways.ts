/** Endpoints which are one device: with one UUID, each on another link. Their device has one page, whichever way is in use. */

import type { WebEndpoint } from '../web-documents.js';
import type { PageStore } from './page-store.js';

type Place = Pick<WebEndpoint, 'network' | 'eid'>;

export function endpointKey({ network, eid }: Place): string {
  return `${network}:${eid}`;
}

/** The same while the device is the same: by its UUID, unless another device says it has that one, too. */
export function deviceAddress(store: PageStore, place: Place): string {
  const key = endpointKey(place);
  const { uuid = null } = store.tables.endpoints.get(key) ?? {};
  return `#/device/${uuid !== null && waysWith(store, uuid) !== undefined ? uuid : key}`;
}

/** The ways to the device which a page is about, by `NETWORK:EID` or by UUID: the one in use first. None: it is not known. */
export function waysOfDevice(store: PageStore, device: string): readonly WebEndpoint[] {
  const { endpoints } = store.tables;
  const endpoint = endpoints.get(device);
  const uuid = endpoint === undefined ? device : endpoint.uuid;
  const ways = (uuid === null ? undefined : waysWith(store, uuid)) ?? [];
  if (endpoint !== undefined && !ways.includes(endpoint)) return [endpoint];
  // Of clones, each has a page of its own; whoever asks for their UUID sees the first.
  const all = ways.length > 0 || uuid === null ? ways : (store.byUuid.get(uuid) ?? []).slice(0, 1);
  return [...all].sort((a, b) => rank(store, b) - rank(store, a));
}

/** Where a sensor is now: under the EID of the way in use, whichever it was under before. */
export function sensorNow(store: PageStore, key: string): string {
  const { sensors } = store.tables;
  const [, place = '', rest = ''] = /^(\d+:\d+)(:.*)$/.exec(key) ?? [];
  if (sensors.has(key)) return key;
  const way = waysOfDevice(store, place).find((one) => sensors.has(`${endpointKey(one)}${rest}`));
  return way === undefined ? key : `${endpointKey(way)}${rest}`;
}

/** It is the way in use, or the only one. */
export function isInUse(store: PageStore, endpoint: WebEndpoint): boolean {
  return waysOfDevice(store, endpointKey(endpoint))[0] === endpoint;
}

/** Undefined: on one link there are two with this UUID, which are two devices. */
function waysWith({ byUuid }: PageStore, uuid: string): readonly WebEndpoint[] | undefined {
  const all = byUuid.get(uuid) ?? [];
  const there = all.filter(({ state }) => state !== 'gone');
  const links = new Set(there.map(({ link }) => link));
  if (links.size < there.length) return undefined;
  // Where it was before on a link on which it is now, it is not a way any more.
  return [...there, ...all.filter(({ state, link }) => state === 'gone' && !links.has(link))];
}

/** What the server watches it by comes first; then what answers. */
function rank({ tables: { termini } }: PageStore, endpoint: WebEndpoint): number {
  const key = endpointKey(endpoint);
  const isWatched = termini.has(key) || termini.has(`${key}:nvme`);
  const { state } = endpoint;
  return (state === 'available' ? 4 : state === 'degraded' ? 2 : 0) + (isWatched ? 1 : 0);
}
