/**
 * Living beside mctpd, OpenBMC's bus owner: where it runs, the kernel's tables and the endpoints' EIDs are its, and we
 * only look.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

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
