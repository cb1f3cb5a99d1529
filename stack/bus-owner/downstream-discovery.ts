/**
 * What is behind bridges: the bridges number it, and we learn it from their routing tables, or by asking for every EID
 * they were given. Bridges behind bridges show theirs in turn.
 */

import { ENDPOINT_TYPE, GetEndpointID } from '../control/index.js';
import { MctpError } from '../errors.js';
import { type Eid, isEid } from '../ids.js';
import { isUsefulUuid } from '../useful-uuid.js';
import { KeyedTurnstiles, Line } from '../util/line.js';
import { readBridgeTable } from './bridge-table.js';
import { addressOf, isSilence } from './device-client.js';
import { type EndpointRecord, snapshot } from './endpoint-registry.js';
import { askUuid, identify } from './identify.js';
import { Interview } from './interview.js';
import { mapLimit } from './map-limit.js';
import type { OwnerContext } from './owner-context.js';

export interface DownstreamOptions {
  /** Nothing new for so long: everything is there, however slowly it came. */
  readonly settleMs: number;
  readonly parallel: number;
  /** False: what is behind bridges is not our business. */
  readonly learns: boolean;
}

/** Between two looks at a table that may still grow. */
const FIRST_PAUSE_MS = 50;
/** A table stands still when it has not grown for so many times as long as it took to grow, and for so long at least. */
const STILL_FACTOR = 2;
const LEAST_STILL_MS = 150;
/** No more can wait to be learned than there are. */
const MOST_EIDS = 256;
/** A table that goes on changing is left to the monitor after so many settling times. */
const MOST_SETTLES = 20;

export class DownstreamDiscovery {
  /** By link. */
  readonly #turns: KeyedTurnstiles;
  /** Endpoints which wait for a bridge to be shown. */
  readonly #waiting = new Line<() => void>(MOST_EIDS, 'EIDs wait for their bridge');
  /** EIDs being learned. */
  readonly #learning = new Set<number>();

  constructor(
    private readonly context: OwnerContext,
    private readonly options: DownstreamOptions,
  ) {
    this.#turns = new KeyedTurnstiles(MOST_EIDS, 'EIDs of this link wait to be learned', options.parallel);
  }

  /**
   * Learn everything that is behind a bridge, or will be in the next moments; returns when its routing table stands
   * still. With `signal` aborted, what has begun is finished and nothing else is begun.
   */
  async follow(bridge: EndpointRecord, signal?: AbortSignal): Promise<void> {
    const { devices, registry, lifetime } = this.context;
    const { clock } = devices;
    const { settleMs, learns } = this.options;
    if (!learns) return;
    const start = clock.now();
    const work: Promise<void>[] = [];
    const seen = new Set<number>();
    let changedAt = start;
    // Nothing seen yet: how fast it grows is not known.
    let stillMs = settleMs;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(seen.size === 0 ? FIRST_PAUSE_MS : settleMs / 2, pause * 2)) {
      const listed = await this.#list(bridge, seen.size > 0);
      for (const eid of listed) {
        if (seen.has(eid)) continue;
        seen.add(eid);
        changedAt = clock.now();
        stillMs = Math.min(settleMs, Math.max(LEAST_STILL_MS, STILL_FACTOR * (changedAt - start)));
        pause = FIRST_PAUSE_MS;
        work.push(this.#meet(eid, bridge, signal));
      }
      const now = clock.now();
      const full = bridge.pool !== undefined && seen.size >= bridge.pool.size;
      const still = now - changedAt >= stillMs || now - start >= MOST_SETTLES * settleMs;
      if (full || still || signal?.aborted === true || !registry.has(bridge)) break;
      await lifetime.wait(Math.min(pause, changedAt + stillMs - now), signal);
    }
    await Promise.all(work);
  }

  /** One look: learn what is new. */
  async sync(bridge: EndpointRecord): Promise<void> {
    if (!this.options.learns) return;
    const listed = await this.#list(bridge, true);
    await Promise.all(listed.map((eid) => this.#meet(eid, bridge)));
  }

  /**
   * Take note of an endpoint that has its EID and can be reached, and of what is behind it if it is a bridge.
   * @throws MctpError ETIMEDOUT and others of `request`; ECONFLICT when another EID answers
   */
  async learn(eid: Eid, link: string, bridge: Eid | undefined): Promise<EndpointRecord> {
    const { record, interview, rest } = await this.#begin(eid, link, bridge);
    await this.#finish(record, interview);
    await rest;
    return record;
  }

  /** An EID that a bridge lists: learn it, unless it is known. */
  async #meet(eid: number, bridge: EndpointRecord, signal?: AbortSignal): Promise<void> {
    const { registry, events, lifetime } = this.context;
    if (!isEid(eid) || registry.byEid(eid) !== undefined || this.#learning.has(eid)) return;
    this.#learning.add(eid);
    let rest: Promise<void> | undefined;
    try {
      await this.#turns.run(bridge.link, async () => {
        if (!registry.has(bridge) || signal?.aborted === true) return;
        const begun = await this.#begin(eid, bridge.link, bridge.eid, signal);
        rest = begun.rest;
        await this.#finish(begun.record, begun.interview);
      });
    } catch (error) {
      if (!(error instanceof MctpError)) throw error;
      const place = `EID ${eid} behind ${bridge.place}`;
      // Silence: in the table before it is ready, or gone just now. The next look at the table comes back to it.
      const ours = isSilence(error) || lifetime.ended;
      if (!ours) events.emit({ type: 'conflict', place, what: `${place}: ${error.message}`, error });
    } finally {
      this.#learning.delete(eid);
    }
    await rest;
  }

