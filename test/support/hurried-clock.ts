/** Real time, which can be made to go faster: for waits which nothing outside of the process ends. */

import { systemClock } from '../../bindings/system-clock.js';
import type { Clock, Timer } from '../../stack/clock.js';

export class HurriedClock implements Clock {
  #before = 0;
  #since = systemClock.now();

  /** `times`: how many times as fast it goes. */
  constructor(private times = 1) {}

  /** What is scheduled from now on comes sooner; what is scheduled already keeps its time. */
  hurry(times: number): void {
    this.#before = this.now();
    this.#since = systemClock.now();
    this.times = times;
  }

  now(): number {
    return this.#before + (systemClock.now() - this.#since) * this.times;
  }

  schedule(delayMs: number, callback: () => void): Timer {
    return systemClock.schedule(delayMs / this.times, callback);
  }
}
