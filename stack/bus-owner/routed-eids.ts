/**
 * EIDs that have routes before a bus owner begins: of an earlier one, or of another program with the same tables, the
 * kernel's. They are not free.
 */

import { EID_MAX, EID_MIN } from '../ids.js';
import { placeName } from './device-place.js';
import type { EidPool } from './eid-pool.js';
import type { NetworkStack } from './network-stack.js';

/**
 * Hold them in the pool, for the place their route leads to: a device that comes with such an EID there keeps it. Ranges on
 * these links are left to the bridges, which say themselves what they have.
 */
export async function holdRouted(
  host: NetworkStack,
  network: number,
  links: readonly string[] | undefined,
  pool: EidPool,
): Promise<void> {
  const neighbours = await host.neighbours();
  for (const { network: on, start, end, link } of await host.routes()) {
    const everything = start === EID_MIN && end === EID_MAX;
    const bridged = start !== end && links?.includes(link) !== false;
    if (on !== network || everything || bridged) continue;
    for (let eid: number = start; eid <= end; eid++) {
      const at = neighbours.find((n) => n.link === link && n.eid === eid)?.physicalAddress ?? '';
      const place = placeName(link, at);
      if (pool.isFree(eid, place)) pool.take(eid, place);
    }
  }
}
