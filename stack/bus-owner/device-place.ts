/** A device as the bus owner meets it: a place on a link, before anything is known of it. */

import { EID_NULL, type NetworkId } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import type { MctpAddress } from '../transport.js';

export interface Device {
  /** "i2c:1/0x1d": for messages, and its name in the EID pool. */
  readonly place: string;
  readonly link: string;
  readonly physicalAddress: PhysicalAddress;
}

/** For messages and as the holder's name in the pool: "i2c:1/0x1d", "serial:/dev/ttyS0". */
export function placeName(link: string, physicalAddress: PhysicalAddress): string {
  return physicalAddress === '' ? link : `${link}/0x${physicalAddress}`;
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

const NIL_UUID = '00000000-0000-0000-0000-000000000000';
const ALL_ONES_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** A UUID that can tell devices apart. */
export function isUsefulUuid(uuid: string | undefined): uuid is string {
  return uuid !== undefined && uuid !== NIL_UUID && uuid !== ALL_ONES_UUID;
}
