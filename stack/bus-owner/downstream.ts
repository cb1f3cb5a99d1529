/** What lies behind a bridge: giving it EIDs to hand out, and finding the endpoints that got them (DSP0236 §12.10). */

import type { Clock } from '../clock.js';
import {
  ALLOCATE_OPERATION,
  ALLOCATION_STATUS,
  AllocateEndpointIDs,
  type ControlClient,
  GetEndpointID,
  GetRoutingTableEntries,
  LAST_HANDLE,
  ROUTE_TYPE,
} from '../control/index.js';
import { MctpError } from '../errors.js';
import type { Eid } from '../ids.js';
import type { EidPool } from './eid-pool.js';
import { mapLimit } from './limit.js';
import type { EndpointRecord, EndpointRegistry } from './registry.js';

/** A routing table that never ends must not keep us for ever. */
const MAX_TABLE_ROUNDS = 64;

export interface DownstreamOptions {
  /** EIDs given to one bridge at most; mctpd gives 15. */
  readonly maxBridgePool: number;
  /** How long a bridge may take to number its endpoints; ms. */
  readonly settleMs: number;
}

export class Downstream {
  constructor(
    private readonly client: ControlClient,
    private readonly clock: Clock,
    private readonly pool: EidPool,
    private readonly registry: EndpointRegistry,
    private readonly options: DownstreamOptions,
  ) {}

  /**
   * Give the bridge its pool, or learn which it has. Undefined when it wants none, or none is left.
   * `preferred`: the first EID from the configuration.
   */
  async allocate(
    bridge: EndpointRecord,
    wanted: number,
    preferred?: number,
  ): Promise<{ first: Eid; size: number } | undefined> {
    const holder = poolHolder(bridge);
    const to = { eid: bridge.eid };
    const present = await this.#information(bridge);
    if (present === undefined) return undefined;
    let size = wanted || present.poolSize;
    if (size === 0) return undefined;
    if (present.first !== 0 && this.#takeExactly(present.first, present.poolSize, holder)) {
      const range = { first: present.first as Eid, size: present.poolSize };
      await this.#connect(bridge, range);
      return range;
    }
    size = Math.min(size, this.options.maxBridgePool);
    const range = this.pool.takeRange(size, holder, preferred ?? bridge.eid + 1);
    if (range === undefined) {
      bridge.remarks.push(`wants ${size} EIDs for what is behind it, and none are left`);
      return undefined;
    }
    try {
      let answer = await this.client.request(AllocateEndpointIDs, to, {
        operation: ALLOCATE_OPERATION.allocate,
        count: range.count,
        start: range.first,
      });
      if (answer.status === ALLOCATION_STATUS.rejected) {
        bridge.remarks.push(`held EIDs from ${answer.first} on of another bus owner; they were taken away`);
        answer = await this.client.request(AllocateEndpointIDs, to, {
          operation: ALLOCATE_OPERATION.force,
          count: range.count,
          start: range.first,
        });
      }
      if (answer.status === ALLOCATION_STATUS.rejected) {
        throw new MctpError(
          'ECONFLICT',
          `${bridge.place} refuses the EIDs ${range.first} to ${range.first + range.count - 1}`,
        );
      }
    } catch (error) {
      for (let i = 0; i < range.count; i++) this.pool.undo(range.first + i);
      throw error;
    }
    const given = { first: range.first, size: range.count };
    await this.#connect(bridge, given);
    return given;
  }

  /**
   * EIDs of `range` in use behind the bridge: by its routing table, else by asking each. For a bridge behind a bridge the
   * range is that of the first one, whose pool feeds all below it.
   */
  async find(bridge: EndpointRecord, range: { first: number; size: number }): Promise<number[]> {
    const deadline = this.clock.now() + this.options.settleMs;
    let before: number[] | undefined;
    for (let pause = 20; ; pause *= 2) {
      const listed = await this.#table(bridge);
      if (listed === undefined) return this.#ask(range);
      const inPool = listed.filter((eid) => eid >= range.first && eid < range.first + range.size);
      const settled = before !== undefined && inPool.length > 0 && inPool.length === before.length;
      if (settled || inPool.length === range.size || this.clock.now() >= deadline) return inPool;
      before = inPool;
      await this.#wait(Math.min(pause, Math.max(0, deadline - this.clock.now())));
    }
  }

  /** The bridge's EIDs come back; nothing behind it is reachable any more. */
  async release(bridge: EndpointRecord): Promise<void> {
    if (bridge.pool === undefined) return;
    const { first, size } = bridge.pool;
    for (let i = 0; i < size; i++) this.pool.release(first + i);
    await this.registry.disconnect(first, first + size - 1);
    bridge.pool = undefined;
  }

  async #information(bridge: EndpointRecord): Promise<{ poolSize: number; first: number } | undefined> {
    try {
      return await this.client.request(
        AllocateEndpointIDs,
        { eid: bridge.eid },
        { operation: ALLOCATE_OPERATION.getInformation, count: 0, start: 0 },
      );
    } catch (error) {
      if (MctpError.is(error, 'ECOMPLETION')) return undefined;
      throw error;
    }
  }

  #takeExactly(first: number, size: number, holder: string): boolean {
    for (let i = 0; i < size; i++) if (!this.pool.isFree(first + i, holder)) return false;
    for (let i = 0; i < size; i++) this.pool.take(first + i, holder);
    return size > 0;
  }

  async #connect(bridge: EndpointRecord, range: { first: number; size: number }): Promise<void> {
    await this.registry.connectBehind(range.first, range.first + range.size - 1, bridge.link, bridge.eid);
  }

  /** EIDs of single endpoints and bridges in the bridge's routing table; undefined when it will not show one. */
  async #table(bridge: EndpointRecord): Promise<number[] | undefined> {
    const eids = new Set<number>();
    const asked = new Set<number>();
    for (let handle = 0; handle !== LAST_HANDLE; ) {
      if (asked.has(handle) || asked.size > MAX_TABLE_ROUNDS) {
        bridge.remarks.push('its routing table has no end');
        break;
      }
      asked.add(handle);
      let answer: Awaited<ReturnType<Downstream['entries']>>;
      try {
        answer = await this.entries(bridge.eid, handle);
      } catch (error) {
        if (MctpError.is(error, 'ECOMPLETION') || MctpError.is(error, 'EBADMSG')) return undefined;
        throw error;
      }
      for (const entry of answer.entries) {
        if (entry.type === ROUTE_TYPE.pool) continue;
        // A bridge with its pool is one endpoint followed by a range that has entries of its own.
        const last = entry.type === ROUTE_TYPE.bridgeAndPool ? entry.start : entry.start + entry.size - 1;
        for (let eid = entry.start; eid <= last; eid++) if (eid !== bridge.eid) eids.add(eid);
      }
      handle = answer.next;
    }
    return [...eids].sort((a, b) => a - b);
  }

  private entries(bridge: Eid, handle: number) {
    return this.client.request(GetRoutingTableEntries, { eid: bridge }, { handle });
  }

  async #ask(range: { first: number; size: number }): Promise<number[]> {
    const candidates = Array.from({ length: range.size }, (_, i) => range.first + i);
    const present = await mapLimit(candidates, 8, async (eid) => {
      try {
        return (await this.client.request(GetEndpointID, { eid }, {})).eid === eid;
      } catch (error) {
        if (error instanceof MctpError) return false;
        throw error;
      }
    });
    return candidates.filter((_, i) => present[i]);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.schedule(ms, resolve));
  }
}

export function poolHolder(bridge: Pick<EndpointRecord, 'place'>): string {
  return `the pool of ${bridge.place}`;
}
