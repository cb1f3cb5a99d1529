/** Packets a link cannot take, handed back a moment later: `transmitted` is never called from inside `transmit`. */

import type { Clock, Timer } from '../stack/clock.js';
import type { MctpError } from '../stack/errors.js';
import { type LinkHost, TRANSMIT, type TransmitResult } from '../stack/link.js';

/** Refusals waiting at a time; beyond it the link says `busy`. */
const MOST = 64;

export class Refusals {
  readonly #clock: Clock;
  #host: LinkHost | undefined;
  #waiting: { readonly slot: number; readonly error: MctpError }[] = [];
  #full = false;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  attach(host: LinkHost): void {
    this.#host = host;
  }

  /** The result `transmit` returns: `pending`, and the slot comes back with the error. */
  add(slot: number, error: MctpError): TransmitResult {
    this.#timer ??= this.#clock.schedule(0, () => this.flush());
    if (this.#waiting.length >= MOST) {
      this.#full = true;
      return TRANSMIT.busy;
    }
    this.#waiting.push({ slot, error });
    return TRANSMIT.pending;
  }

  /** Hand back everything, and what is refused until then: the link closes, no timer may be left. */
  close(): void {
    for (let round = 0; round < MOST && this.#timer !== undefined; round++) this.flush();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Hand back everything now. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const waiting = this.#waiting;
    const full = this.#full;
    this.#waiting = [];
    this.#full = false;
    for (const { slot, error } of waiting) this.#host?.transmitted(slot, error);
    if (full) this.#host?.ready();
  }
}
