/** Bringing one device into the network (DSP0236 §8.17): its identity, its EID, what it speaks, what is behind it. */

import { EID_ALLOCATION, ENDPOINT_TYPE, GetEndpointUUID } from '../control/index.js';
import { MctpError } from '../errors.js';
import type { Eid, NetworkId } from '../ids.js';
import { isUsefulUuid } from '../useful-uuid.js';
import type { Assigned, Assigner, Present } from './assignment.js';
import type { BridgePools, PoolInformation } from './bridge-pool.js';
import { addressOf, type Device, deviceAt, isSilence, whoever } from './device-client.js';
import type { DownstreamDiscovery } from './downstream-discovery.js';
import type { Claim, SetUpMode } from './eid-selection.js';
import { type EndpointRecord, snapshot } from './endpoint-registry.js';
import { askUuid, identify } from './identify.js';
import { Interview } from './interview.js';
import type { OwnerContext } from './owner-context.js';
import type { Removal } from './removal.js';

/** A device that restarts while it is brought up is given the chance to do so this often. */
const ATTEMPTS = 3;
const SETTLED = Promise.resolve();
/** Of a request whose link went down, was closed, or was removed. */
const LINK_LOST: ReadonlySet<string> = new Set(['ENETDOWN', 'ECANCELED', 'ENODEV']);

export interface BringUpOptions {
  readonly mode: SetUpMode;
  /** What it said when it was found; default: it is asked. */
  readonly present?: Present;
  /** When EIDs that are reserved for no device may be given out. */
  readonly settled?: Promise<void>;
  /** Called once the device itself is done, before what is behind it. */
  readonly ready?: () => void;
  /** Ends the search for what is behind a bridge. */
  readonly signal?: AbortSignal | undefined;
}

export class BringUp {
  constructor(
    private readonly context: OwnerContext,
    private readonly assigner: Assigner,
    private readonly pools: BridgePools,
    private readonly downstream: DownstreamDiscovery,
    private readonly removal: Removal,
  ) {}

  /** @throws MctpError ENACK, ETIMEDOUT: nobody there, or not for long; ECONFLICT, ENOBUFS, ECOMPLETION */
  async run(device: Device, options: BringUpOptions): Promise<EndpointRecord> {
    return this.context.setUps.run(device.place, async () => {
      const known = this.context.registry.byPlace(device.place);
      try {
        const record = await this.#attempts(device, options, known);
        await this.#follow(record, options.signal);
        return record;
      } catch (error) {
        if (known === undefined) this.#forget(device);
        throw error;
      }
    });
  }

  /** Its routes, should they have gone with a link that is there again: not every host tells of that. */
  async reconnect(record: EndpointRecord): Promise<void> {
    const { registry, setUps } = this.context;
    const { place, eid, link, physicalAddress } = record;
    if (physicalAddress === undefined) return;
    await setUps.run(place, async () => {
      if (!registry.has(record)) return;
      const changes = [registry.connect(eid, link, physicalAddress)];
      const { pool } = record;
      if (pool !== undefined) {
        changes.push(registry.connectBehind(pool.first, pool.first + pool.size - 1, link, eid));
      }
      await Promise.all(changes);
    });
  }

