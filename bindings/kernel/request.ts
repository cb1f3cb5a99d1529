/** One request through the kernel: sent, sent again on the same tag, answered, timed out or cancelled. */

import type { Clock, Timer } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import type { MctpMessage, RequestOptions } from '../../stack/transport.js';
import { Outgoing, type OutgoingHost, type Target } from './outgoing.js';
import type { HeldTag } from './tags.js';

const DEFAULT_TIMEOUT_MS = 1000;
const DEFAULT_TOTAL_TIMEOUT_MS = 60_000;

/** Who is told, and what the request needs of its socket. */
export interface RequestClient extends OutgoingHost {
  readonly clock: Clock;
  allocate(target: Target): HeldTag;
  resolved(message: MctpMessage): void;
  rejected(error: MctpError): void;
  retried(): void;
  /** It is over. `late`: an answer may still come. The tag is none of the caller's. */
  ended(request: KernelRequest, tag: HeldTag | undefined, late: boolean): void;
}

export class KernelRequest {
  #tag: HeldTag | undefined;
  #outgoing: Outgoing | undefined;
  #timer: Timer | undefined;
  #startedAt = 0;
  #tries = 0;
  #onWire = false;
  #settled = false;
  #removeAbort: (() => void) | undefined;

  constructor(
    private readonly client: RequestClient,
    private readonly target: Target,
    private readonly typeByte: number,
    private readonly payload: Uint8Array,
    private readonly options: RequestOptions,
    /** The caller's tag. */
    private readonly given: HeldTag | undefined,
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
    this.#startedAt = this.client.clock.now();
    if (this.given !== undefined) this.#use(this.given);
    this.#arm(Number.POSITIVE_INFINITY);
    this.#try();
  }

  cancel(error: MctpError): void {
    if (this.#settled) return;
    this.#end(this.#onWire);
    this.client.rejected(error);
  }

  #answered(message: MctpMessage): boolean {
    if (this.#settled) return false;
    const verdict = this.options.accept?.(message) ?? true;
    if (verdict === false) return false;
    if (typeof verdict === 'number') {
      this.#arm(Math.max(0, verdict));
      return true;
    }
    this.#end(this.#tries > 1);
    this.client.resolved(message);
    return true;
  }

  #use(tag: HeldTag): HeldTag {
    this.#tag = tag;
    tag.answers = (message) => this.#answered(message);
    return tag;
  }

  #try(): void {
    this.#tries++;
    const choice = this.#tag?.sendBits ?? (() => this.#use(this.client.allocate(this.target)));
    this.#outgoing = new Outgoing(
      this.client,
      this.target,
      this.typeByte,
      this.payload,
      choice,
      this.options.noWait ?? false,
      (error) => this.#sent(error),
    );
    this.#outgoing.start();
  }

  #sent(error?: MctpError): void {
    if (this.#settled) return;
    if (error !== undefined) {
      this.#end(this.#onWire);
      this.client.rejected(error);
      return;
    }
    this.#onWire = true;
    this.#arm(this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  }

  #arm(delayMs: number): void {
    this.#timer?.cancel();
    const { clock } = this.client;
    const left = this.#startedAt + (this.options.totalTimeoutMs ?? DEFAULT_TOTAL_TIMEOUT_MS) - clock.now();
    this.#timer = clock.schedule(Math.min(delayMs, left), () => this.#timedOut(left <= delayMs));
  }

  #timedOut(forGood: boolean): void {
    this.#timer = undefined;
    if (!forGood && this.#tries <= (this.options.retries ?? 0)) {
      this.client.retried();
      this.#arm(Number.POSITIVE_INFINITY);
      this.#try();
      return;
    }
    const waited = Math.round(this.client.clock.now() - this.#startedAt);
    const tries = this.#tries === 1 ? '' : ` (${this.#tries} tries)`;
    this.#end(this.#onWire);
    this.client.rejected(new MctpError('ETIMEDOUT', `${this.target.name} did not answer within ${waited} ms${tries}`));
  }

  #end(late: boolean): void {
    this.#settled = true;
    this.#removeAbort?.();
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#outgoing?.cancel(new MctpError('ECANCELED', 'the request was given up'));
    if (this.given !== undefined) this.given.answers = 'queue';
    this.client.ended(this, this.given === undefined ? this.#tag : undefined, late);
  }
}
