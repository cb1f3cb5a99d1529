/** From construction to close: what waits in between ends with it. */

import type { Clock, Timer } from '../clock.js';
import { MctpError } from '../errors.js';

export class Lifetime {
  ended = false;
  readonly #waits = new Map<Timer, (error: MctpError) => void>();

  constructor(readonly clock: Clock) {}

  /** @throws MctpError ECANCELED when it ends first */
  wait(ms: number): Promise<void> {
    if (this.ended) return Promise.reject(over());
    return new Promise((resolve, reject) => {
      const timer = this.clock.schedule(ms, () => {
        this.#waits.delete(timer);
        resolve();
      });
      this.#waits.set(timer, reject);
    });
  }

  end(): void {
    this.ended = true;
    for (const [timer, reject] of this.#waits) {
      timer.cancel();
      reject(over());
    }
    this.#waits.clear();
  }
}

function over(): MctpError {
  return new MctpError('ECANCELED', 'the bus owner was closed');
}
