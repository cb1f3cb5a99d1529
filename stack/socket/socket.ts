/** A message-level socket of our own stack, with the semantics of a Linux MCTP socket. */

import type { LinkPort } from '../core/link-port.js';
import { aliasesOf, leadsTo, type Path } from '../core/path.js';
import type { TagOwner } from '../core/tags.js';
import { MctpError } from '../errors.js';
import { EID_ANY, EID_BROADCAST, eid, NET_ANY } from '../ids.js';
import type { Limits } from '../limits.js';
import type { PhysicalAddress } from '../link.js';
import { FLAG_TO } from '../packet.js';
import type { AllocatedTag, MctpAddress, MctpMessage, RequestOptions, SendOptions } from '../transport.js';
import { cancelled, onAbort } from '../util/abort.js';
import { Roster } from '../util/roster.js';
import { BaseSocket, type BaseSocketHost, type HeldTag, type ReplyOptions, socketClosed } from './base-socket.js';
import type { BindingTable } from './bindings.js';
import { type MessageOwner, SentMessage } from './sent-message.js';
import { type RequestHost, type RequestOwner, StackRequest } from './stack-request.js';

/** What a socket asks of the stack. */
export interface SocketHost extends RequestHost, BaseSocketHost {
  readonly limits: Limits;
  readonly bindings: BindingTable<StackSocket>;
  pathTo(to: MctpAddress): Path;
  pathBack(message: MctpMessage): Path;
  /** `network` may be NET_ANY. */
  isLocalEid(eid: number, network: number): boolean;
  socketClosed(socket: StackSocket): void;
}

export class StackSocket extends BaseSocket<StackTag> implements MessageOwner, RequestOwner {
  readonly #requests = new Roster<StackRequest>();
  /** Messages that have not left yet. */
  readonly #sending = new Roster<SentMessage>();
  /** Messages that left and are not answered yet. */
  readonly #unanswered = new Set<SentMessage>();
  /** Was sent, and may be used again. */
  #spare: SentMessage | undefined;
  #peer: { eid: number; network: number; type: number } | undefined;

  constructor(private readonly host: SocketHost) {
    super(host);
  }

  protected override bindTo(type: number, wanted: number, own: number): void {
    let network = wanted;
    if (own !== EID_ANY && !this.host.isLocalEid(own, network)) {
      throw new MctpError('EADDRNOTAVAIL', `EID ${own} is not one of ours`);
    }
    const peer = this.#peer;
    if (peer !== undefined) {
      if (peer.type !== type) throw new MctpError('EINVAL', 'the socket is connected for another message type');
      if (network === NET_ANY) network = peer.network;
      else if (peer.network !== NET_ANY && peer.network !== network) {
        throw new MctpError('EINVAL', 'the socket is connected on another network');
      }
    }
    this.host.bindings.add({ socket: this, type, network, eid: own, peer: peer?.eid });
  }

