/** Waiting, in the time of a clock. */

import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';

/** @throws MctpError ECANCELED (by rejection) when the signal aborts first */
export function delay(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(cancelled(signal));
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(cancelled(signal!));
    };
    const timer = clock.schedule(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

export function cancelled(signal: AbortSignal): MctpError {
  return new MctpError('ECANCELED', 'cancelled by the caller', { cause: signal.reason });
}

/** @throws MctpError ECANCELED */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal);
}
