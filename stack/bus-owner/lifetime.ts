/** From construction to close: what waits in between ends with it. */

import type { Clock, Timer } from '../clock.js';
import { MctpError } from '../errors.js';

export class Lifetime {
  ended = false;
  readonly #waits = new Map<Timer, (error: MctpError) => void>();

  constructor(readonly clock: Clock) {}

  /** Ends early, without an error, when the signal aborts. @throws MctpError ECANCELED when the lifetime ends first */
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (this.ended) return Promise.reject(over());
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = (): void => {
        timer.cancel();
        this.#waits.delete(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = this.clock.schedule(ms, done);
      signal?.addEventListener('abort', done, { once: true });
      this.#waits.set(timer, (error) => {
        signal?.removeEventListener('abort', done);
        reject(error);
      });
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
