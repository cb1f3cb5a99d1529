/** Waiting that Ctrl-C ends. */

import { systemClock } from '../bindings/system-clock.js';
import type { Clock } from '../stack/clock.js';
import { wait } from '../stack/util/async.js';

/** Resolves after so many ms of the clock, or as soon as the signal aborts. The signal keeps nothing of it. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await wait(clock, ms, signal).catch(() => {});
}

/** Resolves when the signal aborts, or after so many ms when they are given. */
export async function untilStopped(signal: AbortSignal, ms = Number.POSITIVE_INFINITY): Promise<void> {
  await wait(systemClock, ms, signal).catch(() => {});
}
