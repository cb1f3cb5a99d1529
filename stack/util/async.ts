/** Waiting in the time of a clock, and what may be there at once or later. */

import type { Clock, Timer } from '../clock.js';
import { onAbort } from './abort.js';

export type MaybePromise<T> = T | Promise<T>;

/** Resolves after `ms` of the clock. @throws MctpError ECANCELED (by rejection) when one of the signals aborts first */
export function wait(clock: Clock, ms: number, ...signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: Timer | undefined;
    const listening: ((() => void) | undefined)[] = [];
    const over = (): void => {
      timer?.cancel();
      for (const stopListening of listening) stopListening?.();
    };
    if (!signals.some((signal) => signal?.aborted)) {
      timer = clock.schedule(ms, () => {
        over();
        resolve();
      });
    }
    for (const signal of signals) {
      listening.push(
        onAbort(signal, (error) => {
          over();
          reject(error);
        }),
      );
    }
  });
}
