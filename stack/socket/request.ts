/**
 * A request, whatever carries it: asked, asked again when nothing comes, answered, timed out or cancelled. What it is
 * sent with, and which tag it has, is for the transport to say.
 */

import type { Clock, Timer } from '../clock.js';
import { MctpError } from '../errors.js';
import type { MctpMessage, RequestOptions } from '../transport.js';
import { onAbort } from '../util/abort.js';
import type { MaybePromise } from '../util/async.js';

const DEFAULT_TIMEOUT_MS = 1000;
const DEFAULT_TOTAL_TIMEOUT_MS = 60_000;
/** A timer which runs later than this says that the process had no processor, or was stopped. */
const LATE_MS = 10;
/** So long at most an answer which came in that time may take to be read. */
const READING_MS = 100;

/** Settles the promise of the caller. */
export interface RequestPromise {
  resolve(message: MctpMessage): void;
  reject(error: MctpError): void;
}

export abstract class PendingRequest {
  #timer: Timer | undefined;
  #startedAt = 0;
  /** Inside of `start`, where the clock was looked at already: to look costs a system call where it is slow. */
  #starting = false;
  #tries = 0;
  #settled = false;
  /** The peer asked for more time, perhaps before it was known that the request had left. */
  #extended = false;
  #stopListening: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    protected readonly options: RequestOptions,
    private readonly promise: RequestPromise,
  ) {}

  // What carries it.

  /** For messages: "EID 9". */
  protected abstract get peerName(): string;
  /** The first attempt follows. Not called when the request was cancelled before. */
  protected abstract began(): void;
  /** Send it, for the first time or again; `attemptSent` is to be called when it has left or failed. */
  protected abstract attempt(): void;
  /** Nothing came: it is going to be sent again. */
  protected abstract retried(): void;
  /** Nothing came, for good. */
  protected abstract timedOut(): void;
  /**
   * It is over: let go of everything; the outcome is told after this. `unanswered`: an answer may still come. `again`: it
   * was asked more than once, so that another answer may.
   */
  protected abstract ended(unanswered: boolean, again: boolean, answer: MctpMessage | undefined): void;

  start(): void {
    this.#stopListening = onAbort(this.options.signal, (error) => this.cancel(error));
    if (this.#settled) return;
    this.#startedAt = this.clock.now();
    this.#starting = true;
    this.began();
    this.#try();
    this.#starting = false;
  }

  /** A message that may be the answer; false: it is not. */
  deliver(message: MctpMessage): boolean {
    if (this.#settled) return false;
    const { accept } = this.options;
    let verdict: MaybePromise<boolean | number> = true;
    try {
      if (accept !== undefined) verdict = accept(message);
    } catch (cause) {
      this.#notUnderstood(cause);
      return true;
    }
    if (typeof verdict === 'object') {
      verdict.then(
        (later) => void this.#judged(message, later),
        (cause: unknown) => this.#notUnderstood(cause),
      );
      return true;
    }
    return this.#judged(message, verdict);
  }

  #judged(message: MctpMessage, verdict: boolean | number): boolean {
    // The caller's own code may have ended it.
    if (this.#settled) return true;
    if (verdict === false) return false;
    if (typeof verdict === 'number') {
      this.#extended = true;
      this.#arm(verdict > 0 ? verdict : 0);
      return true;
    }
    this.#end(false, message);
    this.promise.resolve(message);
    return true;
  }

  /** The caller gets the error, not the receive path. */
  #notUnderstood(cause: unknown): void {
    this.cancel(
      cause instanceof MctpError ? cause : new MctpError('EPROTO', 'the answer was not understood', { cause }),
    );
  }

  /** Give up for `error`. */
  cancel(error: MctpError): void {
    if (this.#settled) return;
    this.#end(true);
    this.promise.reject(error);
  }

  /** The attempt has left, or failed for good. */
  protected attemptSent(error?: MctpError): void {
    if (this.#settled) return;
    if (error === undefined) this.options.onLeft?.();
    if (error !== undefined) {
      this.#end(false);
      this.promise.reject(error);
    } else if (!this.#extended) this.#arm(this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  }

  #try(): void {
    this.#tries++;
    this.#extended = false;
    this.attempt();
    // Until it has left, only the total time counts; mostly it has left, or more, by now.
    if (!this.#settled && this.#timer === undefined) this.#arm(Number.POSITIVE_INFINITY);
  }

  #arm(delayMs: number): void {
    this.#timer?.cancel();
    const total = this.options.totalTimeoutMs ?? DEFAULT_TOTAL_TIMEOUT_MS;
    const now = this.#starting ? this.#startedAt : this.clock.now();
    const left = this.#startedAt + total - now;
    const wait = Math.min(delayMs, left);
    this.#timer = this.clock.schedule(wait, () => this.#due(now + wait, left <= delayMs));
  }

  /** The time is up. An answer may be there already, unread: a process that did not run looks first. */
  #due(at: number, forGood: boolean): void {
    const late = this.clock.now() - at;
    if (late <= LATE_MS) this.#tooLate(forGood);
    else this.#timer = this.clock.schedule(Math.min(late, READING_MS), () => this.#tooLate(forGood));
  }

  #tooLate(forGood: boolean): void {
    this.#timer = undefined;
    if (!forGood && this.#tries <= (this.options.retries ?? 0)) {
      this.retried();
      this.options.onRetry?.();
      this.#try();
      return;
    }
    this.timedOut();
    this.#end(true);
    const tries = this.#tries === 1 ? '' : ` (${this.#tries} tries)`;
    const waited = Math.round(this.clock.now() - this.#startedAt);
    this.promise.reject(new MctpError('ETIMEDOUT', `${this.peerName} did not answer within ${waited} ms${tries}`));
  }

  #end(unanswered: boolean, answer?: MctpMessage): void {
    this.#settled = true;
    this.#stopListening?.();
    this.#timer?.cancel();
    this.#timer = undefined;
    this.ended(unanswered, this.#tries > 1, answer);
  }
}