  /**
   * Identify it. What is behind a bridge is followed from here on, as that takes the longest; it is shown after the bridge.
   */
  async #begin(eid: Eid, link: string, bridge: Eid | undefined, signal?: AbortSignal) {
    const { devices, registry, network, pool } = this.context;
    const to = { eid, network };
    const answer = await devices.ask(to, GetEndpointID, {});
    if (answer.eid !== eid) throw new MctpError('ECONFLICT', `EID ${answer.eid} answers for EID ${eid}`);
    const interview = new Interview(devices, to);
    const uuid = await askUuid(interview);
    const place = bridge === undefined ? `EID ${eid}` : `EID ${eid} behind EID ${bridge}`;
    const present = registry.byEid(eid);
    if (present !== undefined)
      throw new MctpError('ECONFLICT', `${place} was found at ${present.place} at the same time`);
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
      messageTypes: [],
      vendorDefined: [],
      versions: {},
      pool: undefined,
      connectivity: 'available',
      complete: false,
      remarks: [],
      unanswered: interview.unanswered,
    };
    registry.put(record);
    if (uuid !== undefined && !isUsefulUuid(uuid)) interview.note('reports a UUID that says nothing');
    const isBridge = answer.endpointType === ENDPOINT_TYPE.busOwnerOrBridge;
    return { record, interview, rest: isBridge ? this.follow(record, signal).catch(unlessOurs) : undefined };
  }

  /** What does it speak? Then it may be shown. */
  async #finish(record: EndpointRecord, interview: Interview): Promise<void> {
    const { registry, events } = this.context;
    try {
      const identity = await identify(interview);
      const above = record.bridge === undefined ? undefined : registry.byEid(record.bridge);
      await this.#shown(above);
      if (!registry.has(record)) return;
      Object.assign(record, identity);
      record.remarks = [...record.remarks, ...interview.remarks];
      record.unanswered = interview.unanswered;
    } catch (error) {
      registry.delete(record);
      for (const go of this.#waiting.clear()) go();
      if (this.context.pool.holder(record.eid) === record.place) this.context.pool.release(record.eid);
      throw error;
    }
    record.complete = true;
    events.emit({ type: 'appeared', endpoint: snapshot(record) });
    for (const go of this.#waiting.clear()) go();
  }

  /** It answers now what it did not before. */
  async identifyAgain(record: EndpointRecord): Promise<void> {
    const { devices, registry, events } = this.context;
    const interview = new Interview(devices, addressOf(record));
    const uuid = await askUuid(interview);
    const identity = await identify(interview);
    if (!registry.has(record)) return;
    Object.assign(record, identity);
    if (record.uuid === undefined && isUsefulUuid(uuid)) record.uuid = uuid;
    const silent = record.unanswered.map(({ command }) => `does not answer ${command.name}`);
    record.remarks = [...new Set([...record.remarks.filter((r) => !silent.includes(r)), ...interview.remarks])];
    record.unanswered = interview.unanswered;
    events.emit({ type: 'changed', endpoint: snapshot(record), what: 'answers what it did not answer before' });
  }

  /** Wait until a bridge is shown, or is there no more. */
  async #shown(bridge: EndpointRecord | undefined): Promise<void> {
    while (bridge !== undefined && !bridge.complete && this.context.registry.has(bridge)) {
      await new Promise<void>((resolve) => this.#waiting.join(resolve));
    }
  }

  /** EIDs in use behind the bridge. `quick`: no patience with EIDs nobody has. */
  async #list(bridge: EndpointRecord, quick: boolean): Promise<readonly number[]> {
    const { devices, registry } = this.context;
    const range = registry.gatewayOf(bridge).pool;
    if (range === undefined) return [];
    const interview = new Interview(devices, addressOf(bridge));
    const table = await readBridgeTable(interview, bridge.eid);
    for (const remark of interview.remarks) this.#remark(bridge, remark);
    if (table === undefined) return bridge.pool === undefined ? [] : this.#askAll(range, quick);
    if (!table.ends) this.#remark(bridge, 'its routing table has no end');
    return table.eids.filter((eid) => eid >= range.first && eid < range.first + range.size);
  }

  async #askAll(range: { first: number; size: number }, quick: boolean): Promise<number[]> {
    const { devices, registry, network } = this.context;
    const candidates = Array.from({ length: range.size }, (_, i) => range.first + i);
    const patience = quick ? { retries: 0 } : {};
    const present = await mapLimit(candidates, this.options.parallel, async (eid) => {
      if (registry.byEid(eid) !== undefined) return true;
      try {
        return (await devices.ask({ eid, network }, GetEndpointID, {}, { once: true, ...patience })).eid === eid;
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

/** The bridge's own trouble shows when it is looked at. */
function unlessOurs(error: unknown): void {
  if (!(error instanceof MctpError)) throw error;
}
