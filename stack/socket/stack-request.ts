/** A request through our own stack: where it is sent, and its tag, which never leaks. */

import type { Clock } from '../clock.js';
import type { LinkDependent } from '../core/link-port.js';
import { leadsTo, type Path } from '../core/path.js';
import type { TagOwner } from '../core/tags.js';
import { MctpError, type MctpErrorCode } from '../errors.js';
import type { PhysicalAddress } from '../link.js';
import { FLAG_TO, TYPE_MASK } from '../packet.js';
import type { MctpMessage, RequestOptions } from '../transport.js';
import { PendingRequest, type RequestPromise } from './request.js';
import { Transmission, type TransmissionHost } from './transmission.js';

export interface RequestHost extends TransmissionHost {
  readonly clock: Clock;
}

/** What a request tells its socket. */
export interface RequestOwner {
  requestSent(payload: Uint8Array): void;
  requestRetried(): void;
  requestTimedOut(): void;
  /** `unanswered`: an answer may still come. */
  requestEnded(request: StackRequest, unanswered: boolean, answer: MctpMessage | undefined): void;
}

/** Nobody has taken the packet. */
const NOT_TAKEN: readonly MctpErrorCode[] = ['ENACK', 'EARBITRATION', 'EBUSSTUCK'];

export class StackRequest extends PendingRequest implements TagOwner, LinkDependent {
  #sending: Attempt | undefined;
  #tag: number | undefined;

  constructor(
    private readonly host: RequestHost,
    private readonly socket: RequestOwner,
    private readonly path: Path,
    private readonly typeByte: number,
    readonly payload: Uint8Array,
    options: RequestOptions,
    promise: RequestPromise,
  ) {
    super(host.clock, options, promise);
  }

  expects(link: string, from: PhysicalAddress): boolean {
    return leadsTo(this.path, link, from);
  }

  get answerType(): number {
    return this.typeByte & TYPE_MASK;
  }

  get isChoosy(): boolean {
    return this.options.accept !== undefined;
  }

  linkDown(reason: MctpError): void {
    this.cancel(reason);
  }

  /**
   * An answer has the type of its request. Another one answers what was asked of the same device by its other name, where
   * both hold the same tag.
   */
  override deliver(message: MctpMessage): boolean {
    return message.type === this.answerType && super.deliver(message);
  }

  /** Called by the attempt: it left, or failed. */
  left(attempt: Attempt, error: MctpError | undefined): void {
    this.#tag ??= attempt.tag;
    if (error === undefined) this.socket.requestSent(this.payload);
    // A packet that nobody took ends the message: the peer has not had all of it.
    else if (attempt.mayHaveLeft && !NOT_TAKEN.includes(error.code)) this.options.onLeft?.();
    this.attemptSent(error);
  }

  protected override get peerName(): string {
    return this.path.peer.name;
  }

  protected override began(): void {
    this.path.link?.dependents.add(this);
  }

  protected override attempt(): void {
    const { noWait = false, tag } = this.options;
    const ours = tag?.value ?? this.#tag;
    const sending = new Attempt(this.host, this, this.path, this.typeByte, this.payload, noWait);
    this.#sending = sending;
    if (ours === undefined) sending.start(this);
    else sending.startOn(ours | FLAG_TO);
  }

  protected override retried(): void {
    this.path.peer.counters.retries++;
    this.socket.requestRetried();
  }

  protected override timedOut(): void {
    this.path.peer.counters.timeouts++;
    this.socket.requestTimedOut();
  }

  /** The tag rests when an answer may still come. */
  protected override ended(unanswered: boolean, again: boolean, answer: MctpMessage | undefined): void {
    this.path.link?.dependents.delete(this);
    const sending = this.#sending;
    if (unanswered || again) sending?.cancel(new MctpError('ECANCELED', 'the request is over'));
    const tag = this.#tag ?? sending?.tag;
    if (tag !== undefined && this.options.tag === undefined) {
      this.path.peer.release(tag, this, again || (unanswered && sending?.mayHaveLeft !== false));
    }
    this.socket.requestEnded(this, unanswered || again, answer);
  }
}

/** One try. */
class Attempt extends Transmission {
  constructor(
    host: TransmissionHost,
    private readonly request: StackRequest,
    path: Path,
    typeByte: number,
    payload: Uint8Array,
    noWait: boolean,
  ) {
    super(host, path, typeByte, payload, noWait);
  }

  protected override ended(error: MctpError | undefined): void {
    this.request.left(this, error);
  }
}