  async #attempts(device: Device, options: BringUpOptions, known: EndpointRecord | undefined) {
    let present = options.present;
    for (let attempt = 1; ; attempt++) {
      present ??= await this.assigner.present(device);
      await this.#recognize(device, present.eid);
      try {
        return await this.#once(device, options, present, known);
      } catch (error) {
        if (!isSilence(error) || attempt === ATTEMPTS) throw error;
        present = undefined;
      }
    }
  }

  /** An endpoint that was known by its EID and the route there was (`learn`) is the one at this place, if the tables say so. */
  async #recognize({ link, physicalAddress, place }: Device, eid: number): Promise<void> {
    const { registry } = this.context;
    const learned = registry.byEid(eid);
    if (learned === undefined || learned.link !== link || !isLearned(learned)) return;
    if (await registry.isNeighbour(eid, link, physicalAddress)) {
      await this.removal.remove(learned, `it is at ${place}`, place);
    }
  }

  async #once(device: Device, options: BringUpOptions, present: Present, known: EndpointRecord | undefined) {
    const { devices, selection, pool, registry, history, events } = this.context;
    const remarks: string[] = [];
    const interview = new Interview(devices, whoever(device), present.eid);
    const uuid = await this.#checkUuid(await askUuid(interview), device, remarks);
    const settled = options.settled ?? SETTLED;
    const claim = await selection.take(device, uuid, present.eid, options.mode, settled);
    if (claim.clash !== undefined) {
      remarks.push(`came ${claim.clash}`);
      events.emit({ type: 'conflict', place: device.place, what: `${device.place} comes ${claim.clash}` });
    }
    const record = newRecord(this.context.network, device, uuid, present, remarks);
    try {
      record.eid = claim.eid;
      const assigned = await this.#giveEid(device, claim);
      record.eid = assigned.eid;
      record.remarks = [...record.remarks, ...assigned.remarks];
      if (assigned.allocation === EID_ALLOCATION.required) record.endpointType = ENDPOINT_TYPE.busOwnerOrBridge;
      const silentToUuid = interview.isSilentTo(GetEndpointUUID);
      interview.turnTo(addressOf(record));
      // Linux answers that by route, and so only to the bus owner that has given it an EID.
      if (silentToUuid) await this.#uuidAfterwards(record, device, interview, options);
      // Before it is asked what it speaks: the bridge can begin below at the same time.
      await this.#allocate(record, known, device, assigned, claim.poolStart, interview);
      Object.assign(record, await identify(interview));
      record.remarks = [...record.remarks, ...interview.remarks];
      record.unanswered = interview.unanswered;
      await this.#replace(record, known, pool.holder(record.eid) === device.place);
      options.ready?.();
    } catch (error) {
      if (known?.eid !== record.eid || !registry.has(known)) {
        await this.pools.release(record);
        await this.assigner.giveUp(device, record.eid);
      }
      throw error;
    }
    // Held since the device was seen with it; it has another now.
    selection.letGo(device, record.eid);
    if (present.eid !== record.eid && pool.holder(present.eid) === device.place) pool.release(present.eid);
    history.remember(device, record.uuid, record.eid);
    return record;
  }

  /** Its UUID is known only now that it has an EID: it may be reserved another. */
  async #uuidAfterwards(
    record: EndpointRecord,
    device: Device,
    interview: Interview,
    { mode, settled = SETTLED }: BringUpOptions,
  ): Promise<void> {
    const { selection, pool, registry } = this.context;
    const remarks: string[] = [];
    record.uuid = await this.#checkUuid(await askUuid(interview), device, remarks);
    record.remarks = [...record.remarks, ...remarks];
    if (record.uuid === undefined) return;
    const before = record.eid;
    const better = await selection.take(device, record.uuid, before, mode === 'assign' ? 'keep' : mode, settled);
    if (better.eid === before) return;
    const { eid, remarks: odd } = await this.assigner.assign(device, better.eid);
    record.eid = eid;
    record.remarks = [...record.remarks, ...odd];
    interview.turnTo(addressOf(record));
    if (eid === before) return;
    pool.undo(before);
    await registry.disconnect(before, before);
  }

  #giveEid(device: Device, claim: Claim): Promise<Assigned> {
    return claim.present ? this.assigner.keep(device, claim.eid) : this.assigner.assign(device, claim.eid);
  }

  /** The new record takes the place of the known one; what is different about the device is told. */
  async #replace(record: EndpointRecord, known: EndpointRecord | undefined, held: boolean): Promise<void> {
    const { registry, events, uuids } = this.context;
    if (!held) throw new MctpError('ECONFLICT', `EID ${record.eid} was taken from ${record.place} during its set-up`);
    const other = registry.byEid(record.eid);
    // Learned while this was set up: the same one.
    if (other !== undefined && isLearned(other)) await this.removal.remove(other, `it is at ${record.place}`);
    const stays = known !== undefined && registry.has(known);
    if (stays && known.eid === record.eid && mayBeSame(known, record)) {
      registry.put(record);
      const what = difference(known, record);
      if (what !== undefined) events.emit({ type: 'changed', endpoint: snapshot(record), what });
      return;
    }
    if (stays && known.eid === record.eid) {
      // Another device with the EID of the one before it: the tables stay, what was known does not.
      registry.delete(known);
      events.emit({ type: 'vanished', endpoint: snapshot(known), reason: 'another device has taken its place' });
    } else if (stays) {
      await this.removal.remove(known, `its EID is now ${record.eid}`);
      if (record.uuid !== undefined) uuids.claim(record.uuid, record.link, record.place);
    }
    registry.put(record);
    events.emit({ type: 'appeared', endpoint: snapshot(record) });
  }

  /** EIDs for what is behind a bridge. Trouble with that is noted, and no failure of the bridge's own. */
  async #allocate(
    record: EndpointRecord,
    known: EndpointRecord | undefined,
    device: Device,
    assigned: Assigned,
    start: number | undefined,
    interview: Interview,
  ): Promise<void> {
    if (record.endpointType !== ENDPOINT_TYPE.busOwnerOrBridge) return;
    const same = known !== undefined && known.eid === record.eid && mayBeSame(known, record);
    try {
      const has = await this.#poolOf(record, device, assigned, interview);
      if (has === undefined) return;
      if (known?.pool !== undefined && (!same || has.first !== known.pool.first)) {
        await this.removal.removeBehind(known, `${record.place} was reset`);
      }
      record.pool = this.context.mayAssign(device.link)
        ? await this.pools.allocate(record, has, start)
        : await this.pools.keep(record, has);
    } catch (error) {
      // Its link was lost: that is no answer, and nobody would ask it again.
      if (!(error instanceof MctpError) || LINK_LOST.has(error.code) || this.context.lifetime.ended) throw error;
      if (isSilence(error)) await interview.stillThere(error);
      record.remarks = [...record.remarks, `could not be given EIDs for what is behind it: ${error.message}`];
      this.context.events.emit({ type: 'conflict', place: record.place, what: error.message, error });
    }
  }

  /**
   * The EIDs that a bridge has, or wants. One that wants some says so in the answer to Set Endpoint ID; only one that has
   * not said it there is asked, and one that refuses to answer is told its EID once more.
   */
  async #poolOf(
    record: EndpointRecord,
    device: Device,
    assigned: Assigned,
    interview: Interview,
  ): Promise<PoolInformation | undefined> {
    const { allocation, poolSize } = assigned;
    if (!this.context.mayAssign(device.link)) {
      const present = await this.pools.information(interview);
      return present === undefined || present.first === 0 ? undefined : present;
    }
    if (allocation === EID_ALLOCATION.required && poolSize > 0) return { poolSize, first: 0 };
    const told = await this.pools.information(interview);
    if (told !== undefined) return told;
    const said = allocation === undefined ? await this.assigner.assign(device, record.eid) : assigned;
    return said.poolSize > 0 ? { poolSize: said.poolSize, first: 0 } : undefined;
  }

  /** What is behind a bridge. */
  async #follow(record: EndpointRecord, signal: AbortSignal | undefined): Promise<void> {
    if (record.pool === undefined) return;
    try {
      await this.downstream.follow(record, signal);
    } catch (error) {
      if (!(error instanceof MctpError) || this.context.lifetime.ended) throw error;
      record.remarks = [...record.remarks, `what is behind it could not be found: ${error.message}`];
    }
  }

  /** A UUID that cannot tell devices apart is as good as none; two devices must never be merged by it. */
  async #checkUuid(uuid: string | undefined, device: Device, remarks: string[]): Promise<string | undefined> {
    const { uuids, registry, events } = this.context;
    if (!isUsefulUuid(uuid)) {
      uuids.release(device.place);
      if (uuid !== undefined) remarks.push('reports a UUID that says nothing');
      return undefined;
    }
    const holder = uuids.claim(uuid, device.link, device.place);
    if (holder === undefined) return uuid;
    const twin = registry.byPlace(holder);
    if (twin !== undefined && !(await this.#stillThere(twin))) {
      await this.removal.remove(twin, `it is at ${device.place} now`, device.place);
      if (uuids.claim(uuid, device.link, device.place) === undefined) return uuid;
    }
    const what = `${device.place} and ${holder} report the same UUID ${uuid}`;
    remarks.push(`reports the UUID of ${holder}`);
    events.emit({ type: 'conflict', place: device.place, what });
    return undefined;
  }

  async #stillThere(twin: EndpointRecord): Promise<boolean> {
    const to =
      twin.physicalAddress === undefined ? addressOf(twin) : whoever(deviceAt(twin.link, twin.physicalAddress));
    try {
      const interview = new Interview(this.context.devices, to, twin.eid);
      const uuid = await askUuid(interview);
      if (!interview.isSilentTo(GetEndpointUUID) || to.eid === twin.eid) return uuid === twin.uuid;
      return (await askUuid(new Interview(this.context.devices, addressOf(twin)))) === twin.uuid;
    } catch (error) {
      if (isSilence(error)) return false;
      throw error;
    }
  }

  /** It could not be brought up: nothing of it stays. */
  #forget(device: Device): void {
    const { registry, uuids, pool } = this.context;
    if (registry.byPlace(device.place) !== undefined) return;
    uuids.release(device.place);
    for (const [eid, holder] of pool.entries()) if (holder === device.place) pool.release(eid);
  }
}

