/** The tags a socket holds: allocated by hand, or automatically with a message. */

import type { Path } from '../core/path.js';
import type { TagOwner } from '../core/tags.js';
import type { MctpMessage } from '../transport.js';
import type { PendingRequest } from './request.js';

/** What a tag asks of its socket. */
export interface TagUser {
  /** A message for the socket's queue or handler. */
  deliver(message: MctpMessage): void;
  /** An automatic tag begins or ends to wait for an answer. */
  waiting(tag: AutomaticTag, yes: boolean): void;
}

/** A tag of `allocateTag`: answers go to the request under way on it, else into the socket's queue. */
export class HeldTag implements TagOwner {
  request: PendingRequest | undefined;
  /** Something was sent on it that may still be answered. */
  outstanding = false;

  constructor(
    private readonly socket: TagUser,
    readonly path: Path,
  ) {}

  answered(message: MctpMessage): boolean {
    if (this.request !== undefined) return this.request.answered(message);
    this.outstanding = false;
    this.socket.deliver(message);
    return true;
  }
}

/** The tag of a message sent: the first answer goes into the socket's queue and frees it, or it expires. */
export class AutomaticTag implements TagOwner {
  #answered = false;
  #tag: number | undefined;

  constructor(
    private readonly socket: TagUser,
    private readonly path: Path,
  ) {}

  sent(tag: number): void {
    this.#tag = tag;
    // A synchronous link may have brought the answer already.
    if (this.#answered) {
      this.path.peer.release(tag, this, false);
      return;
    }
    this.path.peer.expire(tag, this);
    this.socket.waiting(this, true);
  }

  answered(message: MctpMessage): boolean {
    if (this.#answered) return false;
    this.#answered = true;
    if (this.#tag !== undefined) this.path.peer.release(this.#tag, this, false);
    this.socket.waiting(this, false);
    this.socket.deliver(message);
    return true;
  }

  lost(): void {
    this.socket.waiting(this, false);
  }

  /** The socket is closed: an answer may still come, but not for anybody. */
  drop(): void {
    this.socket.waiting(this, false);
    this.path.peer.release(this.#tag!, this, true);
  }
}

/** The owner of a datagram's tag: answers are not wanted. */
export const DISCARD_REPLY: TagOwner = { answered: () => false };
