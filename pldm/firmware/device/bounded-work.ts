/** A hook with an end: it finishes, is aborted, or has taken too long. */

import type { Clock } from '../../../stack/clock.js';
import { onAbort } from '../../../stack/util/abort.js';

export const TIMED_OUT = Symbol('timed out');

/** @throws MctpError ECANCELED when the signal aborts first, and whatever the work throws */
export function bounded<T>(
  clock: Clock,
  work: T | Promise<T>,
  ms: number,
  signal: AbortSignal,
): T | Promise<T | typeof TIMED_OUT> {
  if (!(work instanceof Promise)) return work;
  return new Promise((resolve, reject) => {
    let stopListening: (() => void) | undefined;
    const end = (): void => {
      timer.cancel();
      stopListening?.();
    };
    const timer = clock.schedule(ms, () => {
      end();
      resolve(TIMED_OUT);
    });
    work.then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
    stopListening = onAbort(signal, (error) => {
      end();
      reject(error);
    });
  });
}
