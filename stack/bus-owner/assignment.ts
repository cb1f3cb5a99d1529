/** Giving one device its EID (DSP0236 §12.3, §8.17): tell it, and believe only what the device really uses. */

import { COMPLETION, EID_ASSIGNMENT, GetEndpointID, SET_EID_OPERATION, SetEndpointID } from '../control/index.js';
import { CompletionCodeError, MctpError } from '../errors.js';
import { type Eid, isEid } from '../ids.js';
import type { DeviceClient } from './device-client.js';
import { type Device, whoever } from './device-client.js';
import type { EidPool } from './eid-pool.js';
import type { EidSelection } from './eid-selection.js';
import type { EndpointRegistry } from './endpoint-registry.js';

/** What a device says of itself when asked at its place. */
export interface Present {
  readonly eid: number;
  readonly endpointType: number;
  readonly eidType: number;
}

export interface Assigned {
  readonly eid: Eid;
  /** Allocation status of the answer; undefined when the EID was kept without asking. */
  readonly allocation: number | undefined;
  /** Dynamic EIDs a bridge wants. */
  readonly poolSize: number;
  readonly remarks: readonly string[];
}

interface Answer {
  readonly assignment: number;
  readonly allocation: number;
  readonly eid: number;
  readonly poolSize: number;
}

export class Assigner {
  constructor(
    private readonly devices: DeviceClient,
    private readonly pool: EidPool,
    private readonly registry: EndpointRegistry,
    private readonly selection: EidSelection,
  ) {}

  /** What EID the device really uses. `once`: nobody need be there. */
  present(device: Device, once = false): Promise<Present> {
    return this.devices.ask(whoever(device), GetEndpointID, {}, { once });
  }

  /** The EID the device has is fine: make it reachable. */
  async keep(device: Device, eid: Eid): Promise<Assigned> {
    await this.registry.connect(eid, device.link, device.physicalAddress);
    return { eid, allocation: undefined, poolSize: 0, remarks: [] };
  }

  /**
   * Tell the device to use `wanted`, which the pool holds for it. What the device answers counts: another EID is taken
   * over when it is free.
   * @throws MctpError ECONFLICT when the device insists on an EID that is another's, or gives EIDs itself; ETIMEDOUT, ENACK,
   * ECOMPLETION
   */
  async assign(device: Device, wanted: Eid): Promise<Assigned> {
    // Before it is told: the device may talk at once.
    await this.registry.connect(wanted, device.link, device.physicalAddress);
    let insists: Answer | undefined;
    for (const operation of [SET_EID_OPERATION.set, SET_EID_OPERATION.force]) {
      const answer = await this.#tell(device, operation, wanted);
      const accepted = answer.assignment !== EID_ASSIGNMENT.rejected;
      const forced = operation === SET_EID_OPERATION.force ? ['had to be forced to take its EID'] : [];
      if (answer.eid === wanted && accepted) return done(wanted, answer, forced);
      if (this.selection.mayKeep(answer.eid, device)) return await this.#adopt(device, wanted, answer);
      insists = answer;
    }
    const { eid } = insists!;
    const whose = isEid(eid)
      ? this.pool.isFree(eid, device.place)
        ? 'is not ours to give'
        : `belongs to ${this.pool.claim(eid)}`
      : 'is reserved: no endpoint can have it';
    throw new MctpError(
      'ECONFLICT',
      `${device.place} was told to use EID ${wanted} and insists on ${eid}, which ${whose}`,
    );
  }

  /** The device does not use the EID after all; whatever was told to it may still come true. */
  async giveUp(device: Device, eid: number): Promise<void> {
    if (this.pool.holder(eid) !== device.place) return;
    this.pool.release(eid);
    await this.registry.disconnect(eid, eid);
  }

  async #tell(device: Device, operation: number, eid: Eid): Promise<Answer> {
    try {
      return await this.devices.ask(whoever(device), SetEndpointID, { operation, eid });
    } catch (error) {
      if (!(error instanceof CompletionCodeError) || error.completionCode !== COMPLETION.unsupportedCommand)
        throw error;
      // Every other endpoint has the command (table 12).
      const what = `${device.place} takes no EID, as a bus owner which gives EIDs itself: ${error.message}`;
      throw new MctpError('ECONFLICT', what, { cause: error });
    }
  }

  async #adopt(device: Device, wanted: Eid, answer: Answer): Promise<Assigned> {
    const eid = this.pool.take(answer.eid, device.place);
    if (eid !== wanted) {
      // It said so itself: it does not use this one.
      this.pool.undo(wanted);
      await this.registry.disconnect(wanted, wanted);
      await this.registry.connect(eid, device.link, device.physicalAddress);
    }
    return done(eid, answer, [`was told to use EID ${wanted} and uses ${eid}`]);
  }
}

function done(eid: Eid, answer: Answer, remarks: readonly string[]): Assigned {
  return { eid, allocation: answer.allocation, poolSize: answer.poolSize, remarks };
}
