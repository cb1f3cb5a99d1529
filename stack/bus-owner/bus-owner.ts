/**
 * The bus owner of a network (DSP0236 clause 8.17): finds endpoints on its links, gives them EIDs, knows what they
 * are, notices when they are reset, exchanged or gone. This is its front; the work is done by the files around it.
 */

import type { AnyCommand, RequestInput, ResponseFields } from '../codec/index.js';
import { ControlClient } from '../control/index.js';
import { MctpError } from '../errors.js';
import { eid as asEid, DEFAULT_NETWORK, type Eid, type NetworkId, networkId } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import type { CallOptions } from '../protocol/index.js';
import { onAbort } from '../util/abort.js';
import { KeyedTurnstiles } from '../util/line.js';
import { Assigner } from './assignment.js';
import { BridgePools } from './bridge-pool.js';
import { BringUp } from './bring-up.js';
import {
  type BusOwnerOptions,
  BUS_OWNER_DEFAULTS as DEFAULTS,
  type DiscoverOptions,
  type WantedEndpoint,
} from './bus-owner-options.js';
import { addressOf, DeviceClient, deviceAt, Policies } from './device-client.js';
import { Discovery, type SearchOptions } from './discovery.js';
import { DownstreamDiscovery } from './downstream-discovery.js';
import { EidHistory } from './eid-history.js';
import { EidPool, holdRouted } from './eid-pool.js';
import { EidSelection, type SetUpMode } from './eid-selection.js';
import { EndpointEvents, type EndpointListener, type EventReader, type EventsOptions } from './endpoint-events.js';
import type { EndpointInfo } from './endpoint-registry.js';
import { EndpointRegistry, snapshot, UuidClaims } from './endpoint-registry.js';
import { Watch } from './endpoint-watch.js';
import { Lifetime } from './lifetime.js';
import type { OwnerContext } from './owner-context.js';
import { learnAll, routedEids } from './passive-discovery.js';
import { Removal } from './removal.js';
import { RoutingUpdates } from './routing-updates.js';

export class BusOwner {
  readonly network: NetworkId;
  readonly pool: EidPool;
  readonly client: ControlClient;
  readonly #options: BusOwnerOptions;
  readonly #context: OwnerContext;
  readonly #downstream: DownstreamDiscovery;
  readonly #bringUp: BringUp;
  readonly #removal: Removal;
  readonly #discovery: Discovery;
  readonly #updates: RoutingUpdates;
  readonly #watch: Watch;
  readonly #lifetime: Lifetime;
  /** Places of devices that have asked to be found, while they are looked at. */
  readonly #notified = new Set<string>();
  #routed: Promise<void> | undefined;
  readonly #stopListening: (() => void) | undefined;

