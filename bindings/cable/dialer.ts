/** Keeps one sub-path of a cable there: connects, and when it is gone connects again, with pauses which grow. */

import type { Clock, Timer } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import type { CableEnd } from './cable-end.js';
import type { Carrier } from './carrier.js';

export interface DialerOptions {
  readonly clock: Clock;
  readonly end: CableEnd;
  /** `bench.local:6287`, or the path of a Unix socket. */
  readonly place: string;
  readonly backup: boolean;
  /** Between two attempts, doubling from the first to the longest; ms. */
  readonly pauses: { readonly firstMs: number; readonly longestMs: number };
  /** The signal ends the attempt. @throws MctpError by rejection: why nobody is there */
  dial(place: string, signal: AbortSignal): Promise<Carrier>;
  /** An attempt failed. */
  failed(place: string, reason: MctpError): void;
}

export class Dialer {
  readonly #options: DialerOptions;
  #pauseMs: number;
  #timer: Timer | undefined;
  readonly #stopped = new AbortController();

  constructor(options: DialerOptions) {
    this.#options = options;
    this.#pauseMs = options.pauses.firstMs;
  }

  get #isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  start(): void {
    const { dial, place, end, backup } = this.#options;
    dial(place, this.#stopped.signal).then(
      (carrier) => {
        if (this.#isStopped) carrier.destroy();
        else end.connected(carrier, backup, (reason, wasIn) => this.#ended(reason, wasIn));
      },
      (error: unknown) => {
        if (this.#isStopped) return;
        const reason = MctpError.is(error)
          ? error
          : new MctpError('EIO', `${place}: ${String(error)}`, { cause: error });
        this.#ended(reason, false);
      },
    );
  }

  stop(): void {
    this.#stopped.abort();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #ended(reason: MctpError, wasIn: boolean): void {
    if (this.#isStopped) return;
    const { clock, place, pauses, failed } = this.#options;
    if (wasIn) this.#pauseMs = pauses.firstMs;
    else failed(place, reason);
    // What hears of it may stop us.
    if (this.#isStopped) return;
    this.#timer?.cancel();
    this.#timer = clock.schedule(this.#pauseMs, () => {
      this.#timer = undefined;
      this.start();
    });
    this.#pauseMs = Math.min(2 * this.#pauseMs, pauses.longestMs);
  }
}
