/** One request through the kernel: its preallocated tag, and each attempt on it. */

import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { type RequestCarrier, RequestCourse } from '../../stack/socket/request-course.js';
import type { MctpMessage, RequestOptions } from '../../stack/transport.js';
import { Outgoing, type OutgoingHost, type Target } from './kernel-outgoing.js';
import type { HeldTag } from './kernel-tags.js';

/** Who is told, and what the request needs of its socket. */
export interface RequestClient extends OutgoingHost {
  readonly clock: Clock;
  allocate(target: Target): HeldTag;
  resolved(message: MctpMessage): void;
  rejected(error: MctpError): void;
  retried(): void;
  timedOut(): void;
  /** It is over. `late`: an answer may still come. The tag is none of the caller's. */
  ended(request: KernelRequest, tag: HeldTag | undefined, late: boolean): void;
}

export class KernelRequest implements RequestCarrier {
  readonly #course: RequestCourse;
  #tag: HeldTag | undefined;
  #outgoing: Outgoing | undefined;
  #onWire = false;

  constructor(
    private readonly client: RequestClient,
    private readonly target: Target,
    private readonly typeByte: number,
    private readonly payload: Uint8Array,
    private readonly options: RequestOptions,
    /** The caller's tag. */
    private readonly given: HeldTag | undefined,
  ) {
    this.#course = new RequestCourse(this, options);
  }

  start(): void {
    this.#course.start(() => {
      if (this.given !== undefined) this.#use(this.given);
    });
  }

  cancel(error: MctpError): void {
    this.#course.cancel(error);
  }

  // RequestCarrier

  get clock(): Clock {
    return this.client.clock;
  }

  get peerName(): string {
    return this.target.name;
  }

  attempt(): void {
    this.#outgoing = new Outgoing(
      this.client,
      this.target,
      this.typeByte,
      this.payload,
      this.#tag?.sendBits ?? (() => this.#use(this.client.allocate(this.target))),
      this.options.noWait ?? false,
      (error) => {
        if (error === undefined) this.#onWire = true;
        this.#course.sent(error);
      },
    );
    this.#outgoing.start();
  }

  retried(): void {
    this.client.retried();
  }

  timedOut(): void {
    this.client.timedOut();
  }

  ended(unanswered: boolean, again: boolean): void {
    this.#outgoing?.cancel(new MctpError('ECANCELED', 'the request was given up'));
    if (this.given !== undefined) this.given.answers = 'queue';
    const late = this.#onWire && (unanswered || again);
    this.client.ended(this, this.given === undefined ? this.#tag : undefined, late);
  }

  resolved(message: MctpMessage): void {
    this.client.resolved(message);
  }

  rejected(error: MctpError): void {
    this.client.rejected(error);
  }

  #use(tag: HeldTag): HeldTag {
    this.#tag = tag;
    tag.answers = (message) => this.#course.answered(message);
    return tag;
  }
}
