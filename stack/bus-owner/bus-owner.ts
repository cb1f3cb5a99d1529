/**
 * The bus owner of a network (DSP0236 clause 8.17): finds endpoints on its links, gives them EIDs, knows what they
 * are, notices when they are reset, exchanged or gone.
 */

import type { Clock } from '../clock.js';
import {
  ControlClient,
  type ControlClientOptions,
  EID_ALLOCATION,
  ENDPOINT_TYPE,
  GetEndpointID,
} from '../control/index.js';
import { MctpError } from '../errors.js';
import { DEFAULT_NETWORK, EID_NULL, type Eid, isEid, type NetworkId, networkId } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import { type Assigned, Assigner, atAddress, type Device } from './assignment.js';
import { Downstream } from './downstream.js';
import { EidPool } from './eid-pool.js';
import { type EndpointEvent, type EndpointInfo, isUsefulUuid, placeName } from './endpoint.js';
import type { BusOwnerHost } from './host.js';
import { askUuid, identify } from './identify.js';
import { mapLimit } from './limit.js';
import { Monitor } from './monitor.js';
import { type EndpointRecord, EndpointRegistry, snapshot } from './registry.js';

/** An EID that is kept for one device, known by where it sits or by its UUID. */
export interface StaticAssignment {
  readonly eid: number;
  readonly link?: string;
  readonly physicalAddress?: PhysicalAddress;
  readonly uuid?: string;
  /** For a bridge: first EID of its pool. */
  readonly poolStart?: number;
  /** False: a wish only; another device may get the EID when this one is not there. Default true. */
  readonly reserve?: boolean;
}

/** What survives a restart: the EID each device had, by UUID or place. */
export interface BusOwnerState {
  readonly eids: Readonly<Record<string, number>>;
}

export interface BusOwnerOptions {
  readonly host: BusOwnerHost;
  readonly clock: Clock;
  /** Default 1. */
  readonly network?: number;
  /** First and last EID to give out; default 9 to 254, 8 being the usual EID of the owner itself. */
  readonly dynamic?: readonly [number, number];
  readonly assignments?: readonly StaticAssignment[];
  /** EIDs given to one bridge at most; default 15, as mctpd. */
  readonly maxBridgePool?: number;
  /** How long a bridge may take to number what is behind it; ms, default 1000. */
  readonly settleMs?: number;
  /** TRECLAIM: silence after which an EID is taken back; ms, default 5000. */
  readonly reclaimMs?: number;
  /** Pause between two looks at an endpoint; ms, default 5000; 0: no looking. */
  readonly pollMs?: number;
  /** Devices of one link asked at the same time; default 16. */
  readonly parallel?: number;
  readonly control?: Omit<ControlClientOptions, 'clock'>;
  /** EIDs of an earlier run. */
  readonly state?: BusOwnerState;
  /** Called whenever the state changed; write it where the next run finds it. */
  readonly onState?: (state: BusOwnerState) => void;
}

export interface DiscoverOptions {
  /** Default: all links of the network that are up. */
  readonly links?: readonly string[];
  /** Only these addresses; default: those the link suggests. */
  readonly addresses?: readonly PhysicalAddress[];
}

export class BusOwner {
  readonly network: NetworkId;
  readonly pool: EidPool;
  readonly client: ControlClient;
  readonly #options: BusOwnerOptions;
  readonly #host: BusOwnerHost;
  readonly #registry: EndpointRegistry;
  readonly #assigner: Assigner;
  readonly #downstream: Downstream;
  readonly #monitor: Monitor;
  readonly #listeners = new Set<(event: EndpointEvent) => void>();
  /** Work under way by place, so that no device is set up twice at once. */
  readonly #busy = new Map<string, Promise<EndpointRecord | undefined>>();
  readonly #remembered: Map<string, number>;
  #closed = false;

