/** What bus owners and bridges answer about where endpoints are: commands 0x07, 0x0a, 0x0e, 0x0f, 0x10 (DSP0236 §12). */

import type { EndpointInfo } from '../bus-owner/endpoint-registry.js';
import type { ResponseFields } from '../codec/index.js';
import {
  COMPLETION,
  type ControlContext,
  type ControlResponder,
  GetNetworkID,
  GetRoutingTableEntries,
  LAST_HANDLE,
  QueryHop,
  ResolveEndpointID,
  ResolveUUID,
  ROUTE_TYPE,
} from '../control/index.js';
import { isEid } from '../ids.js';
import { BASELINE_TRANSMISSION_UNIT } from '../packet.js';
import { fail } from '../protocol/index.js';
import type { RouteResolver } from './route-resolver.js';

export interface RoutingHost {
  readonly directory: RouteResolver;
  /** What we know of endpoints, behind bridges too. */
  endpoints(): readonly EndpointInfo[];
  /** Our own UUID. */
  readonly uuid: string | undefined;
  /** UUID of the network, where it has one. */
  readonly networkId: string | undefined;
  /** Is there such an EID above us? Undefined: we have nobody to ask. */
  askAbove?(eid: number, link: string): Promise<boolean>;
  /** Which endpoint has this UUID, and where, as far as those above us know. */
  uuidAbove?(uuid: string, link: string): Promise<readonly UuidEntry[]>;
}

/** An entry of the answer to Resolve UUID. */
export type UuidEntry = ResponseFields<typeof ResolveUUID>['entries'][number];

/** A control message of 64 bytes holds six of header and 58 of entries (DSP0236 §12.12). */
const ENTRY_ROOM = 58;
const MAX_UNITS = 0xffff;

/** Register the answers; returns how to take them back. */
export function serveRouting(responder: ControlResponder, host: RoutingHost): () => void {
  const { networkId } = host;
  const registered = [
    responder.handlers.on(GetRoutingTableEntries, ({ handle }, { message }) => {
      const entries = routingTable(host, message.link);
      return page(entries, handle, 6);
    }),
    responder.handlers.on(ResolveEndpointID, ({ eid }, context) => resolve(host, eid, context)),
    responder.handlers.on(QueryHop, ({ eid, type }, context) => queryHop(host, eid, type, context)),
    responder.handlers.on(ResolveUUID, async ({ uuid, handle }, { message }) => {
      const known = endpointsWith(host, uuid, message.link);
      const entries = known.length > 0 ? known : await endpointsAbove(host, uuid, message.link);
      return page(entries, handle, 4);
    }),
  ];
  if (networkId !== undefined) registered.push(responder.handlers.on(GetNetworkID, () => ({ networkId })));
  return () => {
    for (const takeBack of registered) takeBack();
  };
}

/** As many whole entries as fit, each with the address of its own bus; the handle is the number of the page. */
function page<T extends { readonly phys: Uint8Array }>(entries: readonly T[], handle: number, withoutAddress: number) {
  const pages: T[][] = [[]];
  let room = ENTRY_ROOM;
  for (const entry of entries) {
    const size = withoutAddress + entry.phys.length;
    if (size > room && pages.at(-1)!.length > 0) {
      pages.push([]);
      room = ENTRY_ROOM;
    }
    pages.at(-1)!.push(entry);
    room -= size;
  }
  const asked = pages[handle];
  if (asked === undefined) return fail(COMPLETION.invalidData);
  return { next: handle + 1 < pages.length ? handle + 1 : LAST_HANDLE, entries: asked };
}

/** What the asker does not know better itself: nothing that is on its own side of us, but for what we gave EIDs to. */
function routingTable({ directory, endpoints }: RoutingHost, asker: string) {
  const { network } = directory.linkStatus(asker);
  const own = endpoints().filter(
    (e) => e.network === network && e.bridge === undefined && e.physicalAddress !== undefined,
  );
  const listed = new Set<number>();
  const entries = own.flatMap((endpoint) => {
    const { eid, pool, link } = endpoint;
    listed.add(eid);
    const place = {
      static: 0,
      port: directory.port(link),
      ...location(directory, link, endpoint.physicalAddress ?? ''),
    };
    if (pool === undefined) return [{ size: 1, start: eid as number, type: kindOf(endpoint), ...place }];
    for (let i = 0; i < pool.size; i++) listed.add(pool.first + i);
    return [
      { size: 1, start: eid as number, type: ROUTE_TYPE.bridge as number, ...place },
      { size: pool.size, start: pool.first as number, type: ROUTE_TYPE.pool as number, ...place },
    ];
  });
  for (const route of directory.mctp.routes()) {
    if (route.network !== network || route.link === asker || listed.has(route.start)) continue;
    const where = directory.find(route.start, asker);
    if (where === undefined) continue;
    const type: number = route.gateway === undefined ? ROUTE_TYPE.endpoint : ROUTE_TYPE.pool;
    const place = {
      static: 1,
      port: directory.port(route.link),
      ...location(directory, route.link, where.physicalAddress),
    };
    entries.push({ size: route.end - route.start + 1, start: route.start, type, ...place });
  }
  return entries;
}

