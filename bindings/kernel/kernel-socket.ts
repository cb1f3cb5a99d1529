/** A message-level socket on the kernel's MCTP stack. */

import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { EID_ANY, messageType, NET_ANY, type NetworkId } from '../../stack/ids.js';
import type { Limits } from '../../stack/limits.js';
import { ReceiveQueue } from '../../stack/socket/receive-queue.js';
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
} from '../../stack/transport.js';
import { onAbort } from '../../stack/util/abort.js';
import { Line } from '../../stack/util/line.js';
import { Descriptor } from './descriptor.js';
import { MCTP_TAG_OWNER, MESSAGE_MAX } from './kernel-numbers.js';
import { Outgoing, type TagChoice, type Target } from './kernel-outgoing.js';
import { KernelRequest } from './kernel-request.js';
import { type HeldTag, SocketTags, type TagHost, type TagQueue } from './kernel-tags.js';
import type { LibC } from './libc.js';
import type { ExtendedAddress } from './structures.js';

const TYPE_IC = 0x80;
const TYPE_MASK = 0x7f;

/** What a socket asks of the transport. */
export interface KernelSocketHost extends TagHost {
  readonly libc: LibC;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly tagQueue: TagQueue;
  target(to: MctpAddress): Target;
  /** The way back of a message, for an answer of so many bytes. */
  targetBack(message: MctpMessage, length: number): Target;
  /** Name of the interface a message came over, and the EID it was most likely sent to. */
  arrival(from: ExtendedAddress): { readonly link: string; readonly destination: number };
  socketClosed(socket: KernelSocket): void;
  handlerFailed(error: unknown): void;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class KernelSocket implements MctpSocket {
  readonly #counters: Writable<SocketCounters> = {
    rxMessages: 0,
    rxBytes: 0,
    txMessages: 0,
    txBytes: 0,
    rxDropped: 0,
    timeouts: 0,
    retries: 0,
  };
  readonly #descriptor: Descriptor;
  readonly #tags: SocketTags;
  readonly #inbox: ReceiveQueue;
  readonly #allocated = new Map<AllocatedTag, { readonly tag: HeldTag; request: KernelRequest | undefined }>();
  readonly #requests = new Set<KernelRequest>();
  readonly #outgoing = new Set<Outgoing>();
  /** Those that wait for room in the send buffer, in order. */
  readonly #roomWaiters: Line<() => boolean>;
  #type: number | undefined;
  #boundEid = EID_ANY;
  #bound = false;
  #closed = false;

  constructor(private readonly host: KernelSocketHost) {
    this.#roomWaiters = new Line(host.limits.waiters, 'messages wait to be sent');
    this.#descriptor = new Descriptor(host.libc);
    this.#tags = new SocketTags(host, this.#descriptor.fd);
    this.#inbox = new ReceiveQueue(host.clock, host.limits, (error) => host.handlerFailed(error));
  }

  get counters(): SocketCounters {
    return this.#counters;
  }

  bind(address: BindAddress): void {
    this.#assertOpen();
    if (this.#bound) throw new MctpError('EADDRINUSE', 'the socket is bound already');
    const type = messageType(address.type);
    const eid = address.eid ?? EID_ANY;
    this.#descriptor.bind({ network: address.network ?? NET_ANY, eid, type, tag: 0 }, `MCTP type ${type}`);
    this.#type = type;
    this.#boundEid = eid;
    this.#bound = true;
    this.#listen();
  }

  connect(peer: { readonly eid: number; readonly network?: number; readonly type: number }): void {
    this.#assertOpen();
    if (this.#bound) throw new MctpError('EADDRINUSE', 'the socket is bound or connected already');
    const address = { network: peer.network ?? NET_ANY, eid: peer.eid, type: messageType(peer.type), tag: 0 };
    this.#descriptor.connect(address, `EID ${peer.eid}`);
  }

  send(to: MctpAddress, payload: Uint8Array, options: SendOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      const typeByte = this.#typeByte(options);
      const target = this.host.target(to);
      const wantsReply = options.reply ?? true;
      const choice: TagChoice =
        options.tag !== undefined
          ? this.#ownTag(options.tag, target).tag.sendBits
          : wantsReply
            ? MCTP_TAG_OWNER
            : () => this.#tags.datagram(target);
      if (wantsReply) this.#listen();
      this.#transmit(target, typeByte, payload, choice, options, resolve, reject);
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
      const typeByte = to.type | ((options.integrityCheck ?? to.integrityCheck) ? TYPE_IC : 0);
      const target = this.host.targetBack(to, payload.length);
      this.#transmit(target, typeByte, payload, to.tag, options, resolve, reject);
    });
  }

