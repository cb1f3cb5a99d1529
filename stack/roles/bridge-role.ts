/**
 * The bridge role (DSP0236 clause 9): an endpoint on its upstream link, a bus owner on the links below, and packets
 * passed on between them. Its EIDs for what is below come from the bus owner above.
 */

import { BusOwner, type BusOwnerOptions } from '../bus-owner/bus-owner.js';
import type { EndpointEvent, EndpointInfo } from '../bus-owner/endpoint.js';
import type { Clock, Timer } from '../clock.js';
import {
  ALLOCATE_OPERATION,
  ALLOCATION_STATUS,
  AllocateEndpointIDs,
  COMPLETION,
  type ControlContext,
  EID_ALLOCATION,
  ENDPOINT_TYPE,
  GetNetworkID,
  GetRoutingTableEntries,
  LAST_HANDLE,
  QueryHop,
  ResolveEndpointID,
  ResolveUUID,
  ROUTE_TYPE,
  RoutingInformationUpdate,
} from '../control/index.js';
import { EID_MAX, EID_MIN, isEid } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import type { Mctp } from '../mctp.js';
import { BASELINE_TRANSMISSION_UNIT } from '../packet.js';
import { EndpointRole, type EndpointRoleOptions } from './endpoint-role.js';

export interface BridgeRoleOptions extends Omit<EndpointRoleOptions, 'mctp' | 'clock' | 'sharedEid' | 'endpointType'> {
  readonly mctp: Mctp;
  readonly clock: Clock;
  /** The link the bus owner above is on. */
  readonly upstream: string;
  /** EIDs wanted for what is below; 1..246. */
  readonly poolSize: number;
  /** UUID of the network, for Get Network ID. */
  readonly networkId?: string;
  /** How the bus owner of the links below works. */
  readonly below?: Partial<Omit<BusOwnerOptions, 'host' | 'clock' | 'dynamic' | 'network'>>;
}

/** Whole entries that fit a 64-byte message with one-byte addresses (DSP0236 §12.12). */
const ENTRIES_PER_MESSAGE = 8;
/** Pause before what is below is looked for again when nothing, or not all, was there. */
const LOOK_AGAIN_MS = 1_000;

export class BridgeRole {
  readonly endpoint: EndpointRole;
  readonly #mctp: Mctp;
  readonly #options: BridgeRoleOptions;
  #pool: { readonly first: number; readonly size: number; readonly by: PhysicalAddress } | undefined;
  #below: BusOwner | undefined;
  #lookAgain: Timer | undefined;
  readonly #listeners = new Set<(event: EndpointEvent) => void>();

  constructor(options: BridgeRoleOptions) {
    this.#options = options;
    this.#mctp = options.mctp;
    this.#mctp.forwarding = true;
    this.endpoint = new EndpointRole({
      mctp: options.mctp,
      clock: options.clock,
      sharedEid: true,
      endpointType: ENDPOINT_TYPE.busOwnerOrBridge,
      ...(options.uuid === undefined ? {} : { uuid: options.uuid }),
      ...(options.responder === undefined ? {} : { responder: options.responder }),
    });
    this.endpoint.allocation = () => ({
      allocation: this.#pool === undefined ? EID_ALLOCATION.required : EID_ALLOCATION.alreadyAllocated,
      poolSize: options.poolSize,
    });
    this.#handle();
  }

  /** EIDs given to us for what is below. */
  get pool(): { readonly first: number; readonly size: number } | undefined {
    return this.#pool;
  }

  /** What is below, directly. */
  endpoints(): EndpointInfo[] {
    return this.#below?.endpoints() ?? [];
  }

