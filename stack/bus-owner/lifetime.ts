/** From construction to close: what waits in between ends with it. */

import type { Clock, Timer } from '../clock.js';
import { MctpError } from '../errors.js';
import { onAbort } from '../util/abort.js';

export class Lifetime {
  ended = false;
  readonly #waits = new Map<Timer, (error: MctpError) => void>();

  constructor(readonly clock: Clock) {}

  /** Ends early, without an error, when the signal aborts. @throws MctpError ECANCELED when the lifetime ends first */
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (this.ended) return Promise.reject(over());
    return new Promise((resolve, reject) => {
      let stopListening: (() => void) | undefined;
      const done = (): void => {
        stopListening?.();
        timer.cancel();
        this.#waits.delete(timer);
        resolve();
      };
      const timer = this.clock.schedule(ms, done);
      this.#waits.set(timer, (error) => {
        stopListening?.();
        reject(error);
      });
      stopListening = onAbort(signal, done);
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