  /** @throws MctpError EINVAL, ECONFLICT for ranges and assignments that contradict each other */
  constructor(options: BusOwnerOptions) {
    const { host, clock } = options;
    this.#options = options;
    this.network = options.network === undefined ? DEFAULT_NETWORK : networkId(options.network);
    this.#lifetime = new Lifetime(clock);
    const reclaimMs = options.reclaimMs ?? DEFAULTS.reclaimMs;
    this.pool = new EidPool({ clock, dynamic: options.dynamic ?? DEFAULTS.dynamic, quarantineMs: reclaimMs });
    const history = new EidHistory(options.state, options.onState);
    const keepForeign = options.keepForeign ?? true;
    const mayAssign = options.mayAssign ?? (() => true);
    const spanOf = options.dynamicOf ?? (() => undefined);
    const selection = new EidSelection(this.pool, history, options.assignments ?? [], keepForeign, mayAssign, spanOf);
    this.client = new ControlClient({ transport: host, ...options.control, clock });
    const registry = new EndpointRegistry(host, this.network);
    const policies = new Policies(registry, options.policy, options.skip);
    const context: OwnerContext = {
      network: this.network,
      mayAssign,
      devices: new DeviceClient(this.client, this.#lifetime, (to) => policies.of(to)),
      pool: this.pool,
      selection,
      history,
      registry,
      uuids: new UuidClaims(),
      events: new EndpointEvents(clock),
      setUps: new KeyedTurnstiles(MOST_SET_UPS_WAITING, 'set-ups wait for this device'),
      lifetime: this.#lifetime,
    };
    this.#context = context;
    const parallel = options.parallel ?? DEFAULTS.parallel;
    const assigner = new Assigner(context.devices, this.pool, registry, selection);
    const pools = new BridgePools(
      context.devices,
      this.pool,
      history,
      registry,
      selection,
      options.maxBridgePool ?? DEFAULTS.maxBridgePool,
      keepForeign,
    );
    this.#removal = new Removal(context, pools);
    this.#downstream = new DownstreamDiscovery(context, {
      settleMs: options.settleMs ?? DEFAULTS.settleMs,
      parallel,
      learns: options.behind ?? true,
    });
    this.#bringUp = new BringUp(context, assigner, pools, this.#downstream, this.#removal);
    this.#updates = new RoutingUpdates(context, host);
    this.#watch = new Watch(context, this.#bringUp, this.#downstream, this.#removal, {
      host,
      reclaimMs,
      pollMs: options.pollMs ?? DEFAULTS.pollMs,
      scanMs: options.scanMs ?? 0,
      scan: async (links) => {
        await this.#search(links === undefined ? { onlyNews: true } : { links, onlyNews: true });
      },
    });
    this.#discovery = new Discovery(context, host, assigner, this.#bringUp, this.#watch, {
      parallel,
      surveyMs: options.surveyMs ?? DEFAULTS.surveyMs,
      only: options.only ?? (() => true),
    });
    this.#stopListening = host.on?.('linkRemoved', ({ link }) => void this.#forgetLink(link).catch(ignore));
    if (options.routingUpdates !== false) {
      context.events.on(({ type }) => {
        if (type !== 'conflict' && type !== 'degraded') this.#updates.changed();
      });
    }
  }

  endpoints(): EndpointInfo[] {
    return this.#context.registry.complete.map(snapshot);
  }

  endpoint(eid: number): EndpointInfo | undefined {
    const record = this.#context.registry.byEid(eid);
    return record?.complete === true ? snapshot(record) : undefined;
  }

  /** Hear what happens to endpoints; returns how to stop. */
  onEvent(listener: EndpointListener): () => void {
    return this.#context.events.on(listener);
  }

  /** The same, to iterate. */
  events(options?: EventsOptions): EventReader {
    return this.#context.events.read(options);
  }

  /**
   * Ask at every address worth asking, on all links at once, and set up what answers. Endpoints known before are looked
   * at again. One device that fails does not stop the others: it is reported as a `conflict` event.
   * In the end the bridges are told where the other endpoints are.
   *
   * Where the host's tables are another program's (`readOnly`), no EID is given: the endpoints which have routes
   * are asked what they are.
   */
  async discover(options: DiscoverOptions = {}): Promise<EndpointInfo[]> {
    await this.#search(options);
    return this.endpoints();
  }

  async #search(options: SearchOptions): Promise<void> {
    const { host, parallel = DEFAULTS.parallel } = this.#options;
    await this.#forgetRemovedLinks();
    if (host.readOnly) {
      const eids = await routedEids(host, this.network, options);
      await learnAll(eids, parallel, options.signal, (eid) => this.#learnOrCheck(eid));
    } else {
      await this.#reserveOwn(options.links);
      await this.#discovery.run(options);
      if (options.signal?.aborted !== true) await this.#updates.flush();
    }
  }

  /**
   * Search as `discover` does, and end as soon as the wanted endpoint is known: what has begun with other devices is
   * finished, and nothing else is begun. One that is known already is not asked again. Undefined: the search is over,
   * and it was not found.
   */
  async find(wanted: WantedEndpoint, options: DiscoverOptions = {}): Promise<EndpointInfo | undefined> {
    const matches = matcher(wanted);
    const known = (): EndpointInfo | undefined => this.endpoints().find(matches);
    const before = known();
    if (before !== undefined) return before;
    const enough = new AbortController();
    const end = (): void => enough.abort();
    const stopListening = onAbort(options.signal, end);
    return new Promise((resolve, reject) => {
      const stop = this.onEvent((event) => {
        if (event.type === 'conflict' || !matches(event.endpoint) || event.type === 'vanished') return;
        end();
        resolve(event.endpoint);
      });
      this.discover({ ...options, signal: enough.signal })
        .finally(() => {
          stop();
          stopListening?.();
        })
        .then(() => resolve(known()), reject);
    });
  }

  /**
   * Bring one device into the network; a usable EID it has already is kept (mctpd: SetupEndpoint).
   * @throws MctpError ENACK, ETIMEDOUT: nobody there; ECONFLICT; EACCES: EIDs are given by another program
   */
  setup(link: string, physicalAddress: PhysicalAddress): Promise<EndpointInfo> {
    return this.#setUp(link, physicalAddress, 'keep');
  }

  /** As `setup`, but always give it an EID of ours (mctpd: AssignEndpoint). */
  assign(link: string, physicalAddress: PhysicalAddress): Promise<EndpointInfo> {
    return this.#setUp(link, physicalAddress, 'assign');
  }

  /** Give it this very EID, and its pool this start if it is a bridge (AssignEndpointStatic, AssignBridgeStatic). */
  assignStatic(link: string, physicalAddress: PhysicalAddress, eid: number, poolStart?: number): Promise<EndpointInfo> {
    return this.#setUp(link, physicalAddress, {
      eid: asEid(eid),
      ...(poolStart === undefined ? {} : { poolStart: asEid(poolStart) }),
    });
  }

  /**
   * Take note of an endpoint that has its EID and can be reached by the routes there are (mctpd: LearnEndpoint).
   * @throws MctpError EHOSTUNREACH, ETIMEDOUT, ECONFLICT when another EID answers
   */
  async learn(eid: number): Promise<EndpointInfo> {
    const known = this.#context.registry.byEid(eid);
    if (known !== undefined) return snapshot(known);
    const routes = (await this.#options.host.routes()).filter((r) => r.network === this.network);
    const route = routes
      .filter((r) => r.start <= eid && eid <= r.end)
      .sort((a, b) => a.end - a.start - (b.end - b.start))[0];
    if (route === undefined) throw new MctpError('EHOSTUNREACH', `there is no route to EID ${eid}`);
    return snapshot(await this.#downstream.learn(asEid(eid), route.link, route.gateway));
  }

  /** Forget an endpoint and what is behind it; its EIDs rest before they are given out again. @throws MctpError ENOENT */
  async remove(eid: number): Promise<void> {
    const record = this.#context.registry.byEid(eid);
    if (record === undefined) throw new MctpError('ENOENT', `no endpoint with EID ${eid} is known`);
    await this.#removal.remove(record, 'removed on request');
  }

  /** Look at one endpoint now instead of at its turn: after a failed exchange, for instance. */
  async check(eid: number): Promise<EndpointInfo | undefined> {
    const record = this.#context.registry.byEid(eid);
    if (record !== undefined) await this.#watch.check(record);
    return this.endpoint(eid);
  }

  /**
   * A device asks to be found (Discovery Notify, DSP0236 §12.15): set it up, or look at it again.
   * While it is looked at, it need not ask again.
   * @throws as `setup`; MctpError ENOBUFS: too many ask at a time
   */
  async notified(link: string, physicalAddress: PhysicalAddress): Promise<void> {
    const { place } = deviceAt(link, physicalAddress);
    // It is being looked at: once is enough, however often it asks.
    if (this.#notified.has(place)) return;
    if (this.#notified.size >= MOST_NOTIFIED) {
      throw new MctpError('ENOBUFS', `${MOST_NOTIFIED} devices that asked to be found are looked at already`);
    }
    this.#notified.add(place);
    try {
      const known = this.#context.registry.byPlace(place);
      if (known !== undefined) await this.#watch.check(known);
      else await this.setup(link, physicalAddress);
    } finally {
      this.#notified.delete(place);
    }
  }

  /** Ask an endpoint any control command, as its policy wants it. @throws MctpError ENOENT, and as `ControlClient` */
  request<C extends AnyCommand>(
    eid: number,
    command: C,
    fields: RequestInput<C>,
    options?: CallOptions,
  ): Promise<ResponseFields<C>> {
    const record = this.#context.registry.byEid(eid);
    const to = record === undefined ? { eid: asEid(eid), network: this.network } : addressOf(record);
    return this.#context.devices.ask(to, command, fields, options);
  }

  /** From now on, look at the endpoints every `pollMs`, for new ones every `scanMs`, and whenever a link comes up. */
  monitor(): void {
    this.#watch.start();
  }

  /** Take everything out of the tables again, and end: the bus is not ours any more. */
  async retire(reason: string): Promise<void> {
    this.#lifetime.end();
    this.#watch.stop();
    this.client.close();
    for (const record of this.#context.registry.all) await this.#removal.remove(record, reason);
    this.close();
  }

  close(): void {
    this.#stopListening?.();
    this.#lifetime.end();
    this.#watch.stop();
    this.#updates.stop();
    this.client.close();
    this.#context.events.close();
  }

  /** A link that is down may come back; one that is not there any more takes its endpoints with it. */
  async #forgetRemovedLinks(): Promise<void> {
    const { all } = this.#context.registry;
    if (all.length === 0) return;
    const there = new Set((await this.#options.host.links()).map(({ name }) => name));
    for (const link of new Set(all.map((record) => record.link))) if (!there.has(link)) await this.#forgetLink(link);
  }

  /** Its routes are gone with it, even when there is another one with its name by now: so all of them at once. */
  async #forgetLink(link: string): Promise<void> {
    const gone = this.#context.registry.all.filter((record) => record.link === link);
    await Promise.all(gone.map((record) => this.#removal.remove(record, `link ${link} was removed`)));
  }

  async #learnOrCheck(eid: Eid): Promise<void> {
    const known = this.#context.registry.byEid(eid);
    if (known === undefined) await this.learn(eid);
    else await this.#watch.check(known);
  }

  async #setUp(link: string, physicalAddress: PhysicalAddress, mode: SetUpMode): Promise<EndpointInfo> {
    if (this.#options.host.readOnly) {
      throw new MctpError('EACCES', 'EIDs are given by another program here: this bus owner only looks');
    }
    if (mode !== 'keep' && !this.#context.mayAssign(link)) {
      throw new MctpError('EACCES', `no EIDs are given on link ${link}: this bus owner only looks`);
    }
    await this.#reserveOwn([link]);
    return snapshot(await this.#bringUp.run(deviceAt(link, physicalAddress), { mode }));
  }

  /** Our own EIDs are not to be given away, nor those that others have made routes to. */
  async #reserveOwn(links: readonly string[] | undefined): Promise<void> {
    const { host } = this.#options;
    for (const { network, eid } of await host.addresses()) {
      if (network === this.network) this.#holdOwn(eid);
    }
    // Later on the routes are ours.
    this.#routed ??= holdRouted(host, this.network, links, this.pool);
    await this.#routed;
  }

  #holdOwn(eid: Eid): void {
    if (this.pool.isFree(eid, OURSELVES)) this.pool.take(eid, OURSELVES);
  }
}

/** Nobody waits for it. */
function ignore(error: unknown): void {
  if (!(error instanceof MctpError)) throw error;
}

/** That wait for one device at a time. */
const MOST_SET_UPS_WAITING = 1024;

/** That are looked at because they asked for it. */
const MOST_NOTIFIED = 64;

const OURSELVES = 'this bus owner';

function matcher(wanted: WantedEndpoint): (endpoint: EndpointInfo) => boolean {
  if ('eid' in wanted) return ({ eid }) => eid === wanted.eid;
  if ('uuid' in wanted) return ({ uuid }) => uuid === wanted.uuid;
  return ({ link, physicalAddress }) => link === wanted.link && physicalAddress === wanted.physicalAddress;
}
