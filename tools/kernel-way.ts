/** Our bus owners beside a kernel that is joined: no EID is given twice, and what is found is reachable from the kernel. */

import type { KernelJoin } from '../bindings/kernel/join.js';
import type { BusOwner, EndpointEvent } from '../stack/bus-owner/index.js';

/** What gives its EIDs, for messages. */
const KERNEL = 'the kernel';

/** @throws MctpError ECONFLICT when a device has it */
export function keepForKernel(owner: BusOwner | undefined, kernelEid: number): void {
  owner?.pool.take(kernelEid, KERNEL);
}

/** On one network with devices of the kernel's, mctpd's perhaps, ours need other EIDs. */
export function keepTaken(owner: BusOwner | undefined, taken: readonly number[]): void {
  for (const eid of taken) if (owner?.pool.isFree(eid, KERNEL) === true) owner.pool.take(eid, KERNEL);
}

/** Routes of the kernel come and go with the endpoints. @throws MctpError EEXIST, ENOENT */
export function passOn(joined: KernelJoin, event: EndpointEvent): void {
  if (event.type !== 'appeared' && event.type !== 'vanished') return;
  const { eid } = event.endpoint;
  if (event.type === 'appeared') joined.addOurs([eid, eid]);
  else joined.removeOurs([eid, eid]);
}
