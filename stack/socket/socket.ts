/** A message-level socket of our own stack, with the semantics of a Linux MCTP socket. */

import type { Path } from '../core/path.js';
import { MctpError } from '../errors.js';
import { EID_ANY, EID_BROADCAST, eid, messageType, NET_ANY, networkId } from '../ids.js';
import type { Limits } from '../limits.js';
import { FLAG_TO, TYPE_IC } from '../packet.js';
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
import { onAbort } from '../util/abort.js';
import type { Binding } from './bindings.js';
import { AutomaticTag, DISCARD_REPLY, HeldTag, type TagUser } from './preallocated-tags.js';
import { ReceiveQueue } from './receive-queue.js';
import { PendingRequest, type RequestHost } from './request.js';
import { type TagSource, Transmission } from './transmission.js';

/** What a socket asks of the stack. */
export interface SocketHost extends RequestHost {
  readonly limits: Limits;
  pathTo(to: MctpAddress): Path;
  pathBack(message: MctpMessage): Path;
  addBinding(binding: Binding<StackSocket>): void;
  removeBinding(socket: StackSocket): void;
  /** `network` may be NET_ANY. */
  isLocalEid(eid: number, network: number): boolean;
  socketClosed(socket: StackSocket): void;
  /** A handler of the application threw: not the wire's fault, not to be lost. */
  handlerFailed(error: unknown): void;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class StackSocket implements MctpSocket, TagUser {
  readonly #counters: Writable<SocketCounters> = {
    rxMessages: 0,
    rxBytes: 0,
    txMessages: 0,
    txBytes: 0,
    rxDropped: 0,
    timeouts: 0,
    retries: 0,
  };
  readonly #inbox: ReceiveQueue;
  readonly #pending = new Set<PendingRequest>();
  readonly #tags = new Map<AllocatedTag, HeldTag>();
  readonly #sendings = new Set<Transmission>();
  /** Tags of messages sent and not answered yet. */
  readonly #automatic = new Set<AutomaticTag>();
  #type: number | undefined;
  #bound = false;
  #peer: { eid: number; network: number; type: number } | undefined;
  #closed = false;

  constructor(private readonly host: SocketHost) {
    this.#inbox = new ReceiveQueue(host.clock, host.limits, (error) => host.handlerFailed(error));
  }

  get counters(): SocketCounters {
    return this.#counters;
  }

