/** From construction to close: what waits in between ends with it. */

import type { Clock } from '../clock.js';
import { MctpError } from '../errors.js';
import { wait } from '../util/async.js';

export class Lifetime {
  readonly #over = new AbortController();

  constructor(readonly clock: Clock) {}

  get ended(): boolean {
    return this.#over.signal.aborted;
  }

  /** Ends early, without an error, when the signal aborts. @throws MctpError ECANCELED when the lifetime ends first */
  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    try {
      await wait(this.clock, ms, this.#over.signal, signal);
    } catch {
      if (this.ended) throw new MctpError('ECANCELED', 'the bus owner was closed');
    }
  }

  end(): void {
    this.#over.abort();
  }
}
