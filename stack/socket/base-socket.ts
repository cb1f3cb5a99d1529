/**
 * What every `MctpSocket` does alike, whatever carries its messages: its state, the checks of what it is asked, its
 * counters, its receive queue, and the tags it was given by hand.
 */

import type { Clock } from '../clock.js';
import { MctpError } from '../errors.js';
import { EID_ANY, messageType, NET_ANY, networkId } from '../ids.js';
import type { Limits } from '../limits.js';
import { TYPE_IC } from '../packet.js';
import type {
  AllocatedTag,
  BindAddress,
  MctpAddress,
  MctpMessage,
  MctpSocket,
  ReceiveOptions,
  RequestOptions,
  SendOptions,
  SocketCounters,
} from '../transport.js';
import { ReceiveQueue } from './receive-queue.js';

/** What a socket asks of its transport. */
export interface BaseSocketHost {
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'messageBytes' | 'socketMessages' | 'socketBytes' | 'waiters'>;
  /** A handler of the application threw: not the wire's fault, not to be lost. */
  handlerFailed(error: unknown): void;
}

/** A tag of `allocateTag`, with what the transport knows of it. */
export interface HeldTag {
  /** 0..7 */
  readonly value: number;
  /** Under way on it. */
  request: { cancel(error: MctpError): void } | undefined;
}