  bind(address: BindAddress): void {
    this.#assertOpen();
    if (this.#bound) throw new MctpError('EADDRINUSE', 'the socket is bound already');
    const type = messageType(address.type);
    const own = address.eid ?? EID_ANY;
    let network = networkOrAny(address.network);
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
    this.host.addBinding({ socket: this, type, network, eid: own, peer: peer?.eid });
    this.#type = type;
    this.#bound = true;
  }

  connect(peer: { readonly eid: number; readonly network?: number; readonly type: number }): void {
    this.#assertOpen();
    if (this.#bound || this.#peer !== undefined) {
      throw new MctpError('EADDRINUSE', 'the socket is bound or connected already');
    }
    this.#peer = { eid: eid(peer.eid), network: networkOrAny(peer.network), type: messageType(peer.type) };
  }

  send(to: MctpAddress, payload: Uint8Array, options: SendOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      const typeByte = this.#typeByte(options);
      this.#checkLength(payload);
      const path = this.host.pathTo(to);
      this.#checkTag(options.tag, path);
      const expectsReply = (options.reply ?? true) && to.eid !== EID_BROADCAST;
      const held = options.tag === undefined ? undefined : this.#tags.get(options.tag);
      if (held !== undefined && expectsReply) held.outstanding = true;
      const automatic = expectsReply ? new AutomaticTag(this, path) : DISCARD_REPLY;
      const source: TagSource =
        options.tag !== undefined
          ? { kind: 'fixed', tagBits: options.tag.value | FLAG_TO }
          : { kind: 'new', owner: automatic };
      this.#dispatch(path, typeByte, payload, options, source, (sending, error) => {
        const { tag } = sending;
        if (tag !== undefined) {
          if (error === undefined && automatic instanceof AutomaticTag) automatic.sent(tag);
          else path.peer.release(tag, automatic, error !== undefined && sending.mayHaveLeft);
        }
        if (error !== undefined) reject(error);
        else resolve();
      });
    });
  }

  reply(
    to: MctpMessage,
    payload: Uint8Array,
    options: Pick<SendOptions, 'integrityCheck' | 'signal'> = {},
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      if (!to.tagOwner) throw new MctpError('EINVAL', 'a response is not answered');
      this.#checkLength(payload);
      const typeByte = to.type | ((options.integrityCheck ?? to.integrityCheck) ? TYPE_IC : 0);
      const path = this.host.pathBack(to);
      this.#dispatch(path, typeByte, payload, options, { kind: 'fixed', tagBits: to.tag }, (_, error) => {
        if (error !== undefined) reject(error);
        else resolve();
      });
    });
  }

  request(to: MctpAddress, payload: Uint8Array, options: RequestOptions = {}): Promise<MctpMessage> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      const typeByte = this.#typeByte(options);
      this.#checkLength(payload);
      const path = this.host.pathTo(to);
      this.#checkTag(options.tag, path);
      const request = new PendingRequest(this.host, path, typeByte, payload, options, {
        sent: () => this.#countSent(payload),
        resolved: (message) => {
          this.#countReceived(message);
          resolve(message);
        },
        rejected: (error) => {
          if (error.code === 'ETIMEDOUT') this.#counters.timeouts++;
          reject(error);
        },
        retried: () => {
          this.#counters.retries++;
        },
        ended: (ended, unanswered) => {
          this.#pending.delete(ended);
          const held = options.tag === undefined ? undefined : this.#tags.get(options.tag);
          if (held === undefined) return;
          held.request = undefined;
          held.outstanding = unanswered;
        },
      });
      this.#pending.add(request);
      if (options.tag !== undefined) this.#tags.get(options.tag)!.request = request;
      request.start();
    });
  }

  async receive(options: ReceiveOptions = {}): Promise<MctpMessage> {
    this.#assertOpen();
    return this.#inbox.receive(options);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<MctpMessage> {
    while (!this.#closed) {
      try {
        yield await this.receive();
      } catch (error) {
        if (this.#closed) return;
        throw error;
      }
    }
  }

  onMessage(handler: ((message: MctpMessage) => void) | undefined): void {
    this.#inbox.onMessage(handler);
  }

  allocateTag(peer: MctpAddress): AllocatedTag {
    this.#assertOpen();
    const path = this.host.pathTo(peer);
    const held = new HeldTag(this, path);
    const value = path.peer.acquire(held, path.aliases);
    if (value === undefined) throw new MctpError('EBUSY', `all eight tags towards ${path.peer.name} are in use`);
    const tag: AllocatedTag = { peer, value };
    this.#tags.set(tag, held);
    return tag;
  }

  releaseTag(tag: AllocatedTag): void {
    const held = this.#tags.get(tag);
    if (held === undefined) throw new MctpError('ENOENT', `tag ${tag.value} is not one that this socket allocated`);
    held.request?.cancel(new MctpError('ECANCELED', 'the tag was released'));
    this.#tags.delete(tag);
    held.path.peer.release(tag.value, held, held.outstanding);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.host.removeBinding(this);
    for (const request of [...this.#pending]) request.cancel(closed());
    for (const sending of [...this.#sendings]) sending.cancel(closed());
    for (const automatic of [...this.#automatic]) automatic.drop();
    for (const [tag, held] of this.#tags) held.path.peer.release(tag.value, held, held.outstanding);
    this.#tags.clear();
    this.#inbox.close(closed());
    this.host.socketClosed(this);
  }

  /** Called by the stack: a message for this socket. Never throws. */
  deliver(message: MctpMessage): void {
    if (this.#closed) return;
    if (this.#inbox.deliver(message)) this.#countReceived(message);
    else this.#counters.rxDropped++;
  }

  /** Called by automatic tags as they begin and end to wait for an answer. */
  waiting(tag: AutomaticTag, yes: boolean): void {
    if (yes) this.#automatic.add(tag);
    else this.#automatic.delete(tag);
  }

  /** Send one message, unless the signal or `close` cancels it; `ended` hears once what became of it. */
  #dispatch(
    path: Path,
    typeByte: number,
    payload: Uint8Array,
    { signal, noWait = false }: SendOptions,
    source: TagSource,
    ended: (sending: Transmission, error?: MctpError) => void,
  ): void {
    let removeAbort: (() => void) | undefined;
    const sent = (error?: MctpError): void => {
      removeAbort?.();
      this.#sendings.delete(sending);
      if (error === undefined) this.#countSent(payload);
      ended(sending, error);
    };
    const sending = new Transmission(this.host, { sent }, path, typeByte, payload, noWait);
    removeAbort = onAbort(signal, (error) => sending.cancel(error));
    sending.start(source);
    if (sending.done) return;
    // Who is told of a packet while it leaves may have closed the socket.
    if (this.#closed) sending.cancel(closed());
    else this.#sendings.add(sending);
  }

  #typeByte(options: SendOptions): number {
    const type = options.type ?? this.#type;
    if (type === undefined)
      throw new MctpError('EINVAL', 'say which message type to send: the socket is not bound to one');
    return messageType(type) | (options.integrityCheck ? TYPE_IC : 0);
  }

  #checkLength(payload: Uint8Array): void {
    const most = this.host.limits.messageBytes - 1;
    if (payload.length > most) {
      throw new MctpError('EMSGSIZE', `a message of ${payload.length} bytes is too long: at most ${most}`);
    }
  }

  #checkTag(tag: AllocatedTag | undefined, path: Path): void {
    if (tag === undefined) return;
    const held = this.#tags.get(tag);
    if (held === undefined || held.path.peer !== path.peer) {
      throw new MctpError('ENOENT', `tag ${tag.value} was not allocated by this socket for ${path.peer.name}`);
    }
    if (held.request !== undefined) throw new MctpError('EBUSY', `tag ${tag.value} waits for an answer already`);
  }

  #countSent(payload: Uint8Array): void {
    this.#counters.txMessages++;
    this.#counters.txBytes += payload.length;
  }

  #countReceived(message: MctpMessage): void {
    this.#counters.rxMessages++;
    this.#counters.rxBytes += message.payload.length;
  }

  #assertOpen(): void {
    if (this.#closed) throw new MctpError('ENOTCONN', 'the socket is closed');
  }
}

function networkOrAny(network: number | undefined): number {
  return network === undefined || network === NET_ANY ? NET_ANY : networkId(network);
}

function closed(): MctpError {
  return new MctpError('ECANCELED', 'the socket was closed');
}
