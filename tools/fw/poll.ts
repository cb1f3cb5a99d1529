/** Asking again and again. */

import type { Clock } from '../../stack/clock.js';
import { pause } from '../wait.js';

const EVERY_MS = 1000;

/** False: it is not so after that time, or nobody wants to know any more. */
export async function waitUntil(
  clock: Clock,
  test: () => Promise<boolean>,
  ms: number,
  signal: AbortSignal,
): Promise<boolean> {
  const end = clock.now() + ms;
  while (!signal.aborted) {
    if (await test()) return true;
    if (clock.now() >= end) return false;
    await pause(clock, EVERY_MS, signal);
  }
  return false;
}
