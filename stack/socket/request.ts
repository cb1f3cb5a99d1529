/** One request through our own stack: where it is sent, and its tag, which never leaks. */

import type { Clock } from '../clock.js';
import type { LinkDependent } from '../core/link-port.js';
import type { Path } from '../core/path.js';
import type { TagOwner } from '../core/tags.js';
import { MctpError } from '../errors.js';
import { FLAG_TO } from '../packet.js';
import type { MctpMessage, RequestOptions } from '../transport.js';
import { type RequestCarrier, RequestCourse } from './request-course.js';
import { type Sender, Transmission, type TransmissionHost } from './transmission.js';

export interface RequestHost extends TransmissionHost {
  readonly clock: Clock;
}

/** Who is told of the end, and of each retry. */
export interface RequestClient {
  sent(): void;
  resolved(message: MctpMessage): void;
  rejected(error: MctpError): void;
  retried(): void;
  /** `unanswered`: an answer may still come. */
  ended(request: PendingRequest, unanswered: boolean): void;
}

export class PendingRequest implements TagOwner, LinkDependent, Sender, RequestCarrier {
  readonly #course: RequestCourse;
  #sending: Transmission | undefined;
  #tag: number | undefined;

  constructor(
    private readonly host: RequestHost,
    private readonly path: Path,
    private readonly typeByte: number,
    private readonly payload: Uint8Array,
    private readonly options: RequestOptions,
    private readonly client: RequestClient,
  ) {
    this.#course = new RequestCourse(this, options);
  }

  start(): void {
    this.#course.start(() => this.path.link?.dependents.add(this));
  }

  answered(message: MctpMessage): boolean {
    return this.#course.answered(message);
  }

  linkDown(reason: MctpError): void {
    this.cancel(reason);
  }

  /** Give up for `error`; the tag rests if the request may have left. */
  cancel(error: MctpError): void {
    this.#course.cancel(error);
  }

  sent(error?: MctpError): void {
    // A synchronous link may have brought the answer already.
    this.#tag ??= this.#sending?.tag;
    if (error === undefined) this.client.sent();
    this.#course.sent(error);
  }

  // RequestCarrier

  get clock(): Clock {
    return this.host.clock;
  }

  get peerName(): string {
    return this.path.peer.name;
  }

  attempt(): void {
    const fixed = this.options.tag?.value ?? this.#tag;
    const sending = new Transmission(
      this.host,
      this,
      this.path,
      this.typeByte,
      this.payload,
      this.options.noWait ?? false,
    );
    this.#sending = sending;
    sending.start(fixed === undefined ? { kind: 'new', owner: this } : { kind: 'fixed', tagBits: fixed | FLAG_TO });
  }

  retried(): void {
    this.path.peer.counters.retries++;
    this.client.retried();
  }

  timedOut(): void {
    this.path.peer.counters.timeouts++;
  }

  /** The tag rests when an answer may still come. */
  ended(unanswered: boolean, again: boolean): void {
    this.path.link?.dependents.delete(this);
    const sending = this.#sending;
    if (unanswered || again) sending?.cancel(new MctpError('ECANCELED', 'the request is over'));
    const tag = this.#tag ?? sending?.tag;
    if (tag !== undefined && this.options.tag === undefined) {
      this.path.peer.release(tag, this, again || (unanswered && sending?.mayHaveLeft !== false));
    }
    this.client.ended(this, unanswered || again);
  }

  resolved(message: MctpMessage): void {
    this.client.resolved(message);
  }

  rejected(error: MctpError): void {
    this.client.rejected(error);
  }
}
