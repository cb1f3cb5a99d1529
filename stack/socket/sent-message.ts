/** A message of `send` or `reply`: the promise of its sender, and its automatic tag until the answer has come. */

import { leadsTo, type Path } from '../core/path.js';
import type { TagOwner } from '../core/tags.js';
import type { MctpError } from '../errors.js';
import type { PhysicalAddress } from '../link.js';
import type { MctpMessage } from '../transport.js';
import { Transmission, type TransmissionHost } from './transmission.js';

/** What a message tells its socket. */
export interface MessageOwner {
  /** The message left, or did not. */
  sent(message: SentMessage, payload: Uint8Array, error: MctpError | undefined): void;
  /** Its automatic tag begins or ends to wait for an answer. */
  waiting(message: SentMessage, yes: boolean): void;
  /** The answer. */
  deliver(message: MctpMessage): boolean;
}

export class SentMessage extends Transmission implements TagOwner {
  #resolve: (() => void) | undefined;
  #reject: ((error: MctpError) => void) | undefined;
  #error: MctpError | undefined;
  #answered = false;
  /** Stops listening to the caller's signal. */
  stopListening: (() => void) | undefined;

  constructor(
    host: TransmissionHost,
    private readonly socket: MessageOwner,
    path: Path,
    typeByte: number,
    payload: Uint8Array,
    noWait: boolean,
    /** The first answer goes to the socket and frees the automatic tag; otherwise it is free once the message is sent. */
    private readonly wantsAnswer: boolean,
  ) {
    super(host, path, typeByte, payload, noWait);
  }

  /** Done, and not to be answered: nothing refers to it any more, and it may carry another such message. */
  get reusable(): boolean {
    return this.done && !this.wantsAnswer && this.stopListening === undefined && this.#resolve === undefined;
  }

  reuse(path: Path, typeByte: number, payload: Uint8Array, noWait: boolean): this {
    this.#error = undefined;
    this.renew(path, typeByte, payload, noWait);
    return this;
  }

  /** Settles when the message has left, or failed. To be asked for once. */
  get outcome(): Promise<void> {
    if (this.done) return this.#error === undefined ? SENT : Promise.reject(this.#error);
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  expects(link: string, from: PhysicalAddress): boolean {
    return leadsTo(this.path, link, from);
  }

  /** One that wants no answer leaves them all; another takes the first of its type. */
  get isChoosy(): boolean {
    return !this.wantsAnswer;
  }

  deliver(message: MctpMessage): boolean {
    if (this.#answered || !this.wantsAnswer || message.type !== this.answerType) return false;
    this.#answered = true;
    // It may be here before the link says that the request has left.
    if (this.done) this.#release(false);
    this.socket.waiting(this, false);
    return this.socket.deliver(message);
  }

  lost(): void {
    this.#answered = true;
    this.socket.waiting(this, false);
  }

  /** The socket is closed, or the link removed: no answer is wanted any more, though one may still come. */
  drop(): void {
    this.#answered = true;
    this.socket.waiting(this, false);
    this.#release(true);
  }

  protected override ended(error: MctpError | undefined): void {
    this.stopListening?.();
    this.#error = error;
    this.socket.sent(this, this.payload, error);
    if (this.tag !== undefined) {
      if (error !== undefined || !this.wantsAnswer) this.#release(error !== undefined && this.mayHaveLeft);
      else if (this.#answered) this.#release(false);
      else {
        this.path.peer.expire(this.tag, this);
        this.socket.waiting(this, true);
      }
    }
    if (error === undefined) this.#resolve?.();
    else this.#reject?.(error);
  }

  #release(rest: boolean): void {
    this.path.peer.release(this.tag!, this, rest);
  }
}

const SENT = Promise.resolve();
