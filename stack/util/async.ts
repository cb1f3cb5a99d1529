/** Waiting in the time of a clock, and what may be there at once or later. */

import type { Clock } from '../clock.js';
import { onAbort } from './abort.js';

export type MaybePromise<T> = T | Promise<T>;

/** Resolves after `ms` of the clock. @throws MctpError ECANCELED (by rejection) when the signal aborts first */
export function wait(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = signal?.aborted
      ? undefined
      : clock.schedule(ms, () => {
          stopListening?.();
          resolve();
        });
    const stopListening = onAbort(signal, (error) => {
      timer?.cancel();
      reject(error);
    });
  });
}
