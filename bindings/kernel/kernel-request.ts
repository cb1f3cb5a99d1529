/** One request through the kernel: its preallocated tag, and each attempt on it. */

import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { PendingRequest, type RequestPromise } from '../../stack/socket/request.js';
import type { MctpMessage, RequestOptions } from '../../stack/transport.js';
import { Outgoing, type OutgoingHost, type Target } from './kernel-outgoing.js';
import type { KernelTag } from './kernel-tags.js';

/** What a request needs of its socket, and tells it. */
export interface RequestOwner extends OutgoingHost {
  readonly clock: Clock;
  allocate(target: Target): KernelTag;
  requestRetried(): void;
  requestTimedOut(): void;
  /** It is over. `late`: an answer may still come. `given`: the tag is the caller's. */
  requestEnded(request: KernelRequest, tag: KernelTag | undefined, given: boolean, late: boolean): void;
  requestAnswered(payload: Uint8Array, answer: MctpMessage): void;
}

export class KernelRequest extends PendingRequest {
  #tag: KernelTag | undefined;
  #outgoing: Outgoing | undefined;
  #onWire = false;

  constructor(
    private readonly socket: RequestOwner,
    private readonly target: Target,
    private readonly typeByte: number,
    private readonly payload: Uint8Array,
    options: RequestOptions,
    /** The caller's tag. */
    private readonly given: KernelTag | undefined,
    promise: RequestPromise,
  ) {
    super(socket.clock, options, promise);
  }

  protected override get peerName(): string {
    return this.target.name;
  }

  protected override began(): void {
    if (this.given !== undefined) this.#use(this.given);
  }

  protected override attempt(): void {
    this.#outgoing = new Outgoing(
      this.socket,
      this.target,
      this.typeByte,
      this.payload,
      this.#tag?.sendBits ?? (() => this.#use(this.socket.allocate(this.target))),
      this.options.noWait ?? false,
      (error) => {
        if (error === undefined) this.#onWire = true;
        this.attemptSent(error);
      },
    );
    this.#outgoing.start();
  }

  protected override retried(): void {
    this.socket.requestRetried();
  }

  protected override timedOut(): void {
    this.socket.requestTimedOut();
  }

  protected override ended(unanswered: boolean, again: boolean, answer: MctpMessage | undefined): void {
    this.#outgoing?.cancel(new MctpError('ECANCELED', 'the request was given up'));
    if (this.given !== undefined) this.given.answers = 'queue';
    const late = this.#onWire && (unanswered || again);
    this.socket.requestEnded(this, this.#tag, this.given !== undefined, late);
    if (answer !== undefined) this.socket.requestAnswered(this.payload, answer);
  }

  #use(tag: KernelTag): KernelTag {
    this.#tag = tag;
    tag.answers = (message) => this.deliver(message);
    return tag;
  }
}