export type ReplyOptions = Pick<SendOptions, 'integrityCheck' | 'signal'>;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export abstract class BaseSocket<Tag extends HeldTag> implements MctpSocket {
  readonly counters: Writable<SocketCounters> = {
    rxMessages: 0,
    rxBytes: 0,
    txMessages: 0,
    txBytes: 0,
    rxDropped: 0,
    timeouts: 0,
    retries: 0,
  };
  protected readonly heldTags = new Map<AllocatedTag, Tag>();
  protected bound = false;
  protected closed = false;
  readonly #received: ReceiveQueue;
  readonly #longest: () => number;
  #type: number | undefined;

  constructor(
    host: BaseSocketHost,
    /** Payload bytes of the longest message, where that is not a limit of the host. */
    longest?: number,
  ) {
    this.#longest = () => longest ?? host.limits.messageBytes - 1;
    this.#received = new ReceiveQueue(host.clock, host.limits, (error) => host.handlerFailed(error));
  }

  // What a transport does its own way. Everything is checked; errors that are thrown become rejections.

  /** @throws MctpError EADDRINUSE, EADDRNOTAVAIL, EINVAL */
  protected abstract bindTo(type: number, network: number, eid: number): void;
  /** @throws MctpError EADDRINUSE, ENOTSUP */
  protected abstract connectTo(eid: number, network: number, type: number): void;
  protected abstract sendMessage(
    to: MctpAddress,
    typeByte: number,
    payload: Uint8Array,
    options: SendOptions,
  ): Promise<void>;
  protected abstract sendReply(
    to: MctpMessage,
    typeByte: number,
    payload: Uint8Array,
    options: ReplyOptions,
  ): Promise<void>;
  protected abstract sendRequest(
    to: MctpAddress,
    typeByte: number,
    payload: Uint8Array,
    options: RequestOptions,
  ): Promise<MctpMessage>;
  /** @throws MctpError EBUSY */
  protected abstract holdTag(peer: MctpAddress): Tag;
  protected abstract dropTag(tag: Tag): void;
  /** Everything pending ends with the error, nothing stays behind. `closed` is set already. */
  protected abstract shutDown(error: () => MctpError): void;

  bind(address: BindAddress): void {
    this.#assertOpen();
    if (this.bound) throw new MctpError('EADDRINUSE', 'the socket is bound already');
    const type = messageType(address.type);
    this.bindTo(type, networkOrAny(address.network), address.eid ?? EID_ANY);
    this.#type = type;
    this.bound = true;
  }

  connect(peer: { readonly eid: number; readonly network?: number; readonly type: number }): void {
    this.#assertOpen();
    if (this.bound) throw new MctpError('EADDRINUSE', 'the socket is bound or connected already');
    this.connectTo(peer.eid, networkOrAny(peer.network), messageType(peer.type));
  }

  send(to: MctpAddress, payload: Uint8Array, options: SendOptions = NO_OPTIONS): Promise<void> {
    try {
      return this.sendMessage(to, this.#checked(payload, options), payload, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  reply(to: MctpMessage, payload: Uint8Array, options: ReplyOptions = NO_OPTIONS): Promise<void> {
    try {
      this.#assertOpen();
      if (!to.tagOwner) throw new MctpError('EINVAL', 'a response is not answered');
      this.#checkLength(payload);
      const typeByte = to.type | ((options.integrityCheck ?? to.integrityCheck) ? TYPE_IC : 0);
      return this.sendReply(to, typeByte, payload, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  request(to: MctpAddress, payload: Uint8Array, options: RequestOptions = NO_OPTIONS): Promise<MctpMessage> {
    try {
      return this.sendRequest(to, this.#checked(payload, options), payload, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async receive(options?: ReceiveOptions): Promise<MctpMessage> {
    this.#assertOpen();
    return this.#received.receive(options);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<MctpMessage> {
    while (!this.closed) {
      try {
        yield await this.receive();
      } catch (error) {
        if (this.closed) return;
        throw error;
      }
    }
  }

  onMessage(handler: ((message: MctpMessage) => void) | undefined): void {
    this.#received.onMessage(handler);
  }

  allocateTag(peer: MctpAddress): AllocatedTag {
    this.#assertOpen();
    const held = this.holdTag(peer);
    const tag: AllocatedTag = {
      peer,
      get value() {
        return held.value;
      },
    };
    this.heldTags.set(tag, held);
    return tag;
  }

  releaseTag(tag: AllocatedTag): void {
    const held = this.heldTags.get(tag);
    if (held === undefined) throw new MctpError('ENOENT', `tag ${tag.value} is not one that this socket allocated`);
    held.request?.cancel(new MctpError('ECANCELED', 'the tag was released'));
    this.heldTags.delete(tag);
    this.dropTag(held);
  }

  close(): void {
    this.closeFor(socketClosed);
  }

  /** Close it; everything that is pending ends with an error, which is made for it only. */
  protected closeFor(error: () => MctpError): void {
    if (this.closed) return;
    this.closed = true;
    this.shutDown(error);
    this.heldTags.clear();
    this.#received.close(error);
  }

  /** Called by the transport: a message for the socket's queue or handler. False: it is closed. Never throws. */
  deliver(message: MctpMessage): boolean {
    if (this.closed) return false;
    if (this.#received.deliver(message)) this.countReceived(message);
    else this.counters.rxDropped++;
    return true;
  }

  /** The tag that was allocated for that peer. @throws MctpError ENOENT, EBUSY */
  protected ownTag(tag: AllocatedTag, isForPeer: (held: Tag) => boolean, peerName: string): Tag {
    const held = this.heldTags.get(tag);
    if (held === undefined || !isForPeer(held)) {
      throw new MctpError('ENOENT', `tag ${tag.value} was not allocated by this socket for ${peerName}`);
    }
    if (held.request !== undefined) throw new MctpError('EBUSY', `tag ${tag.value} waits for an answer already`);
    return held;
  }

  protected countSent(payload: Uint8Array): void {
    this.counters.txMessages++;
    this.counters.txBytes += payload.length;
  }

  protected countReceived(message: MctpMessage): void {
    this.counters.rxMessages++;
    this.counters.rxBytes += message.payload.length;
  }

  /** The type byte of a message with that payload. */
  #checked(payload: Uint8Array, options: SendOptions): number {
    this.#assertOpen();
    const type = options.type ?? this.#type;
    if (type === undefined) {
      throw new MctpError('EINVAL', 'say which message type to send: the socket is not bound to one');
    }
    this.#checkLength(payload);
    return messageType(type) | (options.integrityCheck ? TYPE_IC : 0);
  }

  #checkLength(payload: Uint8Array): void {
    const longest = this.#longest();
    if (payload.length > longest) {
      throw new MctpError('EMSGSIZE', `a message of ${payload.length} bytes is too long: at most ${longest}`);
    }
  }

  #assertOpen(): void {
    if (this.closed) throw new MctpError('ENOTCONN', 'the socket is closed');
  }
}

const NO_OPTIONS = {};

function networkOrAny(network: number | undefined): number {
  return network === undefined || network === NET_ANY ? NET_ANY : networkId(network);
}

/** What pending operations of a socket end with when it is closed. */
export function socketClosed(): MctpError {
  return new MctpError('ECANCELED', 'the socket was closed');
}
