/** One request: sent, sent again when nothing comes, answered, timed out or cancelled. Its tag never leaks. */

import type { LinkDependent } from './attached-link.js';
import type { Clock, Timer } from './clock.js';
import { MctpError } from './errors.js';
import { FLAG_TO } from './packet.js';
import type { Path } from './path.js';
import { type Sender, Sending, type SendingHost } from './sending.js';
import type { TagOwner } from './tags.js';
import type { AllocatedTag, MctpMessage, RequestOptions } from './transport.js';

export const DEFAULT_REQUEST_TIMEOUT_MS = 1000;
const DEFAULT_TOTAL_TIMEOUT_MS = 60_000;

export interface RequestHost extends SendingHost {
  readonly clock: Clock;
}

export class PendingRequest implements TagOwner, LinkDependent, Sender {
  #sending: Sending | undefined;
  #tag: number | undefined;
  #timer: Timer | undefined;
  #startedAt = 0;
  #tries = 0;
  #settled = false;
  /** The peer asked for more time, perhaps before the link said that the request had left. */
  #extended = false;
  #removeAbort: (() => void) | undefined;

  constructor(
    private readonly host: RequestHost,
    private readonly path: Path,
    private readonly typeByte: number,
    private readonly payload: Uint8Array,
    private readonly options: RequestOptions,
    /** Who is told of the end, and of each retry. */
    private readonly client: {
      sent(): void;
      resolved(message: MctpMessage): void;
      rejected(error: MctpError): void;
      retried(): void;
      /** `unanswered`: an answer may still come. */
      ended(request: PendingRequest, unanswered: boolean): void;
    },
  ) {}

  start(): void {
    const { signal } = this.options;
    if (signal !== undefined) {
      const onAbort = () =>
        this.cancel(new MctpError('ECANCELED', 'the request was cancelled', { cause: signal.reason }));
      if (signal.aborted) {
        onAbort();
        return;
      }
      signal.addEventListener('abort', onAbort, { once: true });
      this.#removeAbort = () => signal.removeEventListener('abort', onAbort);
    }
    this.#startedAt = this.host.clock.now();
    this.path.link?.dependents.add(this);
    this.#try();
  }

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
    this.#end();
    this.client.resolved(message);
    return true;
  }

  linkDown(reason: MctpError): void {
    this.cancel(reason);
  }

  /** Give up for `error`; the tag rests if the request may have left. */
  cancel(error: MctpError): void {
    if (this.#settled) return;
    this.#end(true);
    this.client.rejected(error);
  }

  sent(error?: MctpError): void {
    // A synchronous link may have brought the answer already.
    this.#tag ??= this.#sending?.tag;
    if (error === undefined) this.client.sent();
    if (this.#settled) return;
    if (error !== undefined) {
      this.#end();
      this.client.rejected(error);
      return;
    }
    if (!this.#extended) this.#arm(this.options.timeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS);
  }

  #try(): void {
    this.#tries++;
    this.#extended = false;
    // Until it has left, only the total time counts.
    this.#arm(Number.POSITIVE_INFINITY);
    const given: AllocatedTag | undefined = this.options.tag;
    const fixed = given?.value ?? this.#tag;
    const sending = new Sending(this.host, this, this.path, this.typeByte, this.payload, this.options.noWait ?? false);
    this.#sending = sending;
    sending.start(fixed === undefined ? { kind: 'new', owner: this } : { kind: 'fixed', tagBits: fixed | FLAG_TO });
  }

  #arm(delayMs: number): void {
    this.#timer?.cancel();
    const { clock } = this.host;
    const left = this.#startedAt + (this.options.totalTimeoutMs ?? DEFAULT_TOTAL_TIMEOUT_MS) - clock.now();
    this.#timer = clock.schedule(Math.min(delayMs, left), () => this.#timedOut(left <= delayMs));
  }

  #timedOut(forGood: boolean): void {
    this.#timer = undefined;
    if (!forGood && this.#tries <= (this.options.retries ?? 0)) {
      this.path.peer.counters.retries++;
      this.client.retried();
      this.#try();
      return;
    }
    this.path.peer.counters.timeouts++;
    this.#end(true);
    const tries = this.#tries === 1 ? '' : ` (${this.#tries} tries)`;
    const waited = Math.round(this.host.clock.now() - this.#startedAt);
    this.client.rejected(
      new MctpError('ETIMEDOUT', `${this.path.peer.name} did not answer within ${waited} ms${tries}`),
    );
  }

  /** Let go of everything. The tag rests when an answer may still come: unanswered, or asked more than once. */
  #end(unanswered = false): void {
    this.#settled = true;
    this.#removeAbort?.();
    this.#timer?.cancel();
    this.#timer = undefined;
    this.path.link?.dependents.delete(this);
    const sending = this.#sending;
    const again = this.#tries > 1;
    if (unanswered || again) sending?.cancel(new MctpError('ECANCELED', 'the request is over'));
    const tag = this.#tag ?? sending?.tag;
    if (tag !== undefined && this.options.tag === undefined) {
      this.path.peer.release(tag, this, again || (unanswered && sending?.mayHaveLeft !== false));
    }
    this.client.ended(this, unanswered || again);
  }
}
