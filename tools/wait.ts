/** Waiting that Ctrl-C ends. */

import type { Clock, Timer } from '../stack/clock.js';
import { onAbort } from '../stack/util/abort.js';
import { wait } from '../stack/util/async.js';

/** Stops with the signal, and may be stopped before it. */
export function stopWith(signal: AbortSignal): AbortController {
  const stop = new AbortController();
  onAbort(signal, () => stop.abort());
  return stop;
}

/** Resolves after so many ms of the clock, or as soon as the signal aborts. The signal keeps nothing of it. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await wait(clock, ms, signal).catch(() => {});
}

/** Resolves when the signal aborts, or after so many ms when they are given. */
export async function untilStopped(clock: Clock, signal: AbortSignal, ms = Number.POSITIVE_INFINITY): Promise<void> {
  await wait(clock, ms, signal).catch(() => {});
}

/** What the work gives, or undefined as soon as the signal aborts. Nothing that waited keeps the process. */
export async function orStopped<T>(clock: Clock, signal: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  const stopped = untilStopped(clock, AbortSignal.any([signal, over.signal])).then(() => undefined);
  try {
    return await Promise.race([work, stopped]);
  } finally {
    over.abort();
  }
}

/** Every so many ms of the clock, until it is stopped. */
export function every(clock: Clock, ms: number, work: () => void): () => void {
  let timer: Timer;
  const again = (): void => {
    timer = clock.schedule(ms, () => {
      again();
      work();
    });
  };
  again();
  return () => timer.cancel();
}