  request(to: MctpAddress, payload: Uint8Array, options: RequestOptions = {}): Promise<MctpMessage> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      const typeByte = this.#typeByte(options);
      this.#checkLength(payload);
      const target = this.host.target(to);
      const given = options.tag === undefined ? undefined : this.#ownTag(options.tag, target);
      this.#listen();
      const socket = this;
      const client = {
        clock: this.host.clock,
        tagQueue: this.host.tagQueue,
        get full() {
          return socket.full;
        },
        sendNow: (bytes: Uint8Array, address: Uint8Array) => this.#descriptor.send(bytes, address),
        whenRoom: (retry: () => boolean) => this.whenRoom(retry),
        allocate: (peer: Target) => this.#tags.allocate(peer),
        resolved: (message: MctpMessage) => {
          this.#countSent(payload);
          this.#countReceived(message);
          resolve(message);
        },
        rejected: reject,
        timedOut: () => {
          this.#counters.timeouts++;
        },
        retried: () => {
          this.#counters.retries++;
        },
        ended: (ended: KernelRequest, tag: HeldTag | undefined, late: boolean) => {
          this.#requests.delete(ended);
          if (given !== undefined) given.request = undefined;
          if (tag !== undefined) this.#giveBack(tag, late);
        },
      };
      const request = new KernelRequest(client, target, typeByte, payload, options, given?.tag);
      this.#requests.add(request);
      if (given !== undefined) given.request = request;
      request.start();
    });
  }

  receive(options: ReceiveOptions = {}): Promise<MctpMessage> {
    if (this.#closed) return Promise.reject(notOpen());
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
    const tag = this.#tags.allocate(this.host.target(peer));
    tag.answers = 'queue';
    this.#listen();
    const allocated: AllocatedTag = { peer, value: tag.value };
    this.#allocated.set(allocated, { tag, request: undefined });
    return allocated;
  }

  releaseTag(allocated: AllocatedTag): void {
    const own = this.#allocated.get(allocated);
    if (own === undefined)
      throw new MctpError('ENOENT', `tag ${allocated.value} is not one that this socket allocated`);
    own.request?.cancel(new MctpError('ECANCELED', 'the tag was released'));
    this.#allocated.delete(allocated);
    this.#tags.release(own.tag);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const closed = new MctpError('ECANCELED', 'the socket was closed');
    for (const request of [...this.#requests]) request.cancel(closed);
    for (const outgoing of [...this.#outgoing]) outgoing.cancel(closed);
    this.#inbox.close(closed);
    this.#descriptor.closeWhenSent(this.host.clock);
    this.#allocated.clear();
    this.#tags.clear();
    this.host.socketClosed(this);
  }

  // OutgoingHost

  get tagQueue(): TagQueue {
    return this.host.tagQueue;
  }

  sendNow(payload: Uint8Array, address: Uint8Array): number {
    return this.#descriptor.send(payload, address);
  }

  get full(): boolean {
    return this.#roomWaiters.length > 0;
  }

  whenRoom(retry: () => boolean): () => void {
    const leave = this.#roomWaiters.join(retry);
    this.#listen();
    this.#descriptor.writable(true);
    return leave;
  }

  #transmit(
    target: Target,
    typeByte: number,
    payload: Uint8Array,
    choice: TagChoice,
    options: Pick<SendOptions, 'noWait' | 'signal'>,
    resolve: () => void,
    reject: (error: MctpError) => void,
  ): void {
    this.#checkLength(payload);
    const { signal, noWait = false } = options;
    let stopListening: (() => void) | undefined;
    const outgoing = new Outgoing(this, target, typeByte, payload, choice, noWait, (error) => {
      stopListening?.();
      this.#outgoing.delete(outgoing);
      if (error !== undefined) {
        reject(error);
        return;
      }
      this.#countSent(payload);
      resolve();
    });
    this.#outgoing.add(outgoing);
    stopListening = onAbort(signal, (error) => outgoing.cancel(error));
    if (!signal?.aborted) outgoing.start();
  }

  /** From now on the event loop reads this socket. */
  #listen(): void {
    this.#descriptor.watch(() => {
      this.#descriptor.read((from, payload) => this.#received(from, payload));
      if (!this.#closed && this.#roomWaiters.length > 0) this.#sendWaiting();
    });
  }

  #sendWaiting(): void {
    for (let retry = this.#roomWaiters.first; retry !== undefined; retry = this.#roomWaiters.first) {
      if (!retry()) break;
      this.#roomWaiters.remove(retry);
    }
    if (this.#roomWaiters.length === 0) this.#descriptor.writable(false);
  }

  /** False: read no further, as the socket was closed on the way, or nobody waits for more. */
  #received(from: ExtendedAddress, payload: Uint8Array | undefined): boolean {
    if (payload === undefined) {
      this.#counters.rxDropped++;
      return true;
    }
    const { link, destination } = this.host.arrival(from);
    const message: MctpMessage = {
      network: from.network as NetworkId,
      source: from.eid,
      destination: this.#boundEid === EID_ANY ? destination : this.#boundEid,
      type: from.type & TYPE_MASK,
      integrityCheck: (from.type & TYPE_IC) !== 0,
      tag: from.tag & 0x07,
      tagOwner: (from.tag & MCTP_TAG_OWNER) !== 0,
      link,
      physicalAddress: from.physicalAddress,
      payload,
    };
    const tag = message.tagOwner ? undefined : this.#tags.find(message);
    if (tag === undefined || tag.answers === 'queue') this.#deliver(message);
    else if (typeof tag.answers === 'function') tag.answers(message);
    return !this.#closed && this.#expectsMore;
  }

  /** After the answer to the only request it would be a system call to hear that there is nothing more. */
  get #expectsMore(): boolean {
    return this.#bound || this.#requests.size > 0 || this.#allocated.size > 0;
  }

  #deliver(message: MctpMessage): void {
    if (this.#inbox.deliver(message)) this.#countReceived(message);
    else this.#counters.rxDropped++;
  }

  /** Tags that wait for whoever answers are shared by all of a network: they cannot rest. */
  #giveBack(tag: HeldTag, late: boolean): void {
    const shared = tag.peer.eid === 0 || tag.peer.eid === EID_ANY;
    if (late && !shared && !this.#closed) this.#tags.rest(tag, this.host.limits.tagExpiryMs);
    else this.#tags.release(tag);
  }

  #ownTag(allocated: AllocatedTag, target: Target) {
    const own = this.#allocated.get(allocated);
    if (own === undefined || own.tag.peer.eid !== target.eid || own.tag.peer.network !== target.network) {
      throw new MctpError('ENOENT', `tag ${allocated.value} was not allocated by this socket for ${target.name}`);
    }
    if (own.request !== undefined) {
      throw new MctpError('EBUSY', `tag ${allocated.value} waits for an answer already`);
    }
    return own;
  }

  #typeByte(options: SendOptions): number {
    const type = options.type ?? this.#type;
    if (type === undefined) {
      throw new MctpError('EINVAL', 'say which message type to send: the socket is not bound to one');
    }
    return messageType(type) | (options.integrityCheck ? TYPE_IC : 0);
  }

  #checkLength(payload: Uint8Array): void {
    const most = Math.min(this.host.limits.messageBytes, MESSAGE_MAX) - 1;
    if (payload.length > most) {
      throw new MctpError('EMSGSIZE', `a message of ${payload.length} bytes is too long: at most ${most}`);
    }
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
    if (this.#closed) throw notOpen();
  }
}

function notOpen(): MctpError {
  return new MctpError('ENOTCONN', 'the socket is closed');
}
