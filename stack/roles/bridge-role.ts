/**
 * The bridge role (DSP0236 clause 9): an endpoint on its upstream link, a bus owner on the links below, and packets
 * passed on between them. Its EIDs for what is below come from the bus owner above.
 */

import { BusOwner } from '../bus-owner/bus-owner.js';
import type { BusOwnerOptions } from '../bus-owner/bus-owner-options.js';
import {
  EndpointEvents,
  type EndpointListener,
  type EventReader,
  type EventsOptions,
} from '../bus-owner/endpoint-events.js';
import type { EndpointInfo } from '../bus-owner/endpoint-registry.js';
import type { Clock } from '../clock.js';
import {
  ALLOCATE_OPERATION,
  ALLOCATION_STATUS,
  AllocateEndpointIDs,
  COMPLETION,
  ControlClient,
  type ControlContext,
  DiscoveryNotify,
  EID_ALLOCATION,
  ENDPOINT_TYPE,
  ResolveEndpointID,
  ResolveUUID,
  RoutingInformationUpdate,
} from '../control/index.js';
import { MctpError } from '../errors.js';
import { EID_MAX, EID_MIN, isEid } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import type { Mctp } from '../mctp.js';
import { fail } from '../protocol/index.js';
import { Emitter } from '../util/emitter.js';
import { EndpointRole, type EndpointRoleOptions, type OwnBusOwner, tellLogger } from './endpoint-role.js';
import { dropRoute } from './host-routes.js';
import { LearnedRoutes } from './learned-routes.js';
import { RouteResolver } from './route-resolver.js';
import { serveRouting, type UuidEntry } from './routing-responder.js';

export interface BridgeRoleOptions
  extends Omit<EndpointRoleOptions, 'mctp' | 'clock' | 'sharedEid' | 'endpointType' | 'owns' | 'routesUpstream'> {
  readonly mctp: Mctp;
  readonly clock: Clock;
  /** The link the bus owner above is on. */
  readonly upstream: string;
  /** EIDs wanted for what is below; 1..246. */
  readonly poolSize: number;
  /** UUID of the network, for Get Network ID. */
  readonly networkId?: string;
  /** How the bus owner of the links below works; it searches every 5 s unless told otherwise. */
  readonly below?: Partial<Omit<BusOwnerOptions, 'host' | 'clock' | 'dynamic' | 'network'>>;
}

const SCAN_MS = 5_000;

interface Pool {
  readonly first: number;
  readonly size: number;
  /** The bus owner that gave it: link and physical address. */
  readonly by: string;
}

export class BridgeRole {
  readonly endpoint: EndpointRole;
  readonly #mctp: Mctp;
  readonly #options: BridgeRoleOptions;
  readonly #directory: RouteResolver;
  readonly #learned: LearnedRoutes;
  readonly #events: EndpointEvents;
  readonly #pools: Emitter<{ given: { readonly first: number; readonly size: number } }>;
  #pool: Pool | undefined;
  #below: BusOwner | undefined;
  #client: ControlClient | undefined;

  constructor(options: BridgeRoleOptions) {
    this.#options = options;
    this.#mctp = options.mctp;
    this.#mctp.forwarding = true;
    this.#directory = new RouteResolver(options.mctp);
    this.#events = new EndpointEvents(options.clock);
    this.#pools = new Emitter(tellLogger(options));
    this.#learned = new LearnedRoutes(options.mctp, (eid) => this.#isOurs(eid));
    this.endpoint = new EndpointRole({
      ...options,
      sharedEid: true,
      endpointType: ENDPOINT_TYPE.busOwnerOrBridge,
      owns: (link) => link !== options.upstream,
      routesUpstream: true,
    });
    this.endpoint.allocation = () => ({
      allocation: this.#pool === undefined ? EID_ALLOCATION.required : EID_ALLOCATION.alreadyAllocated,
      poolSize: options.poolSize,
    });
    this.#handle();
  }

  /** EIDs given to us for what is below. */
  get pool(): { readonly first: number; readonly size: number } | undefined {
    return this.#pool === undefined ? undefined : { first: this.#pool.first, size: this.#pool.size };
  }

  /** Be told when the bus owner above has given us EIDs for what is below; returns how to stop. */
  onPool(listener: (pool: { readonly first: number; readonly size: number }) => void): () => void {
    return this.#pools.on('given', listener);
  }

  /** What is directly below. */
  endpoints(): EndpointInfo[] {
    return this.#below?.endpoints() ?? [];
  }

  onEvent(listener: EndpointListener): () => void {
    return this.#events.on(listener);
  }

  events(options?: EventsOptions): EventReader {
    return this.#events.read(options);
  }

