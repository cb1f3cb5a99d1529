/** Waiting for what a device sends. */

import type { Clock } from '../../stack/clock.js';
import { onAbort } from '../../stack/util/abort.js';

/** Resolves after `ms`, or when what is handed to `given` is called. @throws MctpError ECANCELED when the signal aborts */
export function pauseOr(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  given: (resolve: () => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      timer.cancel();
      stopListening?.();
      resolve();
    };
    const timer = clock.schedule(ms, end);
    const stopListening = onAbort(signal, (error) => {
      timer.cancel();
      reject(error);
    });
    given(end);
  });
}