function newRecord(
  network: NetworkId,
  device: Device,
  uuid: string | undefined,
  { eid, endpointType, eidType }: Present,
  remarks: readonly string[],
): EndpointRecord {
  return {
    ...device,
    network,
    eid: eid as Eid,
    bridge: undefined,
    uuid,
    endpointType,
    eidType,
    messageTypes: [],
    vendorDefined: [],
    versions: {},
    pool: undefined,
    connectivity: 'available',
    complete: true,
    remarks,
    unanswered: [],
  };
}

/** Neither its place nor its bridge is known. */
function isLearned({ physicalAddress, bridge }: EndpointRecord): boolean {
  return physicalAddress === undefined && bridge === undefined;
}

/** Nothing says that it is another device: a missing answer to Get Endpoint UUID does not. */
function mayBeSame(before: EndpointRecord, after: EndpointRecord): boolean {
  const unsaid = [before, after].some(
    ({ uuid, unanswered }) => uuid === undefined && unanswered.some(({ command }) => command === GetEndpointUUID),
  );
  return before.uuid === after.uuid || unsaid;
}

function difference(before: EndpointRecord, after: EndpointRecord): string | undefined {
  const parts: [string, unknown, unknown][] = [
    ['message types', before.messageTypes, after.messageTypes],
    ['versions', before.versions, after.versions],
    ['vendor-defined sets', before.vendorDefined, after.vendorDefined],
    ['kind', before.endpointType, after.endpointType],
    ['UUID', before.uuid, after.uuid],
  ];
  const changed = parts.filter(([, a, b]) => JSON.stringify(a) !== JSON.stringify(b)).map(([name]) => name);
  return changed.length === 0 ? undefined : `other ${changed.join(', ')} than before`;
}