  constructor(options: BusOwnerOptions) {
    this.#options = options;
    this.#host = options.host;
    this.network = options.network === undefined ? DEFAULT_NETWORK : networkId(options.network);
    const reclaimMs = options.reclaimMs ?? 5_000;
    this.pool = new EidPool({ clock: options.clock, dynamic: options.dynamic ?? [9, 254], quarantineMs: reclaimMs });
    this.client = new ControlClient(options.host, { ...options.control, clock: options.clock });
    this.#registry = new EndpointRegistry(options.host, this.network);
    this.#assigner = new Assigner(this.client, this.pool, this.#registry);
    this.#downstream = new Downstream(this.client, options.clock, this.pool, this.#registry, {
      maxBridgePool: options.maxBridgePool ?? 15,
      settleMs: options.settleMs ?? 1_000,
    });
    this.#monitor = new Monitor(options.clock, reclaimMs, options.pollMs ?? 5_000, {
      records: () => this.#registry.all,
      look: (record) => this.#look(record),
      emit: (event) => this.#emit(event),
      renew: (record, present) => this.#renew(record, present),
      remove: (record, reason) => this.#remove(record, reason),
    });
    this.#remembered = new Map(Object.entries(options.state?.eids ?? {}));
    for (const assignment of options.assignments ?? []) {
      if (assignment.reserve !== false) this.pool.reserve(assignment.eid, holderOf(assignment));
    }
  }

  endpoints(): EndpointInfo[] {
    return this.#registry.all.map(snapshot);
  }

  endpoint(eid: number): EndpointInfo | undefined {
    const record = this.#registry.byEid(eid);
    return record === undefined ? undefined : snapshot(record);
  }

  /** Hear what happens to endpoints; returns how to stop. */
  onEvent(listener: (event: EndpointEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Ask at every address worth asking, on all links at once, and set up what answers. Endpoints known before are looked
   * at again. One device that fails does not stop the others: it is reported as a `conflict` event.
   */
  async discover(options: DiscoverOptions = {}): Promise<EndpointInfo[]> {
    await this.#reserveOwn();
    const links = (await this.#host.links()).filter(
      (link) => link.network === this.network && link.up && (options.links?.includes(link.name) ?? true),
    );
    await Promise.all(
      links.map((link) => {
        const addresses = options.addresses ?? [...this.#host.probeAddresses(link.name)];
        return mapLimit(addresses, this.#options.parallel ?? 16, (address) => this.#probe(link.name, address));
      }),
    );
    return this.endpoints();
  }

  /**
   * Bring one device into the network; a usable EID it has already is kept (mctpd: SetupEndpoint).
   * @throws MctpError ENACK, ETIMEDOUT: nobody there; ECONFLICT
   */
  setup(link: string, physicalAddress: PhysicalAddress): Promise<EndpointInfo> {
    return this.#setUp({ link, physicalAddress, place: placeName(link, physicalAddress) }, 'keep');
  }

  /** As `setup`, but always give it an EID of ours (mctpd: AssignEndpoint). */
  assign(link: string, physicalAddress: PhysicalAddress): Promise<EndpointInfo> {
    return this.#setUp({ link, physicalAddress, place: placeName(link, physicalAddress) }, 'assign');
  }

  /** Give it this very EID, and its pool this start if it is a bridge (AssignEndpointStatic, AssignBridgeStatic). */
  assignStatic(link: string, physicalAddress: PhysicalAddress, eid: number, poolStart?: number): Promise<EndpointInfo> {
    const device = { link, physicalAddress, place: placeName(link, physicalAddress) };
    return this.#setUp(device, { eid, ...(poolStart === undefined ? {} : { poolStart }) });
  }

  /**
   * Take note of an endpoint that has its EID and can be reached by the routes there are (mctpd: LearnEndpoint).
   * @throws MctpError EHOSTUNREACH, ETIMEDOUT, ECONFLICT when another EID answers
   */
  async learn(eid: number): Promise<EndpointInfo> {
    const route = (await this.#host.routes()).find((r) => r.network === this.network && r.start <= eid && eid <= r.end);
    if (route === undefined) throw new MctpError('EHOSTUNREACH', `there is no route to EID ${eid}`);
    const record = await this.#learn(eid, route.link, route.gateway);
    if (record === undefined) throw new MctpError('ECONFLICT', `another EID answers for EID ${eid}`);
    return snapshot(record);
  }

  /** Forget an endpoint and what is behind it; its EIDs rest before they are given out again. */
  async remove(eid: number): Promise<void> {
    const record = this.#registry.byEid(eid);
    if (record === undefined) throw new MctpError('ENOENT', `no endpoint with EID ${eid} is known`);
    await this.#remove(record, 'removed on request');
  }

  /** Look at one endpoint now instead of at its turn: after a failed exchange, for instance. */
  async check(eid: number): Promise<EndpointInfo | undefined> {
    const record = this.#registry.byEid(eid);
    if (record !== undefined) await this.#monitor.check(record);
    return this.endpoint(eid);
  }

  /** Begin to look at the endpoints every `pollMs`. */
  monitor(): void {
    this.#monitor.start();
  }

  close(): void {
    this.#closed = true;
    this.#monitor.stop();
    this.client.close();
    this.#listeners.clear();
  }

  /** Our own EIDs are not to be given away. */
  async #reserveOwn(): Promise<void> {
    for (const { network, eid } of await this.#host.addresses()) {
      if (network === this.network && this.pool.holder(eid) === undefined) this.pool.take(eid, 'this bus owner');
    }
  }

  async #probe(link: string, physicalAddress: PhysicalAddress): Promise<void> {
    const device: Device = { link, physicalAddress, place: placeName(link, physicalAddress) };
    try {
      const known = this.#registry.byPlace(device.place);
      if (known === undefined) await this.#setUp(device, 'keep');
      else await this.#monitor.check(known);
    } catch (error) {
      if (!(error instanceof MctpError)) throw error;
      if (error.code === 'ENACK' || error.code === 'ETIMEDOUT') return;
      this.#emit({ type: 'conflict', place: device.place, what: error.message, error });
    }
  }

  async #setUp(device: Device, mode: 'keep' | 'assign' | { eid: number; poolStart?: number }): Promise<EndpointInfo> {
    const busy = this.#busy.get(device.place);
    if (busy !== undefined) await busy.catch(() => undefined);
    const work = this.#reserveOwn().then(() => this.#bringUp(device, mode));
    this.#busy.set(device.place, work);
    try {
      return snapshot(await work);
    } finally {
      if (this.#busy.get(device.place) === work) this.#busy.delete(device.place);
    }
  }

  async #bringUp(
    device: Device,
    mode: 'keep' | 'assign' | { eid: number; poolStart?: number },
  ): Promise<EndpointRecord> {
    const present = await this.#assigner.present(device);
    const remarks: string[] = [];
    const uuid = this.#checkUuid(await askUuid(this.client, atAddress(device)), device, remarks);
    const fixed = typeof mode === 'object' ? mode : this.#configured(device, uuid);
    const assigned = await this.#giveEid(device, uuid, present.eid, fixed?.eid, mode === 'keep', remarks);
    const known = this.#registry.byPlace(device.place);
    if (known !== undefined && known.eid !== assigned.eid)
      await this.#remove(known, `its EID is now ${assigned.eid}`, false);
    const record: EndpointRecord = {
      place: device.place,
      network: this.network,
      eid: assigned.eid,
      link: device.link,
      physicalAddress: device.physicalAddress,
      bridge: undefined,
      uuid,
      endpointType: present.endpointType,
      eidType: present.eidType,
      messageTypes: [],
      vendorDefined: [],
      versions: {},
      pool: undefined,
      connectivity: 'available',
      remarks: [...remarks, ...assigned.remarks],
    };
    await this.#complete(record, { eid: record.eid });
    this.#registry.put(record);
    this.#remember(uuid ?? device.place, record.eid);
    await this.#setUpBridge(record, assigned, fixed?.poolStart);
    this.#emit({ type: 'appeared', endpoint: snapshot(record) });
    if (record.pool !== undefined) await this.#learnBehind(record, record.pool, record.eid);
    return record;
  }

  async #giveEid(
    device: Device,
    uuid: string | undefined,
    present: number,
    fixed: number | undefined,
    keep: boolean,
    remarks: string[],
  ): Promise<Assigned> {
    const free = (eid: number) => this.pool.isFree(eid, device.place);
    if (fixed !== undefined) {
      this.#unreserve(fixed, device, uuid);
      if (present === fixed) return this.#assigner.keep(device, fixed);
      return this.#assigner.assign(device, this.pool.take(fixed, device.place));
    }
    if (keep && isEid(present) && free(present)) return this.#assigner.keep(device, present);
    if (isEid(present) && !free(present)) {
      const what = `${device.place} has EID ${present}, which belongs to ${this.pool.holder(present) ?? 'another'}; it gets a new one`;
      remarks.push(`came with EID ${present}, which belongs to ${this.pool.holder(present) ?? 'another'}`);
      this.#emit({ type: 'conflict', place: device.place, what });
    }
    const before = this.#remembered.get(uuid ?? device.place);
    const wanted =
      before !== undefined && free(before) ? this.pool.take(before, device.place) : this.pool.takeAny(device.place);
    return this.#assigner.assign(device, wanted);
  }

  /** The EID the configuration has for a device at this place or with this UUID. */
  #configured(device: Device, uuid: string | undefined): { eid: number; poolStart?: number } | undefined {
    const found = (this.#options.assignments ?? []).find(
      (a) =>
        (a.uuid !== undefined && a.uuid === uuid) ||
        (a.link === device.link && (a.physicalAddress ?? '') === device.physicalAddress),
    );
    if (found === undefined) return undefined;
    if (found.reserve === false && !this.pool.isFree(found.eid, device.place)) return undefined;
    return { eid: found.eid, ...(found.poolStart === undefined ? {} : { poolStart: found.poolStart }) };
  }

  /** The reservation was made in the name of the configuration; the device is here now. */
  #unreserve(eid: number, device: Device, uuid: string | undefined): void {
    for (const assignment of this.#options.assignments ?? []) {
      if (assignment.eid !== eid || assignment.reserve === false) continue;
      const matches = assignment.uuid === undefined || assignment.uuid === uuid;
      if (matches) this.pool.rename(eid, holderOf(assignment), device.place);
    }
  }

  /** A UUID that cannot tell devices apart is as good as none; two devices must never be merged by it. */
  #checkUuid(uuid: string | undefined, device: Device, remarks: string[]): string | undefined {
    if (uuid === undefined) return undefined;
    if (!isUsefulUuid(uuid)) {
      remarks.push('reports a UUID that says nothing');
      return undefined;
    }
    const twin = this.#registry.sharing(uuid, device.place, device.link);
    if (twin === undefined) return uuid;
    remarks.push(`reports the UUID of ${twin.place}`);
    this.#emit({
      type: 'conflict',
      place: device.place,
      what: `${device.place} and ${twin.place} report the same UUID ${uuid}`,
    });
    return undefined;
  }

  async #complete(record: EndpointRecord, to: { eid: number }): Promise<void> {
    const identity = await identify(this.client, to);
    record.messageTypes = identity.messageTypes;
    record.vendorDefined = identity.vendorDefined;
    record.versions = identity.versions;
    record.remarks.push(...identity.remarks);
  }

  async #setUpBridge(record: EndpointRecord, assigned: Assigned, poolStart: number | undefined): Promise<void> {
    const isBridge =
      assigned.allocation === EID_ALLOCATION.required || record.endpointType === ENDPOINT_TYPE.busOwnerOrBridge;
    if (!isBridge) return;
    try {
      record.pool = await this.#downstream.allocate(record, assigned.poolSize, poolStart);
    } catch (error) {
      if (!(error instanceof MctpError)) throw error;
      record.remarks.push(`gave no answer that helps when its EIDs were allocated: ${error.message}`);
    }
  }

  /** Learn what is behind a bridge, and behind the bridges behind it; `gateway` is the one on our own link. */
  async #learnBehind(bridge: EndpointRecord, range: { first: number; size: number }, gateway: Eid): Promise<void> {
    let eids: number[];
    try {
      eids = await this.#downstream.find(bridge, range);
    } catch (error) {
      if (!(error instanceof MctpError)) throw error;
      bridge.remarks.push(`what is behind it could not be found: ${error.message}`);
      return;
    }
    await mapLimit(eids, this.#options.parallel ?? 16, async (eid) => {
      if (this.#registry.byEid(eid) !== undefined) return;
      try {
        const record = await this.#learn(eid, bridge.link, gateway, bridge.eid);
        if (record?.endpointType === ENDPOINT_TYPE.busOwnerOrBridge) await this.#learnBehind(record, range, gateway);
      } catch (error) {
        if (!(error instanceof MctpError)) throw error;
        const place = `EID ${eid} behind ${bridge.place}`;
        this.#emit({ type: 'conflict', place, what: `${place} is listed but does not answer`, error });
      }
    });
  }

  async #learn(
    eid: number,
    link: string,
    gateway: Eid | undefined,
    bridge = gateway,
  ): Promise<EndpointRecord | undefined> {
    const answer = await this.client.request(GetEndpointID, { eid, network: this.network }, {});
    if (answer.eid !== eid) return undefined;
    const place = bridge === undefined ? `EID ${eid}` : `EID ${eid} behind EID ${bridge}`;
    const uuid = await askUuid(this.client, { eid });
    const record: EndpointRecord = {
      place,
      network: this.network,
      eid: eid as Eid,
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
      remarks: [],
    };
    await this.#complete(record, { eid });
    this.#registry.put(record);
    this.#emit({ type: 'appeared', endpoint: snapshot(record) });
    return record;
  }

  /** What an endpoint says of itself now: at its physical address where it has one, so that a reset shows. */
  async #look(record: EndpointRecord): Promise<{ eid: number; uuid: string | undefined }> {
    const to =
      record.physicalAddress === undefined
        ? { eid: record.eid, network: record.network }
        : { eid: EID_NULL, link: record.link, physicalAddress: record.physicalAddress };
    const { eid } = await this.client.request(GetEndpointID, to, {});
    const uuid = record.uuid === undefined || eid === record.eid ? record.uuid : await askUuid(this.client, to);
    return { eid, uuid };
  }

  /** The device at a place lost its EID, or is another one: give it what it needs. */
  async #renew(record: EndpointRecord, present: { uuid: string | undefined }): Promise<EndpointRecord> {
    const device = { place: record.place, link: record.link, physicalAddress: record.physicalAddress ?? '' };
    const same = record.uuid === present.uuid;
    if (!same) await this.#remove(record, 'another device has taken its place', false);
    else if (record.pool !== undefined) {
      for (const child of this.#registry.behind(record.eid))
        await this.#remove(child, 'the bridge it is behind was reset');
      await this.#downstream.release(record);
    }
    if (same) this.#remembered.set(record.uuid ?? record.place, record.eid);
    return this.#bringUp(device, 'assign');
  }

  async #remove(record: EndpointRecord, reason: string, release = true): Promise<void> {
    for (const child of this.#registry.behind(record.eid))
      await this.#remove(child, `${record.place} is gone: ${reason}`);
    await this.#downstream.release(record);
    this.#registry.delete(record);
    if (record.physicalAddress !== undefined) {
      if (this.pool.holder(record.eid) === record.place) {
        if (release) this.pool.release(record.eid);
        else this.pool.undo(record.eid);
      }
      await this.#registry.disconnect(record.eid, record.eid);
    }
    this.#emit({ type: 'vanished', endpoint: snapshot(record), reason });
  }

  #remember(key: string, eid: number): void {
    if (this.#remembered.get(key) === eid) return;
    this.#remembered.set(key, eid);
    this.#options.onState?.({ eids: Object.fromEntries(this.#remembered) });
  }

  #emit(event: EndpointEvent): void {
    if (this.#closed) return;
    for (const listener of [...this.#listeners]) listener(event);
  }
}

function holderOf(assignment: StaticAssignment): string {
  return assignment.uuid ?? placeName(assignment.link ?? '?', assignment.physicalAddress ?? '');
}