function kindOf(endpoint: EndpointInfo): number {
  return endpoint.endpointType === 0 ? ROUTE_TYPE.endpoint : ROUTE_TYPE.bridge;
}

/** The answer depends on the bus of the question: there the device itself may be next, or we are (§12.9). */
async function resolve(host: RoutingHost, eid: number, { message }: ControlContext) {
  const { directory } = host;
  const { mctp } = directory;
  const link = mctp.linkByName(message.link);
  const where = directory.find(eid, message.link);
  if (where?.link === message.link) {
    return { bridgeEid: where.gateway ?? eid, phys: link.addressToWire(where.physicalAddress) };
  }
  const own = directory.ownEid(message.link);
  const there =
    where !== undefined ||
    directory.isOwn(eid, message.link) ||
    (isEid(eid) && (await host.askAbove?.(eid, message.link)));
  if (own === undefined || !there) return fail(COMPLETION.invalidData);
  return { bridgeEid: own, phys: link.addressToWire(link.ownAddress) };
}

async function queryHop(host: RoutingHost, eid: number, type: number, { message }: ControlContext) {
  const { directory } = host;
  if (!isEid(eid)) return fail(COMPLETION.invalidData);
  const where = directory.find(eid, message.link);
  const own = directory.isOwn(eid, message.link);
  const found = where ?? (own ? undefined : await wayAbove(host, eid, message.link));
  if (found === undefined && !own) return fail(COMPLETION.invalidData);
  const through = found !== undefined && found.link !== message.link;
  const units = (name: string): number => {
    const { max } = directory.mctp.linkByName(name).transmissionUnit;
    return Math.min(MAX_UNITS, Math.floor((max - BASELINE_TRANSMISSION_UNIT) / 16));
  };
  return {
    nextBridge: through ? (found.gateway ?? eid) : 0,
    type,
    inUnits: units(message.link),
    outUnits: units(found?.link ?? message.link),
  };
}

/** The route to everything, when the bus owner above says that there is such an EID. */
async function wayAbove({ directory, askAbove }: RoutingHost, eid: number, link: string) {
  const route = directory.mctp.lookupRoute(eid, directory.linkStatus(link).network);
  return route !== undefined && (await askAbove?.(eid, link)) === true ? route : undefined;
}

function endpointsWith({ directory, endpoints, uuid: ownUuid }: RoutingHost, uuid: string, link: string) {
  const { network } = directory.linkStatus(link);
  const found = endpoints()
    .filter((endpoint) => endpoint.network === network && endpoint.uuid === uuid)
    .flatMap((endpoint) => {
      const where = directory.find(endpoint.eid, link);
      return where === undefined
        ? []
        : [{ eid: endpoint.eid as number, ...location(directory, where.link, where.physicalAddress) }];
    });
  const own = uuid === ownUuid ? directory.ownEid(link) : undefined;
  if (own !== undefined) {
    found.push({ eid: own, ...location(directory, link, directory.mctp.linkByName(link).ownAddress) });
  }
  return found;
}

/** Behind a bridge of ours we know the way better. */
async function endpointsAbove({ directory, uuidAbove }: RoutingHost, uuid: string, asker: string) {
  const entries = (await uuidAbove?.(uuid, asker)) ?? [];
  return entries.map((entry) => {
    const where = directory.find(entry.eid, asker);
    return where === undefined ? entry : { eid: entry.eid, ...location(directory, where.link, where.physicalAddress) };
  });
}

function location(directory: RouteResolver, name: string, physicalAddress: string) {
  const link = directory.mctp.linkByName(name);
  return { binding: link.binding, medium: link.medium, phys: link.addressToWire(physicalAddress) };
}
