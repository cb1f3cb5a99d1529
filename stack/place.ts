/** How a place, and an address, is written: in messages, as a key, and as a user types it. */

import { DEFAULT_NETWORK, EID_NULL } from './ids.js';
import type { PhysicalAddress } from './link.js';
import type { MctpAddress } from './transport.js';

/** A device's place on a link: "i2c:1/0x1d"; on a point-to-point link the link itself: "serial:/dev/ttyS0". */
export function placeName(link: string, physicalAddress: PhysicalAddress = ''): string {
  return physicalAddress === '' ? link : `${link}/0x${physicalAddress}`;
}

/** "EID 9", "EID 2:9" on another network than the first, "i2c:1/0x1d", or "EID 9 at i2c:1/0x1d". */
export function addressText({ eid, network = DEFAULT_NETWORK, link, physicalAddress }: MctpAddress): string {
  if (link === undefined) return network === DEFAULT_NETWORK ? `EID ${eid}` : `EID ${network}:${eid}`;
  const place = placeName(link, physicalAddress);
  return eid === EID_NULL ? place : `EID ${eid} at ${place}`;
}
