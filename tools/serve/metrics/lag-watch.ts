/** How late timers are: how long the event loop of the server was busy with something else. */

import { Histogram } from '../../../bindings/shared/server/metric-histogram.js';
import type { Clock, Timer } from '../../../stack/clock.js';

const EVERY_MS = 1_000;
/** Seconds. */
const LIMITS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

export class LagWatch {
  readonly lateness = new Histogram(LIMITS);
  #timer: Timer | undefined;
  #closed = false;

  constructor(private readonly clock: Clock) {}

  /** From the first reader on: a server of which nobody reads metrics sleeps. */
  start(): void {
    if (this.#timer === undefined && !this.#closed) this.#arm();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #arm(): void {
    const due = this.clock.now() + EVERY_MS;
    this.#timer = this.clock.schedule(EVERY_MS, () => {
      this.lateness.add(Math.max(0, this.clock.now() - due) / 1000);
      this.#arm();
    });
  }
}
