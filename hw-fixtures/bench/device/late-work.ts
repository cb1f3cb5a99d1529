/** What a device does later, and not at all when it has stopped by then: also what it was about to begin when it stopped. */

import type { Clock, Timer } from '../../../stack/clock.js';

export class LateWork {
  readonly #timers = new Set<Timer>();
  #closed = false;

  constructor(private readonly clock: Clock) {}

  do(ms: number, work: () => void): void {
    if (this.#closed) return;
    const timer = this.clock.schedule(ms, () => {
      this.#timers.delete(timer);
      work();
    });
    this.#timers.add(timer);
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}
