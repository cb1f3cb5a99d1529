/** Waiting in the time of a clock, and what may be there at once or later. */

import type { Clock } from '../clock.js';
import { cancelled, onAbort } from './abort.js';

export type MaybePromise<T> = T | Promise<T>;

/** Resolves after `ms` of the clock. @throws MctpError ECANCELED (by rejection) when one of the signals aborts first */
export function wait(clock: Clock, ms: number, ...signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  const aborted = signals.find((signal) => signal?.aborted);
  if (aborted !== undefined) return Promise.reject(cancelled(aborted));
  return new Promise((resolve, reject) => {
    const listening: ((() => void) | undefined)[] = [];
    const over = (): void => {
      timer.cancel();
      for (const stopListening of listening) stopListening?.();
    };
    const timer = clock.schedule(ms, () => {
      over();
      resolve();
    });
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

export const TIMED_OUT = Symbol('timed out');

/**
 * Work with an end: what it gives, or TIMED_OUT after `ms` of the clock. What is there at once is given at once.
 * @throws MctpError ECANCELED (by rejection) when the signal aborts first, and whatever the work throws
 */
export function bounded<T>(
  clock: Clock,
  work: T | Promise<T>,
  ms: number,
  signal?: AbortSignal,
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
