/** So many events of one device are told at once, and one more in a second: a device which sends them without end is bounded. */

import type { Clock } from '../../stack/clock.js';

const MOST_AT_ONCE = 60;
const EVENT_MS = 1000;

export class EventBudget {
  #room = MOST_AT_ONCE;
  #filledAt: number;
  #leftOut = 0;

  constructor(private readonly clock: Clock) {
    this.#filledAt = clock.now();
  }

  /** False: this one is left out. */
  take(): boolean {
    const now = this.clock.now();
    this.#room = Math.min(MOST_AT_ONCE, this.#room + (now - this.#filledAt) / EVENT_MS);
    this.#filledAt = now;
    if (this.#room < 1) {
      this.#leftOut++;
      return false;
    }
    this.#room--;
    return true;
  }

  /** How many were left out since the last time that this was asked. */
  leftOut(): number {
    const count = this.#leftOut;
    this.#leftOut = 0;
    return count;
  }
}
