/** Real time, for links and stacks that run against the world. */

import type { Clock, Timer } from '../stack/clock.js';

/** setTimeout fires at once when its delay does not fit 31 bits; longer waits are made of several. */
const LONGEST_TIMEOUT_MS = 0x7fffffff;

class SystemTimer implements Timer {
  #handle: NodeJS.Timeout | undefined;
  readonly #callback: () => void;

  constructor(delayMs: number, callback: () => void) {
    this.#callback = callback;
    this.#arm(delayMs);
  }

  cancel(): void {
    clearTimeout(this.#handle);
    this.#handle = undefined;
  }

  #arm(delayMs: number): void {
    const step = Math.min(Math.max(0, delayMs), LONGEST_TIMEOUT_MS);
    this.#handle = setTimeout(() => {
      if (delayMs > step) {
        this.#arm(delayMs - step);
        return;
      }
      this.#handle = undefined;
      this.#callback();
    }, step);
  }
}

/**
 * The process's monotonic clock. Resolution of `now` is below a microsecond, that of timers about a millisecond.
 * A set timer keeps the process alive: close what set it.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule: (delayMs, callback) => new SystemTimer(delayMs, callback),
};
