/** Bringing one device into the network (DSP0236 §8.17): who is it, its EID, what it speaks, what is behind it. */

import { EID_ALLOCATION, ENDPOINT_TYPE } from '../control/index.js';
import { MctpError } from '../errors.js';
import type { Assigned, Assigner, Present } from './assignment.js';
import type { Behind } from './behind.js';
import type { BridgePools } from './bridge-pool.js';
import type { Claim, SetUpMode } from './claims.js';
import type { OwnerContext } from './context.js';
import { addressOf, type Device, deviceAt, isUsefulUuid, whoever } from './device.js';
import { isSilence } from './exchange.js';
import { askUuid, type Identity, identify } from './identify.js';
import { type EndpointRecord, snapshot } from './registry.js';
import type { Removal } from './removal.js';

/** A device that restarts while it is brought up is given the chance to do so this often. */
const ATTEMPTS = 3;
const SETTLED = Promise.resolve();

export interface BringUpOptions {
  readonly mode: SetUpMode;
  /** What it said when it was found; default: it is asked. */
  readonly present?: Present;
  /** When EIDs that nobody asked for by name may be given out. */
  readonly settled?: Promise<void>;
}

export class BringUp {
  constructor(
    private readonly context: OwnerContext,
    private readonly assigner: Assigner,
    private readonly pools: BridgePools,
    private readonly behind: Behind,
    private readonly removal: Removal,
  ) {}

  /** @throws MctpError ENACK, ETIMEDOUT: nobody there, or not for long; ECONFLICT, ENOBUFS, ECOMPLETION */
  async run(device: Device, options: BringUpOptions): Promise<EndpointRecord> {
    return this.context.locks.run(device.place, async () => {
      const known = this.context.registry.byPlace(device.place);
      try {
        const record = await this.#attempts(device, options, known);
        await this.#bridge(record, known);
        return record;
      } catch (error) {
        if (known === undefined) this.#forget(device);
        throw error;
      }
    });
  }

  async #attempts(device: Device, options: BringUpOptions, known: EndpointRecord | undefined) {
    let present = options.present;
    for (let attempt = 1; ; attempt++) {
      present ??= await this.assigner.present(device);
      try {
        return await this.#once(device, options, present, known);
      } catch (error) {
        if (!isSilence(error) || attempt === ATTEMPTS) throw error;
        present = undefined;
      }
    }
  }

  async #once(device: Device, options: BringUpOptions, present: Present, known: EndpointRecord | undefined) {
    const { exchange, claims, pool, registry, memory, events } = this.context;
    const remarks: string[] = [];
    const uuid = await this.#checkUuid(await askUuid(exchange, whoever(device)), device, remarks);
    const settled = options.settled ?? SETTLED;
    const claim = await claims.take(device, uuid, present.eid, options.mode, settled);
    if (claim.clash !== undefined) {
      remarks.push(`came ${claim.clash}`);
      events.emit({ type: 'conflict', place: device.place, what: `${device.place} comes ${claim.clash}` });
    }
    let assigned: Assigned | undefined;
    let identity: Identity;
    try {
      assigned = await this.#giveEid(device, claim);
      const to = { eid: assigned.eid, link: device.link, physicalAddress: device.physicalAddress };
      identity = await identify(exchange, to);
    } catch (error) {
      const eid = assigned?.eid ?? claim.eid;
      if (known?.eid !== eid || !registry.has(known)) await this.assigner.giveUp(device, eid);
      throw error;
    }
    const record: EndpointRecord = {
      place: device.place,
      network: this.context.network,
      eid: assigned.eid,
      link: device.link,
      physicalAddress: device.physicalAddress,
      bridge: undefined,
      uuid,
      endpointType: present.endpointType,
      eidType: present.eidType,
      messageTypes: identity.messageTypes,
      vendorDefined: identity.vendorDefined,
      versions: identity.versions,
      pool: undefined,
      connectivity: 'available',
      remarks: [...remarks, ...assigned.remarks, ...identity.remarks],
    };
    await this.#replace(record, known, pool.holder(assigned.eid) === device.place);
    memory.remember(device, uuid, assigned.eid);
    record.poolWanted = assigned.poolSize;
    record.poolStart = claim.poolStart;
    if (assigned.allocation === EID_ALLOCATION.required) record.endpointType = ENDPOINT_TYPE.busOwnerOrBridge;
    return record;
  }

  #giveEid(device: Device, claim: Claim): Promise<Assigned> {
    return claim.present ? this.assigner.keep(device, claim.eid) : this.assigner.assign(device, claim.eid);
  }

  /** The new record takes the place of the known one; what is different about the device is told. */
  async #replace(record: EndpointRecord, known: EndpointRecord | undefined, held: boolean): Promise<void> {
    const { registry, events, uuids } = this.context;
    if (!held) throw new MctpError('ECONFLICT', `EID ${record.eid} was taken from ${record.place} meanwhile`);
    const stays = known !== undefined && registry.has(known);
    if (stays && known.eid === record.eid && known.uuid === record.uuid) {
      record.pool = known.pool;
      registry.put(record);
      const what = difference(known, record);
      if (what !== undefined) events.emit({ type: 'changed', endpoint: snapshot(record), what });
      return;
    }
    if (stays && known.eid === record.eid) {
      // Another device with the EID of the one before it: the tables stay, what was known does not.
      await this.removal.removeBehind(known, 'its bridge was exchanged');
      registry.delete(known);
      events.emit({ type: 'vanished', endpoint: snapshot(known), reason: 'another device has taken its place' });
    } else if (stays) {
      await this.removal.remove(known, `its EID is now ${record.eid}`);
      if (record.uuid !== undefined) uuids.claim(record.uuid, record.link, record.place);
    }
    registry.put(record);
    events.emit({ type: 'appeared', endpoint: snapshot(record) });
  }

  /** Numbers for what is behind it, and what that is. Its own trouble with that is noted, and no failure of its own. */
  async #bridge(record: EndpointRecord, known: EndpointRecord | undefined): Promise<void> {
    if (record.endpointType !== ENDPOINT_TYPE.busOwnerOrBridge) return;
    try {
      const has = await this.pools.information(record);
      if (has === undefined) return;
      if (known?.pool !== undefined && has.first !== known.pool.first) {
        await this.removal.removeBehind(record, `${record.place} was reset`);
      }
      record.pool = await this.pools.allocate(record, has, record.poolWanted ?? 0, record.poolStart);
      if (record.pool === undefined) return;
      this.context.events.emit({
        type: 'changed',
        endpoint: snapshot(record),
        what: `has EIDs ${record.pool.first} to ${record.pool.first + record.pool.size - 1} for what is behind it`,
      });
      await this.behind.follow(record);
    } catch (error) {
      if (!(error instanceof MctpError) || this.context.signal.aborted) throw error;
      record.remarks = [...record.remarks, `could not be dealt with as a bridge: ${error.message}`];
      this.context.events.emit({ type: 'conflict', place: record.place, what: error.message, error });
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
      return (await askUuid(this.context.exchange, to)) === twin.uuid;
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

function difference(before: EndpointRecord, after: EndpointRecord): string | undefined {
  const parts: [string, unknown, unknown][] = [
    ['message types', before.messageTypes, after.messageTypes],
    ['versions', before.versions, after.versions],
    ['vendor-defined sets', before.vendorDefined, after.vendorDefined],
    ['kind', before.endpointType, after.endpointType],
  ];
  const changed = parts.filter(([, a, b]) => JSON.stringify(a) !== JSON.stringify(b)).map(([name]) => name);
  return changed.length === 0 ? undefined : `other ${changed.join(', ')} than before`;
}
