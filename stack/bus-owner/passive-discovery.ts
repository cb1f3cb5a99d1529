/**
 * Where the tables are another program's, mctpd's for instance, so are the EIDs: nothing is given, and nobody is looked
 * for. The endpoints are those that it has made routes to.
 */

import { MctpError } from '../errors.js';
import type { Eid } from '../ids.js';
import type { DiscoverOptions } from './bus-owner-options.js';
import { mapLimit } from './map-limit.js';
import type { NetworkStack } from './network-stack.js';

/** EIDs that have routes, one by one, ascending. */
export async function routedEids(host: NetworkStack, network: number, options: DiscoverOptions): Promise<Eid[]> {
  const { links, addresses } = options;
  const own = new Set<number>((await host.addresses()).filter((a) => a.network === network).map(({ eid }) => eid));
  const neighbours = addresses === undefined ? [] : await host.neighbours();
  const atOneOf = new Set<number>(
    neighbours
      .filter((n) => n.network === network && addresses?.includes(n.physicalAddress) === true)
      .map(({ eid }) => eid),
  );
  const onBus = new Set(neighbours.map(({ link }) => link));
  const eids = new Set<Eid>();
  for (const route of await host.routes()) {
    if (route.network !== network || links?.includes(route.link) === false) continue;
    const wanted = (eid: number): boolean => addresses === undefined || !onBus.has(route.link) || atOneOf.has(eid);
    for (let eid: number = route.start; eid <= route.end; eid++) {
      if (!own.has(eid) && wanted(eid)) eids.add(eid as Eid);
    }
  }
  return [...eids].sort((a, b) => a - b);
}

/** A route may lead to nobody: an unused EID of a bridge's pool, a device that was unplugged. */
export async function learnAll(
  eids: readonly Eid[],
  parallel: number,
  signal: AbortSignal | undefined,
  learn: (eid: Eid) => Promise<unknown>,
): Promise<void> {
  await mapLimit(eids, parallel, async (eid) => {
    if (signal?.aborted === true) return;
    try {
      await learn(eid);
    } catch (error) {
      if (!MctpError.is(error)) throw error;
    }
  });
}
