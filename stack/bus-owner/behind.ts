/**
 * What is behind bridges: the bridges number it, and we learn it from their routing tables, or by asking for every EID
 * they were given. Bridges behind bridges show theirs in turn.
 */

import { ENDPOINT_TYPE, GetEndpointID } from '../control/index.js';
import { wait } from '../control/wait.js';
import { MctpError } from '../errors.js';
import { type Eid, isEid } from '../ids.js';
import { readBridgeTable } from './bridge-table.js';
import type { OwnerContext } from './context.js';
import { isUsefulUuid } from './device.js';
import { isSilence } from './exchange.js';
import { askUuid, identify } from './identify.js';
import { mapLimit } from './limit.js';
import { Semaphore } from './locks.js';
import { type EndpointRecord, snapshot } from './registry.js';

export interface BehindOptions {
  /** Nothing new for so long: everything is there. */
  readonly settleMs: number;
  readonly parallel: number;
}

/** Between two looks at a table that may still grow. */
const FIRST_PAUSE_MS = 20;
const LAST_PAUSE_MS = 100;
/** A table that goes on changing is left to the monitor after so many settling times. */
const MOST_SETTLES = 20;

export class Behind {
  readonly #atOnce: Semaphore;
  /** EIDs being learned. */
  readonly #learning = new Set<number>();

  constructor(
    private readonly context: OwnerContext,
    private readonly options: BehindOptions,
  ) {
    this.#atOnce = new Semaphore(options.parallel);
  }

  /** Learn everything there is and will be in the next moments; returns when nothing new turned up for a while. */
  async follow(bridge: EndpointRecord): Promise<void> {
    const { exchange, registry, signal } = this.context;
    const { clock } = exchange;
    const { settleMs } = this.options;
    const start = clock.now();
    const work: Promise<void>[] = [];
    const seen = new Set<number>();
    let changedAt = start;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LAST_PAUSE_MS, pause * 2)) {
      const listed = await this.#list(bridge, seen.size > 0);
      for (const eid of listed) {
        if (seen.has(eid)) continue;
        seen.add(eid);
        changedAt = clock.now();
        work.push(this.#meet(eid, bridge));
      }
      const now = clock.now();
      const full = bridge.pool !== undefined && seen.size >= bridge.pool.size;
      if (full || now - changedAt >= settleMs || now - start >= MOST_SETTLES * settleMs || !registry.has(bridge)) break;
      await wait(clock, Math.min(pause, changedAt + settleMs - now), signal);
    }
    await Promise.all(work);
  }

  /** One look: learn what is new. */
  async sync(bridge: EndpointRecord): Promise<void> {
    const listed = await this.#list(bridge, true);
    await Promise.all(listed.map((eid) => this.#meet(eid, bridge)));
  }

  /**
   * Take note of an endpoint that has its EID and can be reached.
   * @throws MctpError ETIMEDOUT and others of `request`; ECONFLICT when another EID answers
   */
  async learn(eid: Eid, link: string, bridge: Eid | undefined): Promise<EndpointRecord> {
    const { exchange, registry, network, events, pool } = this.context;
    const to = { eid, network };
    const answer = await exchange.ask(GetEndpointID, to, {});
    if (answer.eid !== eid) throw new MctpError('ECONFLICT', `EID ${answer.eid} answers for EID ${eid}`);
    const uuid = await askUuid(exchange, to);
    const identity = await identify(exchange, to);
    const present = registry.byEid(eid);
    if (present !== undefined) return present;
    const place = bridge === undefined ? `EID ${eid}` : `EID ${eid} behind EID ${bridge}`;
    if (pool.isFree(eid, place)) pool.take(eid, place);
    const record: EndpointRecord = {
      place,
      network,
      eid,
      link,
      physicalAddress: undefined,
      bridge,
      uuid: isUsefulUuid(uuid) ? uuid : undefined,
      endpointType: answer.endpointType,
      eidType: answer.eidType,
      messageTypes: identity.messageTypes,
      vendorDefined: identity.vendorDefined,
      versions: identity.versions,
      pool: undefined,
      connectivity: 'available',
      remarks: [
        ...(uuid !== undefined && !isUsefulUuid(uuid) ? ['reports a UUID that says nothing'] : []),
        ...identity.remarks,
      ],
    };
    registry.put(record);
    events.emit({ type: 'appeared', endpoint: snapshot(record) });
    return record;
  }

  /** An EID that a bridge lists: learn it, unless it is known, and what is behind it if it is a bridge too. */
  async #meet(eid: number, bridge: EndpointRecord): Promise<void> {
    const { registry, events } = this.context;
    if (!isEid(eid) || registry.byEid(eid) !== undefined || this.#learning.has(eid)) return;
    this.#learning.add(eid);
    try {
      const record = await this.#atOnce.run(async () => {
        if (!registry.has(bridge)) return undefined;
        const learned = await this.learn(eid, bridge.link, bridge.eid);
        // Gone while we asked: what was learned must not stay.
        if (!registry.has(bridge)) registry.delete(learned);
        return registry.has(learned) ? learned : undefined;
      });
      if (record?.endpointType === ENDPOINT_TYPE.busOwnerOrBridge) await this.follow(record);
    } catch (error) {
      if (!(error instanceof MctpError)) throw error;
      const place = `EID ${eid} behind ${bridge.place}`;
      // In the table before it is ready: the monitor comes back to it.
      if (!isSilence(error)) events.emit({ type: 'conflict', place, what: `${place}: ${error.message}`, error });
    } finally {
      this.#learning.delete(eid);
    }
  }

  /** EIDs in use behind the bridge. `quick`: no patience with EIDs nobody has. */
  async #list(bridge: EndpointRecord, quick: boolean): Promise<readonly number[]> {
    const { exchange, registry } = this.context;
    const range = registry.gatewayOf(bridge).pool;
    if (range === undefined) return [];
    const table = await readBridgeTable(exchange, bridge);
    if (table === undefined) return bridge.pool === undefined ? [] : this.#askAll(range, quick);
    if (!table.ends) this.#remark(bridge, 'its routing table has no end');
    return table.eids.filter((eid) => eid >= range.first && eid < range.first + range.size);
  }

  async #askAll(range: { first: number; size: number }, quick: boolean): Promise<number[]> {
    const { exchange, registry, network } = this.context;
    const candidates = Array.from({ length: range.size }, (_, i) => range.first + i);
    const patience = quick ? { retries: 0 } : {};
    const present = await mapLimit(candidates, this.options.parallel, async (eid) => {
      if (registry.byEid(eid) !== undefined) return true;
      try {
        return (await exchange.ask(GetEndpointID, { eid, network }, {}, { once: true, ...patience })).eid === eid;
      } catch (error) {
        if (isSilence(error) || MctpError.is(error, 'ECOMPLETION')) return false;
        throw error;
      }
    });
    return candidates.filter((_, i) => present[i]);
  }

  #remark(bridge: EndpointRecord, remark: string): void {
    if (!bridge.remarks.includes(remark)) bridge.remarks = [...bridge.remarks, remark];
  }
}
