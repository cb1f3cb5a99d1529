/** Which policy holds for whom, by any of the ways a device is addressed. */

import { EID_NULL } from '../ids.js';
import type { MctpAddress } from '../transport.js';
import { placeName } from './device.js';
import type { DevicePolicy, PolicySubject } from './options.js';
import type { EndpointRegistry } from './registry.js';

const NONE: DevicePolicy = {};

export class Policies {
  constructor(
    private readonly registry: EndpointRegistry,
    private readonly ask: ((subject: PolicySubject) => DevicePolicy | undefined) | undefined,
  ) {}

  of(to: MctpAddress): DevicePolicy {
    if (this.ask === undefined) return NONE;
    if (to.link !== undefined) {
      const physicalAddress = to.physicalAddress ?? '';
      const known = this.registry.byPlace(placeName(to.link, physicalAddress));
      return this.ask({ link: to.link, physicalAddress, eid: to.eid, uuid: known?.uuid }) ?? NONE;
    }
    const known = to.eid === EID_NULL ? undefined : this.registry.byEid(to.eid);
    if (known === undefined) return NONE;
    return (
      this.ask({ link: known.link, physicalAddress: known.physicalAddress, eid: known.eid, uuid: known.uuid }) ?? NONE
    );
  }
}
