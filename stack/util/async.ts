/** Waiting by the stack's clock, and turns that are taken one after another; both end early when cancelled. */

import type { Clock } from '../clock.js';
import { MctpError } from '../errors.js';

export function cancelled(signal: AbortSignal): MctpError {
  return new MctpError('ECANCELED', 'cancelled by the caller', { cause: signal.reason });
}

/** @throws MctpError ECANCELED */
export function wait(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(cancelled(signal));
      return;
    }
    const onAbort = () => {
      timer.cancel();
      reject(cancelled(signal!));
    };
    const timer = clock.schedule(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** One at a time, in the order they came. */
export class Turnstile {
  #taken = false;
  readonly #waiting: { readonly go: () => void; readonly fail: (error: MctpError) => void }[] = [];

  constructor(readonly limit: number) {}

  get idle(): boolean {
    return !this.#taken;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves when it is our turn; `leave` must follow. @throws MctpError ECANCELED, ENOBUFS when too many wait */
  async enter(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) throw cancelled(signal);
    if (!this.#taken) {
      this.#taken = true;
      return;
    }
    if (this.#waiting.length >= this.limit) {
      throw new MctpError('ENOBUFS', `${this.limit} requests wait for this peer already`);
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(cancelled(signal!));
      };
      const entry = {
        go: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        fail: (error: MctpError) => {
          signal?.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      this.#waiting.push(entry);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken = false;
    else next.go();
  }

  /** Send everybody who waits away. */
  clear(error: MctpError): void {
    for (const entry of this.#waiting.splice(0)) entry.fail(error);
  }
}
