/** Giving one device its EID (DSP0236 §12.3, §8.17): choose, tell, and believe only what the device really uses. */

import {
  type ControlClient,
  EID_ASSIGNMENT,
  GetEndpointID,
  SET_EID_OPERATION,
  SetEndpointID,
} from '../control/index.js';
import { MctpError } from '../errors.js';
import type { Eid } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import type { EidPool } from './eid-pool.js';
import type { EndpointRegistry } from './registry.js';

export interface Assigned {
  readonly eid: Eid;
  /** Allocation status of the answer; undefined when the EID was kept without asking. */
  readonly allocation: number | undefined;
  /** Dynamic EIDs a bridge wants. */
  readonly poolSize: number;
  readonly remarks: readonly string[];
}

export interface Device {
  readonly place: string;
  readonly link: string;
  readonly physicalAddress: PhysicalAddress;
}

export class Assigner {
  constructor(
    private readonly client: ControlClient,
    private readonly pool: EidPool,
    private readonly registry: EndpointRegistry,
  ) {}

  /** The EID the device has is fine: note it and make it reachable. */
  async keep(device: Device, present: number): Promise<Assigned> {
    const eid = this.pool.take(present, device.place);
    await this.registry.connect(eid, device.link, device.physicalAddress);
    return { eid, allocation: undefined, poolSize: 0, remarks: [] };
  }

  /**
   * Tell the device to use `wanted`, which the pool holds for it. What the device answers counts: another EID is taken
   * over when it is free.
   * @throws MctpError ECONFLICT when the device insists on an EID that is another's; ETIMEDOUT, ENACK, ECOMPLETION
   */
  async assign(device: Device, wanted: Eid): Promise<Assigned> {
    await this.registry.connect(wanted, device.link, device.physicalAddress);
    try {
      let answer = await this.#set(device, SET_EID_OPERATION.set, wanted);
      if (answer.eid === wanted && answer.assignment !== EID_ASSIGNMENT.rejected) return done(wanted, answer, []);
      if (this.pool.isFree(answer.eid, device.place)) return await this.#adopt(device, wanted, answer);
      answer = await this.#set(device, SET_EID_OPERATION.force, wanted);
      if (answer.eid === wanted && answer.assignment !== EID_ASSIGNMENT.rejected)
        return done(wanted, answer, ['had to be forced']);
      if (this.pool.isFree(answer.eid, device.place)) return await this.#adopt(device, wanted, answer);
      const owner = this.pool.holder(answer.eid);
      throw new MctpError(
        'ECONFLICT',
        `${device.place} was told to use EID ${wanted} and insists on ${answer.eid}` +
          (owner === undefined ? '' : `, which belongs to ${owner}`),
      );
    } catch (error) {
      await this.#undo(device, wanted);
      throw error;
    }
  }

  /** What EID the device really uses, asked at its physical address. */
  async present(device: Device): Promise<{ eid: number; endpointType: number; eidType: number }> {
    return this.client.request(GetEndpointID, atAddress(device), {});
  }

  #set(device: Device, operation: number, eid: number) {
    return this.client.request(SetEndpointID, atAddress(device), { operation, eid });
  }

  async #adopt(
    device: Device,
    wanted: Eid,
    answer: { eid: number; allocation: number; poolSize: number },
  ): Promise<Assigned> {
    await this.#undo(device, wanted);
    const eid = this.pool.take(answer.eid, device.place);
    await this.registry.connect(eid, device.link, device.physicalAddress);
    return done(eid, answer, [`was told to use EID ${wanted} and uses ${eid}`]);
  }

  async #undo(device: Device, eid: number): Promise<void> {
    if (this.pool.holder(eid) !== device.place) return;
    this.pool.undo(eid);
    await this.registry.disconnect(eid, eid);
  }
}

export function atAddress(device: Pick<Device, 'link' | 'physicalAddress'>) {
  return { eid: 0, link: device.link, physicalAddress: device.physicalAddress };
}

function done(eid: Eid, answer: { allocation: number; poolSize: number }, remarks: string[]): Assigned {
  return { eid, allocation: answer.allocation, poolSize: answer.poolSize, remarks };
}
