/** Devices and how they are asked, each as its policy wants it: patience, retries, gaps, a second try after a NACK. */

import type { Clock } from '../clock.js';
import type { AnyCommand, RequestInput, ResponseFields } from '../codec/index.js';
import type { ControlClient } from '../control/index.js';
import { MctpError } from '../errors.js';
import { EID_NULL, type NetworkId } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import { placeName } from '../place.js';
import type { CallOptions } from '../protocol/index.js';
import type { MctpAddress } from '../transport.js';
import type { DevicePolicy, IdentityPart, PolicySubject } from './bus-owner-options.js';
import type { EndpointRegistry } from './endpoint-registry.js';
import type { Lifetime } from './lifetime.js';

export interface Device {
  /** "i2c:1/0x1d": for messages, and its name in the EID pool. */
  readonly place: string;
  readonly link: string;
  readonly physicalAddress: PhysicalAddress;
}

export function deviceAt(link: string, physicalAddress: PhysicalAddress): Device {
  return { link, physicalAddress, place: placeName(link, physicalAddress) };
}

/** Whoever is at that place, whatever EID it has. */
export function whoever(device: Pick<Device, 'link' | 'physicalAddress'>): MctpAddress {
  return { eid: EID_NULL, link: device.link, physicalAddress: device.physicalAddress };
}

/**
 * The way to an endpoint we know. Where it has a place of its own that is named too: then all requests to one device are
 * seen to be for one device, whether it has its EID already or not.
 */
export function addressOf(endpoint: {
  readonly eid: number;
  readonly network: NetworkId;
  readonly link: string;
  readonly physicalAddress: PhysicalAddress | undefined;
}): MctpAddress {
  const { eid, network, link, physicalAddress } = endpoint;
  return physicalAddress === undefined ? { eid, network } : { eid, link, physicalAddress };
}

/** A device that is asleep may not acknowledge until it has woken up (DSP0237 §6.17, NVMe-MI). */
const KNOCKS = 3;
const KNOCK_PAUSE_MS = 20;

export interface AskOptions extends CallOptions {
  /** The first knock must be heard: an address nobody may be at. */
  readonly once?: boolean;
}

export class DeviceClient {
  constructor(
    readonly client: ControlClient,
    private readonly lifetime: Lifetime,
    private readonly policyOf: (to: MctpAddress) => DevicePolicy,
  ) {}

  /** @throws what `ControlClient.request` throws; ENACK only after several knocks */
  async ask<C extends AnyCommand>(
    to: MctpAddress,
    command: C,
    fields: RequestInput<C>,
    options: AskOptions = {},
  ): Promise<ResponseFields<C>> {
    const { timeoutMs, retries, minGapMs } = this.policyOf(to);
    const { once = false, ...rest } = options;
    const whole: CallOptions = {
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(retries === undefined ? {} : { retries }),
      ...(minGapMs === undefined ? {} : { minGapMs }),
      ...rest,
    };
    for (let knocks = 1; ; knocks++) {
      try {
        return await this.client.request(to, command, fields, whole);
      } catch (error) {
        if (once || knocks >= KNOCKS || !MctpError.is(error, 'ENACK')) throw error;
        await this.lifetime.wait(KNOCK_PAUSE_MS);
      }
    }
  }

  get clock(): Clock {
    return this.lifetime.clock;
  }

  policy(to: MctpAddress): DevicePolicy {
    return this.policyOf(to);
  }
}

/** No device is there, or none that answers. */
export function isSilence(error: unknown): boolean {
  return MctpError.is(error, 'ETIMEDOUT') || MctpError.is(error, 'ENACK');
}

/** Which policy applies to a device, by any of the ways in which it is addressed. */
export class Policies {
  readonly #common: DevicePolicy;

  constructor(
    private readonly registry: EndpointRegistry,
    private readonly ask: ((subject: PolicySubject) => DevicePolicy | undefined) | undefined,
    skip: readonly IdentityPart[] | undefined,
  ) {
    this.#common = skip === undefined ? {} : { skip };
  }

  of(to: MctpAddress): DevicePolicy {
    const subject = this.ask === undefined ? undefined : this.#subject(to);
    const own = subject === undefined ? undefined : this.ask?.(subject);
    if (own === undefined) return this.#common;
    const skip = [...(this.#common.skip ?? []), ...(own.skip ?? [])];
    return { ...own, skip };
  }

  #subject({ eid, link, physicalAddress = '' }: MctpAddress): PolicySubject | undefined {
    if (link !== undefined) {
      const known = this.registry.byPlace(placeName(link, physicalAddress));
      return { link, physicalAddress, eid, uuid: known?.uuid };
    }
    const known = eid === EID_NULL ? undefined : this.registry.byEid(eid);
    if (known === undefined) return undefined;
    return { link: known.link, physicalAddress: known.physicalAddress, eid, uuid: known.uuid };
  }
}
