/** Waiting for what a device sends. */

import type { Clock } from '../../stack/clock.js';
import { wait } from '../../stack/util/async.js';

/** Resolves after `ms`, or when what is handed to `given` is called. @throws MctpError ECANCELED when the signal aborts */
export async function pauseOr(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  given: (resolve: () => void) => void,
): Promise<void> {
  const enough = new AbortController();
  given(() => enough.abort());
  try {
    await wait(clock, ms, signal, enough.signal);
  } catch (error) {
    if (signal.aborted) throw error;
  }
}
