/**
 * The course of one request, whatever carries it: asked, asked again when nothing comes, answered, timed out or
 * cancelled. What it is sent with, and which tag it has, is its carrier's business.
 */

import type { Clock, Timer } from '../clock.js';
import { MctpError } from '../errors.js';
import type { MctpMessage, RequestOptions } from '../transport.js';
import { onAbort } from '../util/abort.js';

const DEFAULT_TIMEOUT_MS = 1000;
const DEFAULT_TOTAL_TIMEOUT_MS = 60_000;

export interface RequestCarrier {
  readonly clock: Clock;
  /** For messages: "EID 9". */
  readonly peerName: string;
  /** Send it, for the first time or again; `RequestCourse.sent` is called when it has left or failed. */
  attempt(): void;
  /** Nothing came: it is going to be sent again. */
  retried(): void;
  /** Nothing came, for good. */
  timedOut(): void;
  /**
   * It is over: let go of everything; the outcome is told after this. `unanswered`: an answer may still come. `again`: it
   * was asked more than once, so that another answer may.
   */
  ended(unanswered: boolean, again: boolean): void;
  resolved(message: MctpMessage): void;
  rejected(error: MctpError): void;
}

export class RequestCourse {
  #timer: Timer | undefined;
  #startedAt = 0;
  #tries = 0;
  #settled = false;
  /** The peer asked for more time, perhaps before it was known that the request had left. */
  #extended = false;
  #removeAbort: (() => void) | undefined;

  constructor(
    private readonly carrier: RequestCarrier,
    private readonly options: Pick<RequestOptions, 'signal' | 'timeoutMs' | 'totalTimeoutMs' | 'retries' | 'accept'>,
  ) {}

  /** `began` is called before the first attempt, and not at all when it was cancelled before. */
  start(began: () => void = () => {}): void {
    this.#removeAbort = onAbort(this.options.signal, (error) => this.cancel(error));
    if (this.#settled) return;
    this.#startedAt = this.carrier.clock.now();
    began();
    this.#try();
  }

  /** A message that may be the answer; false: it is not. */
  answered(message: MctpMessage): boolean {
    if (this.#settled) return false;
    let verdict: boolean | number;
    try {
      verdict = this.options.accept?.(message) ?? true;
    } catch (cause) {
      // The receive path is no place for it; who asked is.
      this.cancel(
        cause instanceof MctpError ? cause : new MctpError('EPROTO', `the answer was not understood`, { cause }),
      );
      return true;
    }
    // The caller's own code may have ended it meanwhile.
    if (this.#settled) return true;
    if (verdict === false) return false;
    if (typeof verdict === 'number') {
      this.#extended = true;
      this.#arm(verdict > 0 ? verdict : 0);
      return true;
    }
    this.#end(false);
    this.carrier.resolved(message);
    return true;
  }

  /** The attempt has left, or failed for good. */
  sent(error?: MctpError): void {
    if (this.#settled) return;
    if (error !== undefined) {
      this.#end(false);
      this.carrier.rejected(error);
    } else if (!this.#extended) this.#arm(this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  }

  /** Give up for `error`. */
  cancel(error: MctpError): void {
    if (this.#settled) return;
    this.#end(true);
    this.carrier.rejected(error);
  }

  #try(): void {
    this.#tries++;
    this.#extended = false;
    this.carrier.attempt();
    // Until it has left, only the total time counts; mostly it has left, or more, by now.
    if (!this.#settled && this.#timer === undefined) this.#arm(Number.POSITIVE_INFINITY);
  }

  #arm(delayMs: number): void {
    this.#timer?.cancel();
    const { clock } = this.carrier;
    const left = this.#startedAt + (this.options.totalTimeoutMs ?? DEFAULT_TOTAL_TIMEOUT_MS) - clock.now();
    this.#timer = clock.schedule(Math.min(delayMs, left), () => this.#timedOut(left <= delayMs));
  }

  #timedOut(forGood: boolean): void {
    this.#timer = undefined;
    if (!forGood && this.#tries <= (this.options.retries ?? 0)) {
      this.carrier.retried();
      this.#try();
      return;
    }
    this.carrier.timedOut();
    this.#end(true);
    const tries = this.#tries === 1 ? '' : ` (${this.#tries} tries)`;
    const waited = Math.round(this.carrier.clock.now() - this.#startedAt);
    this.carrier.rejected(
      new MctpError('ETIMEDOUT', `${this.carrier.peerName} did not answer within ${waited} ms${tries}`),
    );
  }

  #end(unanswered: boolean): void {
    this.#settled = true;
    this.#removeAbort?.();
    this.#timer?.cancel();
    this.#timer = undefined;
    this.carrier.ended(unanswered, this.#tries > 1);
  }
}
