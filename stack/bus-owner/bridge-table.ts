/** Reading what a bridge says is behind it (DSP0236 §12.12). */

import { GetRoutingTableEntries, LAST_HANDLE, ROUTE_TYPE } from '../control/index.js';
import type { Interview } from './interview.js';

/** A routing table that never ends must not keep us forever. */
const MAX_ROUNDS = 64;

export interface BridgeTable {
  /** EIDs of bridges, then those of single endpoints: what is behind bridges takes longer to learn. */
  readonly eids: readonly number[];
  /** False: handles came round, or there were too many. */
  readonly ends: boolean;
}

/** Undefined when the bridge with this EID does not show its table. @throws as `Interview.ask` */
export async function readBridgeTable(bridge: Interview, ownEid: number): Promise<BridgeTable | undefined> {
  const eids = new Set<number>();
  const bridges = new Set<number>();
  const asked = new Set<number>();
  for (let handle = 0; handle !== LAST_HANDLE; ) {
    if (asked.has(handle) || asked.size >= MAX_ROUNDS) return { eids: inOrder(eids, bridges), ends: false };
    asked.add(handle);
    const answer = await bridge.ask(GetRoutingTableEntries, { handle });
    if (answer === undefined) return undefined;
    for (const { type, start, size } of answer.entries) {
      if (type === ROUTE_TYPE.pool) continue;
      // A bridge with its pool is one endpoint followed by a range that has entries of its own.
      const last = type === ROUTE_TYPE.bridgeAndPool ? start : start + size - 1;
      for (let eid = start; eid <= last; eid++) if (eid !== ownEid) eids.add(eid);
      if (type !== ROUTE_TYPE.endpoint && start !== ownEid) bridges.add(start);
    }
    handle = answer.next;
  }
  return { eids: inOrder(eids, bridges), ends: true };
}

function inOrder(eids: ReadonlySet<number>, bridges: ReadonlySet<number>): number[] {
  return [...eids].sort((a, b) => Number(bridges.has(b)) - Number(bridges.has(a)) || a - b);
}
