/** Giving a bridge EIDs to hand out (DSP0236 §12.10), and taking them back. */

import { ALLOCATE_OPERATION, ALLOCATION_STATUS, AllocateEndpointIDs } from '../control/index.js';
import { MctpError } from '../errors.js';
import { type Eid, isEid } from '../ids.js';
import { addressOf, type DeviceClient } from './device-client.js';
import type { EidHistory } from './eid-history.js';
import type { EidPool } from './eid-pool.js';
import type { EidSelection } from './eid-selection.js';
import type { EndpointRecord, EndpointRegistry } from './endpoint-registry.js';
import type { Interview } from './interview.js';

export interface EidRange {
  readonly first: Eid;
  readonly size: number;
}

export interface PoolInformation {
  readonly poolSize: number;
  readonly first: number;
}

interface Answer extends PoolInformation {
  readonly status: number;
}

export class BridgePools {
  constructor(
    private readonly devices: DeviceClient,
    private readonly pool: EidPool,
    private readonly history: EidHistory,
    private readonly registry: EndpointRegistry,
    private readonly selection: EidSelection,
    /** EIDs given to one bridge at most; mctpd gives 15. */
    private readonly most: number,
    /** May a bridge keep a range outside of the dynamic one? */
    private readonly keepForeign: boolean,
  ) {}

  /** The pool it has, or wants (`first` is 0); undefined when it does not say. @throws as `Interview.ask` */
  information(bridge: Interview): Promise<PoolInformation | undefined> {
    return bridge.ask(AllocateEndpointIDs, { operation: ALLOCATE_OPERATION.getInformation, count: 0, start: 0 });
  }

  /**
   * Give the bridge its pool, or let it keep the one it has, and make the range reachable through it. Undefined when it wants
   * none, or none is left.
   * @throws MctpError ECONFLICT when it will not take what it is given; ETIMEDOUT, ENACK, ECOMPLETION
   */
  async allocate(
    bridge: EndpointRecord,
    present: PoolInformation,
    start: number | undefined,
  ): Promise<EidRange | undefined> {
    const kept = start === undefined || present.first === start ? await this.#take(bridge, present) : undefined;
    if (kept !== undefined) return kept;
    const holder = poolHolder(bridge);
    if (present.poolSize === 0) return undefined;
    const size = Math.min(present.poolSize, this.most);
    const range = this.pool.takeRange(size, holder, {
      preferred: start ?? this.history.recallPool(holder),
      near: bridge.eid + 1,
      span: this.selection.spanOf(bridge.link),
      avoid: (eid) => this.selection.isSpokenFor(eid, bridge.place),
    });
    if (range === undefined) {
      const why = size === 0 ? 'none are given to bridges' : 'none are left';
      this.#remark(bridge, `wants ${present.poolSize} EIDs for what is behind it, and ${why}`);
      return undefined;
    }
    if (range.count < size) {
      this.#remark(bridge, `wants ${present.poolSize} EIDs for what is behind it, and only ${range.count} are left`);
    }
    if (start !== undefined && range.first !== start) {
      this.#remark(bridge, `was to have EIDs from ${start} on for what is behind it, and they are not free`);
    }
    try {
      const answer = await this.#give(bridge, range.first, range.count);
      if (answer.first !== range.first || answer.poolSize !== range.count) {
        throw new MctpError(
          'ECONFLICT',
          `${bridge.place} was given ${range.count} EIDs from ${range.first} on and uses ${answer.poolSize} from ${answer.first} on`,
        );
      }
      return this.#use(bridge, { first: range.first, size: range.count });
    } catch (error) {
      // It may have heard us: no other bridge gets them for a while.
      for (let i = 0; i < range.count; i++) this.pool.release(range.first + i);
      throw error;
    }
  }

  /** Let the bridge keep the EIDs that it has, and make them reachable through it. Undefined when others have them. */
  async keep(bridge: EndpointRecord, present: PoolInformation): Promise<EidRange | undefined> {
    const kept = await this.#take(bridge, present);
    if (kept === undefined) {
      const last = present.first + present.poolSize - 1;
      this.#remark(bridge, `has EIDs ${present.first} to ${last} for what is behind it, and others have some of them`);
    }
    return kept;
  }

  async #take(bridge: EndpointRecord, { first, poolSize: size }: PoolInformation): Promise<EidRange | undefined> {
    if (first === 0 || !this.#takeExactly(first, size, bridge)) return undefined;
    return this.#use(bridge, { first: first as Eid, size });
  }

  /** The bridge's EIDs come back; nothing behind it is reachable any more. */
  async release(bridge: EndpointRecord): Promise<void> {
    if (bridge.pool === undefined) return;
    const { first, size } = bridge.pool;
    bridge.pool = undefined;
    for (let i = 0; i < size; i++) this.pool.release(first + i);
    await this.registry.disconnect(first, first + size - 1);
  }

  async #give(bridge: EndpointRecord, first: number, count: number): Promise<Answer> {
    const answer = await this.#ask(bridge, ALLOCATE_OPERATION.allocate, count, first);
    if (answer.status !== ALLOCATION_STATUS.rejected) return answer;
    this.#remark(bridge, `held EIDs from ${answer.first} on of another bus owner; they were taken away`);
    const forced = await this.#ask(bridge, ALLOCATE_OPERATION.force, count, first);
    if (forced.status !== ALLOCATION_STATUS.rejected) return forced;
    throw new MctpError('ECONFLICT', `${bridge.place} refuses the EIDs ${first} to ${first + count - 1}`);
  }

  #ask(bridge: EndpointRecord, operation: number, count: number, start: number): Promise<Answer> {
    return this.devices.ask(addressOf(bridge), AllocateEndpointIDs, { operation, count, start });
  }

  async #use(bridge: EndpointRecord, range: EidRange): Promise<EidRange> {
    await this.registry.connectBehind(range.first, range.first + range.size - 1, bridge.link, bridge.eid);
    this.history.rememberPool(poolHolder(bridge), range.first);
    return range;
  }

  #takeExactly(first: number, size: number, bridge: EndpointRecord): boolean {
    const holder = poolHolder(bridge);
    const span = this.selection.spanOf(bridge.link);
    if (size === 0 || !isEid(first) || !isEid(first + size - 1)) return false;
    for (let i = 0; i < size; i++) {
      const ours = this.keepForeign || this.pool.covers(first + i, span);
      if (!ours || !this.pool.isFree(first + i, holder)) return false;
    }
    for (let i = 0; i < size; i++) this.pool.take(first + i, holder);
    return true;
  }

  #remark(bridge: EndpointRecord, remark: string): void {
    bridge.remarks = [...bridge.remarks, remark];
  }
}

function poolHolder(bridge: Pick<EndpointRecord, 'place'>): string {
  return `the pool of ${bridge.place}`;
}
