/**
 * Telling the bridges on our links where everything else is (Routing Information Update, DSP0236 §12.11): what is on
 * the same link by its own address, all the rest by ours.
 */

import type { Timer } from '../clock.js';
import { COMPLETION, ENDPOINT_TYPE, ROUTE_TYPE, RoutingInformationUpdate } from '../control/index.js';
import { CompletionCodeError, MctpError } from '../errors.js';
import { addressOf } from './device-client.js';
import type { EndpointRecord } from './endpoint-registry.js';
import type { NetworkStack } from './network-stack.js';
import type { OwnerContext } from './owner-context.js';

export interface UpdateEntry {
  readonly type: number;
  readonly size: number;
  readonly first: number;
  readonly phys: Uint8Array;
}

/** A control message has 64 bytes at most; four go to the type, the header and the count. */
const ROOM = 60;
/** Changes come in bursts: the bridges are told when nothing has changed for a while, or it has gone on for long. */
const QUIET_MS = 250;
const LONGEST_MS = 2_000;

export class RoutingUpdates {
  /** What each bridge was told last. */
  readonly #told = new Map<EndpointRecord, string>();
  #timer: Timer | undefined;
  /** The first change not told yet. */
  #changedAt: number | undefined;
  #sending = false;
  #again = false;

  constructor(
    private readonly context: OwnerContext,
    private readonly host: NetworkStack,
  ) {}

  /** Something is not where it was: tell the bridges in a moment. */
  changed(): void {
    if (this.host.linkByName === undefined || this.context.lifetime.ended) return;
    const { clock } = this.context.devices;
    this.#timer?.cancel();
    this.#changedAt ??= clock.now();
    const longest = this.#changedAt + LONGEST_MS - clock.now();
    this.#timer = clock.schedule(Math.min(QUIET_MS, longest), () => void this.flush());
  }

  /** If something has changed, tell the bridges now: nothing else will change for a while. */
  async flush(): Promise<void> {
    if (this.#changedAt === undefined) return;
    this.stop();
    this.#changedAt = undefined;
    await this.#send();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Tell every bridge what it does not know yet. */
  async #send(): Promise<void> {
    if (this.#sending) {
      this.#again = true;
      return;
    }
    this.#sending = true;
    try {
      do {
        this.#again = false;
        for (const record of this.#told.keys()) if (!this.context.registry.has(record)) this.#told.delete(record);
        await Promise.all(this.#bridges().map((bridge) => this.#tell(bridge)));
      } while (this.#again && !this.context.lifetime.ended);
    } finally {
      this.#sending = false;
    }
  }

  #bridges(): EndpointRecord[] {
    return this.context.registry.complete.filter(
      (r) =>
        this.context.mayAssign(r.link) &&
        r.physicalAddress !== undefined &&
        r.pool !== undefined &&
        r.endpointType === ENDPOINT_TYPE.busOwnerOrBridge,
    );
  }

  async #tell(bridge: EndpointRecord): Promise<void> {
    const entries = await this.#entries(bridge);
    const text = JSON.stringify(entries.map(({ phys, ...rest }) => ({ ...rest, phys: [...phys] })));
    if (entries.length === 0 || this.#told.get(bridge) === text) return;
    this.#told.set(bridge, text);
    const perMessage = Math.floor(ROOM / (3 + entries[0]!.phys.length));
    try {
      for (let at = 0; at < entries.length; at += perMessage) {
        const part = entries.slice(at, at + perMessage);
        await this.context.devices.ask(addressOf(bridge), RoutingInformationUpdate, { entries: part });
      }
    } catch (error) {
      if (!(error instanceof MctpError)) throw error;
      this.#failed(bridge, error);
    }
  }

  /** A bridge that has no such command, or no room, is not asked again for the same. */
  #failed(bridge: EndpointRecord, error: MctpError): void {
    if (!(error instanceof CompletionCodeError)) {
      this.#told.delete(bridge);
      return;
    }
    const remark =
      error.completionCode === COMPLETION.insufficientSpace
        ? 'has no room for the routes it was told'
        : `does not take routing information: ${error.completionCodeName}`;
    if (!bridge.remarks.includes(remark)) bridge.remarks = [...bridge.remarks, remark];
  }

  async #entries(bridge: EndpointRecord): Promise<UpdateEntry[]> {
    const link = this.host.linkByName!(bridge.link);
    const ownWire = link.addressToWire(link.ownAddress);
    const own = (await this.host.addresses()).filter((a) => a.network === this.context.network).map((a) => a.eid);
    const far = new Set<number>();
    const near: UpdateEntry[] = [];
    for (const record of this.context.registry.complete) {
      if (record === bridge || this.context.registry.gatewayOf(record) === bridge) continue;
      const { pool } = record;
      if (record.link !== bridge.link || record.physicalAddress === undefined) {
        // What is behind another bridge of the same link is in that bridge's pool.
        if (record.link !== bridge.link) {
          far.add(record.eid);
          for (let i = 0; pool !== undefined && i < pool.size; i++) far.add(pool.first + i);
        }
        continue;
      }
      const phys = link.addressToWire(record.physicalAddress);
      const isBridge = record.endpointType === ENDPOINT_TYPE.busOwnerOrBridge;
      near.push({ type: isBridge ? ROUTE_TYPE.bridge : ROUTE_TYPE.endpoint, size: 1, first: record.eid, phys });
      if (pool !== undefined) near.push({ type: ROUTE_TYPE.pool, size: pool.size, first: pool.first, phys });
    }
    const self = [...new Set(own)].map((eid) => ({ type: ROUTE_TYPE.bridge, size: 1, first: eid, phys: ownWire }));
    return [...self, ...near, ...runs(far).map((run) => ({ ...run, type: ROUTE_TYPE.pool, phys: ownWire }))];
  }
}

/** EIDs as ranges. */
function runs(eids: Iterable<number>): { first: number; size: number }[] {
  const found: { first: number; size: number }[] = [];
  for (const eid of [...eids].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && last.first + last.size === eid) last.size++;
    else found.push({ first: eid, size: 1 });
  }
  return found;
}