  /** As after a power-up: no EID, no pool, nothing known. */
  reset(): void {
    void this.#dropPool('the bridge was reset');
    this.#learned.clear();
    dropRoute(this.#mctp, this.#network(), EID_MIN, EID_MAX);
    this.endpoint.reset();
  }

  close(): void {
    this.#below?.close();
    this.#below = undefined;
    this.#client?.close();
    this.endpoint.close();
    this.#events.close();
    this.#pools.clear();
  }

  #handle(): void {
    const { responder } = this.endpoint;
    responder.handlers.on(AllocateEndpointIDs, ({ operation, count, start }, context) =>
      this.#allocate(operation, count, start, context),
    );
    responder.handlers.on(RoutingInformationUpdate, ({ entries }, { message }) => {
      // Only a bus owner may tell us, and on the links below that is ourselves (table 12).
      if (message.link !== this.#options.upstream) return fail(COMPLETION.unsupportedCommand);
      const owner = this.endpoint.busOwner(message.link);
      // A stranger's would take over the ways of everybody below.
      if (owner !== undefined && owner.physicalAddress !== message.physicalAddress) {
        return fail(COMPLETION.unsupportedCommand);
      }
      return this.#learned.update(message.link, entries) ? {} : fail(COMPLETION.invalidData);
    });
    responder.handlers.on(DiscoveryNotify, (_fields, { message }) => {
      if (message.link === this.#options.upstream) return fail(COMPLETION.unsupportedCommand);
      this.#below?.notified(message.link, message.physicalAddress).catch(ignore);
      return {};
    });
    serveRouting(responder, {
      directory: this.#directory,
      endpoints: () => this.endpoints(),
      uuid: this.#options.uuid,
      networkId: this.#options.networkId,
      askAbove: (eid, link) => this.#askAbove(eid, link),
      uuidAbove: (uuid, link) => this.#uuidAbove(uuid, link),
    });
  }

  #allocate(operation: number, count: number, start: number, { message }: ControlContext) {
    const { poolSize, upstream } = this.#options;
    const present = this.#pool;
    if (message.link !== upstream) return fail(COMPLETION.unsupportedCommand);
    if (operation === ALLOCATE_OPERATION.getInformation) {
      return { status: ALLOCATION_STATUS.accepted, poolSize: present?.size ?? poolSize, first: present?.first ?? 0 };
    }
    if (operation > ALLOCATE_OPERATION.force || count > poolSize) return fail(COMPLETION.invalidData);
    if (count > 0 && (!isEid(start) || !isEid(start + count - 1))) return fail(COMPLETION.invalidData);
    const by = `${message.link}/${message.physicalAddress}`;
    const force = operation === ALLOCATE_OPERATION.force;
    if (present !== undefined && present.by !== by && !force) {
      return { status: ALLOCATION_STATUS.rejected, poolSize: present.size, first: present.first };
    }
    const same = present?.first === start && present.size === count;
    if (!same || force) {
      const before = this.#dropPool('the bus owner gave other EIDs');
      if (count > 0) this.#usePool(start, count, by, before);
    }
    return { status: ALLOCATION_STATUS.accepted, poolSize: count, first: count === 0 ? 0 : start };
  }

  /** `before`: when nothing of the EIDs used until now is in the tables any more. */
  #usePool(first: number, size: number, by: PhysicalAddress, before: Promise<void>): void {
    this.#pool = { first, size, by };
    const { mctp, clock, below, upstream } = this.#options;
    const owner = new BusOwner({
      scanMs: SCAN_MS,
      // Whoever is above asks them that.
      skip: ['types', 'versions', 'vendor'],
      behind: false,
      ...below,
      host: mctp,
      clock,
      network: this.#network(),
      dynamic: [first, first + size - 1],
      keepForeign: false,
      only: (link) => link !== upstream,
    });
    this.#below = owner;
    owner.onEvent((event) => this.#events.pass(event));
    owner.monitor();
    // What still has a route would be taken for an endpoint's, which may be gone.
    before.then(() => owner.discover()).catch(ignore);
    this.#pools.emit('given', { first, size });
  }

  async #dropPool(reason: string): Promise<void> {
    const owner = this.#below;
    this.#below = undefined;
    this.#pool = undefined;
    await owner?.retire(reason).catch(ignore);
  }

  /** The bus owner above knows what is in the network beside us. Asked only for those below: those above ask it. */
  async #askAbove(eid: number, link: string): Promise<boolean> {
    const owner = this.#ownerAbove(link);
    if (owner === undefined || this.#inPool(eid)) return false;
    if (owner.eid === eid) return true;
    try {
      await this.#ask().request(owner, ResolveEndpointID, { eid });
      return true;
    } catch (error) {
      if (error instanceof MctpError) return false;
      throw error;
    }
  }

  /** It knows what is behind our bridges, too, which we leave to it. The first page of its answer will do. */
  async #uuidAbove(uuid: string, link: string): Promise<readonly UuidEntry[]> {
    const owner = this.#ownerAbove(link);
    if (owner === undefined) return [];
    try {
      return (await this.#ask().request(owner, ResolveUUID, { uuid, handle: 0 })).entries;
    } catch (error) {
      if (error instanceof MctpError) return [];
      throw error;
    }
  }

  /** The bus owner above, when somebody on another link than its own asks. */
  #ownerAbove(asker: string): OwnBusOwner | undefined {
    const owner = this.endpoint.busOwner(this.#options.upstream);
    return owner?.link === asker ? undefined : owner;
  }

  #ask(): ControlClient {
    this.#client ??= new ControlClient({ transport: this.#mctp, clock: this.#options.clock });
    return this.#client;
  }

  #isOurs(eid: number): boolean {
    return this.#inPool(eid) || this.#directory.isOwn(eid, this.#options.upstream);
  }

  #inPool(eid: number): boolean {
    const pool = this.#pool;
    return pool !== undefined && pool.first <= eid && eid < pool.first + pool.size;
  }

  #network(): number {
    return this.#directory.linkStatus(this.#options.upstream).network;
  }
}

/** No caller waits for this; what went wrong shows as an event. */
function ignore(error: unknown): void {
  if (!(error instanceof MctpError)) throw error;
}