  protected override connectTo(peer: number, network: number, type: number): void {
    if (this.#peer !== undefined) throw new MctpError('EADDRINUSE', 'the socket is bound or connected already');
    this.#peer = { eid: eid(peer), network, type };
  }

  protected override sendMessage(
    to: MctpAddress,
    typeByte: number,
    payload: Uint8Array,
    options: SendOptions,
  ): Promise<void> {
    const path = this.host.pathTo(to);
    const { tag, noWait = false, signal } = options;
    const held = this.#heldTag(tag, path);
    const wantsAnswer = options.reply !== false && to.eid !== EID_BROADCAST;
    if (wantsAnswer) held?.asks(path);
    const message = this.#message(path, typeByte, payload, noWait, wantsAnswer);
    if (signal?.aborted) message.cancel(cancelled(signal));
    else if (held === undefined) message.start(message);
    else message.startOn(held.value | FLAG_TO);
    return this.#outcome(message, signal);
  }

  protected override sendReply(
    to: MctpMessage,
    typeByte: number,
    payload: Uint8Array,
    { signal }: ReplyOptions,
  ): Promise<void> {
    const message = this.#message(this.host.pathBack(to), typeByte, payload, false, false);
    if (signal?.aborted) message.cancel(cancelled(signal));
    else message.startOn(to.tag);
    return this.#outcome(message, signal);
  }

  protected override sendRequest(
    to: MctpAddress,
    typeByte: number,
    payload: Uint8Array,
    options: RequestOptions,
  ): Promise<MctpMessage> {
    const path = this.host.pathTo(to);
    const held = this.#heldTag(options.tag, path);
    return new Promise((resolve, reject) => {
      const request = new StackRequest(this.host, this, path, typeByte, payload, options, { resolve, reject });
      this.#requests.add(request);
      if (held !== undefined) held.request = request;
      request.start();
    });
  }

  protected override holdTag(peer: MctpAddress): StackTag {
    return new StackTag(this, this.host.pathTo(peer));
  }

  protected override dropTag(tag: StackTag): void {
    tag.release();
  }

  protected override shutDown(error: () => MctpError): void {
    for (const request of this.#requests.list()) request.cancel(error());
    for (const message of this.#sending.list()) message.cancel(error());
    for (const message of [...this.#unanswered]) message.drop();
    for (const held of this.heldTags.values()) held.release();
    this.host.socketClosed(this);
  }

  /** What left by that link is not answered any more: nothing of it is kept. */
  linkRemoved(link: LinkPort): void {
    for (const message of [...this.#unanswered]) if (message.path.link === link) message.drop();
  }

  // Told by messages

  sent(message: SentMessage, payload: Uint8Array, error: MctpError | undefined): void {
    if (this.#sending.size > 0) this.#sending.delete(message);
    if (error === undefined) this.countSent(payload);
  }

  waiting(message: SentMessage, yes: boolean): void {
    if (yes) this.#unanswered.add(message);
    else this.#unanswered.delete(message);
  }

  // Told by requests

  requestSent(payload: Uint8Array): void {
    this.countSent(payload);
  }

  requestRetried(): void {
    this.counters.retries++;
  }

  requestTimedOut(): void {
    this.counters.timeouts++;
  }

  requestEnded(request: StackRequest, unanswered: boolean, answer: MctpMessage | undefined): void {
    this.#requests.delete(request);
    if (answer !== undefined) this.countReceived(answer);
    if (this.heldTags.size === 0) return;
    for (const held of this.heldTags.values()) {
      if (held.request !== request) continue;
      held.request = undefined;
      held.outstanding = unanswered;
    }
  }

  /** Until it has left, the signal and `close` can cancel it. */
  #outcome(message: SentMessage, signal: AbortSignal | undefined): Promise<void> {
    if (!message.done) {
      // What is told of a packet while it leaves may have closed the socket.
      if (this.closed) message.cancel(socketClosed());
      else this.#sending.add(message);
      message.stopListening = onAbort(signal, (error) => message.cancel(error));
    }
    const { outcome } = message;
    if (message.reusable) this.#spare = message;
    return outcome;
  }

  #message(path: Path, typeByte: number, payload: Uint8Array, noWait: boolean, wantsAnswer: boolean): SentMessage {
    const spare = wantsAnswer ? undefined : this.#spare;
    if (spare === undefined) return new SentMessage(this.host, this, path, typeByte, payload, noWait, wantsAnswer);
    this.#spare = undefined;
    return spare.reuse(path, typeByte, payload, noWait);
  }

  #heldTag(tag: AllocatedTag | undefined, path: Path): StackTag | undefined {
    if (tag === undefined) return undefined;
    const { peer } = path;
    const held = this.ownTag(tag, (one) => one.path.peer === peer, peer.name);
    held.path = path;
    return held;
  }
}

/** A tag of `allocateTag`: answers go to the request under way on it, else into the socket's queue. */
class StackTag implements HeldTag, TagOwner {
  readonly value: number;
  /** Messages of several types may be sent on it, several times. */
  readonly answerType = undefined;
  readonly isChoosy = false;
  request: StackRequest | undefined;
  /** Something was sent on it that may still be answered. */
  outstanding = false;
  /** Where that was sent: the route may have changed in between. One for each place. */
  #asked: Path[] = [];
  #released = false;

  /** @throws MctpError EBUSY */
  constructor(
    private readonly socket: StackSocket,
    /** That of what was sent on it last: routes may change. */
    public path: Path,
  ) {
    const value = path.peer.acquire(this, aliasesOf(path));
    if (value === undefined) throw new MctpError('EBUSY', `all eight tags towards ${path.peer.name} are in use`);
    this.value = value;
  }

  /** What is sent along that path may be answered. */
  asks(path: Path): void {
    const others = this.outstanding ? this.#asked.filter((one) => one.link !== path.link || one.to !== path.to) : [];
    this.#asked = [...others, path];
    this.outstanding = true;
  }

  expects(link: string, from: PhysicalAddress): boolean {
    if (leadsTo(this.path, link, from)) return true;
    return this.request === undefined && this.#asked.some((path) => leadsTo(path, link, from));
  }

  deliver(message: MctpMessage): boolean {
    if (this.#released) return false;
    if (this.request !== undefined) return this.request.deliver(message);
    this.outstanding = false;
    return this.socket.deliver(message);
  }

  release(): void {
    this.#released = true;
    this.path.peer.release(this.value, this, this.outstanding);
  }
}
