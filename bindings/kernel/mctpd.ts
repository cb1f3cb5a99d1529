/**
 * Living beside mctpd, OpenBMC's bus owner: where it runs, the kernel's tables and the endpoints' EIDs are its, and we
 * only look.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BusOwner, EndpointInfo } from '../../stack/bus-owner/index.js';
import { MctpError } from '../../stack/errors.js';
import type { KernelMctp } from './kernel.js';

/** Process ID of a running mctpd. */
export async function findMctpd(procRoot = '/proc'): Promise<number | undefined> {
  const entries = await readdir(procRoot).catch(() => []);
  for (const entry of entries) {
    if (!/^\d+$/.test(entry)) continue;
    // Processes come and go while we look.
    const name = await readFile(join(procRoot, entry, 'comm'), 'utf8').catch(() => '');
    if (name.trim() === 'mctpd') return Number(entry);
  }
  return undefined;
}

export interface KernelDiscoverOptions {
  /** Default: all that are up. */
  readonly links?: readonly string[];
  /** EIDs asked at the same time; default 8. */
  readonly parallel?: number;
}

/**
 * The endpoints behind the kernel. With tables we may change: by discovery, which gives EIDs. With read-only ones: those
 * there are routes to, asked who they are.
 */
export async function discoverThroughKernel(
  kernel: KernelMctp,
  owner: BusOwner,
  options: KernelDiscoverOptions = {},
): Promise<EndpointInfo[]> {
  const { links, parallel = 8 } = options;
  if (!kernel.readOnly) return owner.discover(links === undefined ? {} : { links });
  const queue = knownEids(kernel, owner.network, links);
  const worker = async (): Promise<void> => {
    for (let eid = queue.shift(); eid !== undefined; eid = queue.shift()) {
      // A route to nobody: an unused EID of a bridge's pool, a device that was unplugged.
      await owner.learn(eid).catch((error: unknown) => {
        if (!MctpError.is(error)) throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return owner.endpoints();
}

/** EIDs that have routes, one by one. */
function knownEids(kernel: KernelMctp, network: number, links: readonly string[] | undefined): number[] {
  const own = new Set(kernel.addresses().map((address) => address.eid as number));
  const eids = new Set<number>();
  for (const route of kernel.routes()) {
    if (route.network !== network || links?.includes(route.link) === false) continue;
    for (let eid: number = route.start; eid <= route.end; eid++) if (!own.has(eid)) eids.add(eid);
  }
  return [...eids].sort((a, b) => a - b);
}
