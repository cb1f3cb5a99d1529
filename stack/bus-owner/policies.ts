/** Which policy holds for whom, by any of the ways a device is addressed. */

import { EID_NULL } from '../ids.js';
import type { MctpAddress } from '../transport.js';
import { placeName } from './device-place.js';
import type { EndpointRegistry } from './endpoint-registry.js';
import type { DevicePolicy, IdentityPart, PolicySubject } from './owner-options.js';

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