  onEvent(listener: (event: EndpointEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** As after a power-up: no EID, no pool, nothing below known. */
  reset(): void {
    this.#dropPool();
    this.endpoint.reset();
  }

  close(): void {
    this.#dropPool();
    this.endpoint.close();
    this.#listeners.clear();
  }

  #handle(): void {
    const { responder } = this.endpoint;
    responder.handle(AllocateEndpointIDs, ({ operation, count, start }, context) =>
      this.#allocate(operation, count, start, context),
    );
    responder.handle(GetRoutingTableEntries, ({ handle }) => this.#routingTable(handle));
    responder.handle(ResolveEndpointID, ({ eid }, context) => this.#resolve(eid, context));
    responder.handle(QueryHop, ({ eid, type }, context) => this.#queryHop(eid, type, context));
    responder.handle(ResolveUUID, ({ uuid, handle }) => {
      if (handle !== 0) return COMPLETION.invalidData;
      const entries = this.endpoints()
        .filter((e) => e.uuid === uuid)
        .map((e) => ({ eid: e.eid, ...this.#location(e) }));
      return { next: LAST_HANDLE, entries };
    });
    responder.handle(RoutingInformationUpdate, ({ entries }, context) => this.#learnRoutes(entries, context));
    const { networkId } = this.#options;
    if (networkId !== undefined) responder.handle(GetNetworkID, () => ({ networkId }));
  }

  #allocate(operation: number, count: number, start: number, context: ControlContext) {
    const { poolSize } = this.#options;
    const present = this.#pool;
    if (operation === ALLOCATE_OPERATION.getInformation) {
      return { status: ALLOCATION_STATUS.accepted, poolSize: present?.size ?? poolSize, first: present?.first ?? 0 };
    }
    if (operation > ALLOCATE_OPERATION.force || count > poolSize) return COMPLETION.invalidData;
    if (count > 0 && (!isEid(start) || !isEid(start + count - 1))) return COMPLETION.invalidData;
    const by = `${context.message.link}/${context.message.physicalAddress}`;
    if (present !== undefined && present.by !== by && operation !== ALLOCATE_OPERATION.force) {
      return { status: ALLOCATION_STATUS.rejected, poolSize: present.size, first: present.first };
    }
    const same = present?.first === start && present.size === count;
    if (!same || operation === ALLOCATE_OPERATION.force) {
      this.#dropPool();
      if (count > 0) this.#usePool(start, count, by);
    }
    return { status: ALLOCATION_STATUS.accepted, poolSize: count, first: count === 0 ? 0 : start };
  }

  #usePool(first: number, size: number, by: string): void {
    this.#pool = { first, size, by };
    const { mctp, clock, upstream, below } = this.#options;
    const up = mctp.links().find((link) => link.name === upstream)!;
    this.#below = new BusOwner({
      ...below,
      host: mctp,
      clock,
      network: up.network,
      dynamic: [first, first + size - 1],
    });
    this.#below.onEvent((event) => {
      for (const listener of [...this.#listeners]) listener(event);
    });
    this.#routeUpstream();
    void this.#look();
  }

  /** Whatever is not below is above: by the bus owner there, who knows the way or drops it. */
  #routeUpstream(): void {
    const owner = this.endpoint.busOwner(this.#options.upstream);
    if (owner === undefined || !isEid(owner.eid)) return;
    const { network } = this.#mctp.links().find((link) => link.name === owner.link)!;
    const present = this.#mctp.routes().find((r) => r.network === network && r.start === EID_MIN && r.end === EID_MAX);
    if (present !== undefined) this.#mctp.removeRoute(EID_MIN, EID_MAX, network);
    this.#mctp.addRoute({ start: EID_MIN, end: EID_MAX, link: owner.link, gateway: owner.eid });
  }

  async #look(): Promise<void> {
    const owner = this.#below;
    if (owner === undefined) return;
    const links = this.#downLinks();
    await owner.discover({ links });
    if (this.#below !== owner || owner.endpoints().length > 0) return;
    this.#lookAgain = this.#options.clock.schedule(LOOK_AGAIN_MS, () => void this.#look());
  }

  #dropPool(): void {
    this.#lookAgain?.cancel();
    this.#lookAgain = undefined;
    const owner = this.#below;
    this.#below = undefined;
    this.#pool = undefined;
    if (owner === undefined) return;
    for (const endpoint of owner.endpoints()) {
      if (endpoint.bridge !== undefined) continue;
      this.#mctp.removeRoute(endpoint.eid, endpoint.eid, endpoint.network);
      this.#mctp.removeNeighbour(endpoint.eid, endpoint.link);
      if (endpoint.pool !== undefined) {
        const { first, size } = endpoint.pool;
        this.#mctp.removeRoute(first, first + size - 1, endpoint.network);
      }
    }
    owner.close();
  }

  #routingTable(handle: number) {
    const entries = this.endpoints()
      .filter((endpoint) => endpoint.bridge === undefined)
      .flatMap((endpoint) => {
        const type = endpoint.pool === undefined ? ROUTE_TYPE.endpoint : ROUTE_TYPE.bridge;
        const own = {
          size: 1,
          start: endpoint.eid,
          type,
          static: 0,
          port: this.#port(endpoint.link),
          ...this.#location(endpoint),
        };
        if (endpoint.pool === undefined) return [own];
        return [own, { ...own, size: endpoint.pool.size, start: endpoint.pool.first, type: ROUTE_TYPE.pool }];
      });
    const from = handle * ENTRIES_PER_MESSAGE;
    if (from > 0 && from >= entries.length) return COMPLETION.invalidData;
    const next = from + ENTRIES_PER_MESSAGE < entries.length ? handle + 1 : LAST_HANDLE;
    return { next, entries: entries.slice(from, from + ENTRIES_PER_MESSAGE) };
  }

  /** The answer depends on the bus of the question: there the device itself may be next, or we are (§12.9). */
  #resolve(eid: number, { message }: ControlContext) {
    const found = this.#find(eid);
    const link = this.#mctp.linkByName(message.link);
    if (found?.physicalAddress !== undefined && found.link === message.link) {
      return { bridgeEid: eid, phys: link.addressToWire(found.physicalAddress) };
    }
    const own = this.#ownEid();
    if (own === undefined || (found === undefined && eid !== own)) return COMPLETION.invalidData;
    return { bridgeEid: own, phys: link.addressToWire(link.ownAddress) };
  }

  #queryHop(eid: number, type: number, { message }: ControlContext) {
    if (!isEid(eid)) return COMPLETION.invalidData;
    const found = this.#find(eid);
    if (found === undefined && eid !== this.#ownEid()) return COMPLETION.invalidData;
    const through = found !== undefined && found.link !== message.link;
    const units = (link: string): number =>
      Math.floor((this.#mctp.linkByName(link).transmissionUnit.max - BASELINE_TRANSMISSION_UNIT) / 16);
    return {
      nextBridge: through ? (found.bridge ?? eid) : 0,
      type,
      inUnits: units(message.link),
      outUnits: units(found?.link ?? message.link),
    };
  }

  #learnRoutes(
    entries: readonly { type: number; size: number; first: number; phys: Uint8Array }[],
    { message }: ControlContext,
  ) {
    const link = this.#mctp.linkByName(message.link);
    const { network } = this.#mctp.links().find((l) => l.name === message.link)!;
    for (const { type, size, first, phys } of entries) {
      const address = link.addressFromWire(phys);
      const last = first + size - 1;
      if (address === undefined || size === 0 || !isEid(first) || !isEid(last)) return COMPLETION.invalidData;
      if (first === this.#ownEid() || address === link.ownAddress) continue;
      const gateway = this.#gatewayAt(message.link, address) ?? first;
      if (type !== ROUTE_TYPE.pool && this.#mctp.lookupNeighbour(first, message.link) !== address) {
        if (this.#mctp.lookupNeighbour(first, message.link) !== undefined)
          this.#mctp.removeNeighbour(first, message.link);
        this.#mctp.addNeighbour(first, message.link, address);
      }
      if (this.#mctp.routes().some((r) => r.network === network && r.start === first && r.end === last)) {
        this.#mctp.removeRoute(first, last, network);
      }
      this.#mctp.addRoute({ start: first, end: last, link: message.link, ...(size === 1 ? {} : { gateway }) });
    }
    return {};
  }

  #gatewayAt(link: string, address: PhysicalAddress): number | undefined {
    return this.#mctp.neighbours().find((n) => n.link === link && n.physicalAddress === address)?.eid;
  }

  /** The endpoint below with that EID, or the bridge below whose pool it is in. */
  #find(eid: number): Pick<EndpointInfo, 'link' | 'physicalAddress' | 'bridge'> | undefined {
    const all = this.endpoints();
    const found = all.find((endpoint) => endpoint.eid === eid);
    if (found !== undefined) return found;
    const above = all.find(({ pool }) => pool !== undefined && pool.first <= eid && eid < pool.first + pool.size);
    return above === undefined ? undefined : { link: above.link, physicalAddress: undefined, bridge: above.eid };
  }

  #location(endpoint: Pick<EndpointInfo, 'link' | 'physicalAddress'>) {
    const link = this.#mctp.linkByName(endpoint.link);
    return { binding: link.binding, medium: link.medium, phys: link.addressToWire(endpoint.physicalAddress ?? '') };
  }

  #downLinks(): string[] {
    return this.#mctp.links().flatMap((link) => (link.name === this.#options.upstream ? [] : [link.name]));
  }

  #port(link: string): number {
    return this.#mctp.links().findIndex((l) => l.name === link) & 0x1f;
  }

  #ownEid(): number | undefined {
    return this.#mctp.addresses()[0]?.eid;
  }
}
