/** Waiting that Ctrl-C ends. */

import type { Clock } from '../stack/clock.js';

/** Resolves after so many ms of the clock, or as soon as the signal aborts. The signal keeps nothing of it. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ms <= 0 || signal.aborted) return resolve();
    const done = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.schedule(ms, done);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Resolves when the signal aborts, or after so many ms when they are given. */
export function untilStopped(signal: AbortSignal, ms?: number): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    let timer: NodeJS.Timeout | undefined;
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    // Beyond the range of a timer is as good as for ever.
    if (ms !== undefined) timer = setTimeout(done, Math.min(ms, 0x7fffffff));
    else timer = setInterval(() => {}, 0x7fffffff);
  });
}
