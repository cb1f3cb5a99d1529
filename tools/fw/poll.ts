/** Asking again and again. */

import type { Clock } from '../../stack/clock.js';

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
    await new Promise<void>((resolve) => {
      const done = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = clock.schedule(EVERY_MS, done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
  return false;
}
