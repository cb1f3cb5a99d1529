/** A message-level socket on the kernel's MCTP stack. */

import type { Clock } from '../../stack/clock.js';
import type { MctpError } from '../../stack/errors.js';
import { EID_ANY, type NetworkId } from '../../stack/ids.js';
import type { Limits } from '../../stack/limits.js';
import { TAG_MASK, TYPE_IC, TYPE_MASK } from '../../stack/packet.js';
import { BaseSocket, type BaseSocketHost, type ReplyOptions } from '../../stack/socket/base-socket.js';
import type { AllocatedTag, MctpAddress, MctpMessage, RequestOptions, SendOptions } from '../../stack/transport.js';
import { onAbort } from '../../stack/util/abort.js';
import { Line } from '../../stack/util/line.js';
import { Descriptor } from './descriptor.js';
import { MCTP_TAG_OWNER, MESSAGE_MAX } from './kernel-numbers.js';
import { Outgoing, type TagChoice, type Target } from './kernel-outgoing.js';
import { KernelRequest, type RequestOwner } from './kernel-request.js';
import { type KernelTag, SocketTags, type TagHost, type TagQueue } from './kernel-tags.js';
import type { LibC } from './libc.js';
import type { ExtendedAddress } from './structures.js';

/** What a socket asks of the transport. */
export interface KernelSocketHost extends TagHost, BaseSocketHost {
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
}

export class KernelSocket extends BaseSocket<KernelTag> implements RequestOwner {
  readonly #descriptor: Descriptor;
  readonly #tags: SocketTags;
  readonly #requests = new Set<KernelRequest>();
  readonly #outgoing = new Set<Outgoing>();
  /** Those that wait for room in the send buffer, in order. */
  readonly #roomWaiters: Line<() => boolean>;
  #boundEid = EID_ANY;

  constructor(private readonly host: KernelSocketHost) {
    super(host, Math.min(host.limits.messageBytes, MESSAGE_MAX) - 1);
    this.#roomWaiters = new Line(host.limits.waiters, 'messages wait to be sent');
    this.#descriptor = new Descriptor(host.libc);
    this.#tags = new SocketTags(host, this.#descriptor.fd);
  }

  protected override bindTo(type: number, network: number, eid: number): void {
    this.#descriptor.bind({ network, eid, type, tag: 0 }, `MCTP type ${type}`);
    this.#boundEid = eid;
    this.#listen();
  }

  protected override connectTo(eid: number, network: number, type: number): void {
    this.#descriptor.connect({ network, eid, type, tag: 0 }, `EID ${eid}`);
  }

  protected override sendMessage(
    to: MctpAddress,
    typeByte: number,
    payload: Uint8Array,
    options: SendOptions,
  ): Promise<void> {
    const target = this.host.target(to);
    const wantsReply = options.reply ?? true;
    const choice: TagChoice =
      options.tag !== undefined
        ? this.#ownTag(options.tag, target).sendBits
        : wantsReply
          ? MCTP_TAG_OWNER
          : () => this.#tags.datagram(target);
    if (wantsReply) this.#listen();
    return this.#transmit(target, typeByte, payload, choice, options);
  }

  protected override sendReply(
    to: MctpMessage,
    typeByte: number,
    payload: Uint8Array,
    options: ReplyOptions,
  ): Promise<void> {
    return this.#transmit(this.host.targetBack(to, payload.length), typeByte, payload, to.tag, options);
  }

  protected override sendRequest(
    to: MctpAddress,
    typeByte: number,
    payload: Uint8Array,
    options: RequestOptions,
  ): Promise<MctpMessage> {
    const target = this.host.target(to);
    const given = options.tag === undefined ? undefined : this.#ownTag(options.tag, target);
    this.#listen();
    return new Promise((resolve, reject) => {
      const request = new KernelRequest(this, target, typeByte, payload, options, given, { resolve, reject });
      this.#requests.add(request);
      if (given !== undefined) given.request = request;
      request.start();
    });
  }

  protected override holdTag(peer: MctpAddress): KernelTag {
    const tag = this.#tags.allocate(this.host.target(peer));
    tag.answers = 'queue';
    this.#listen();
    return tag;
  }

  protected override dropTag(tag: KernelTag): void {
    this.#tags.release(tag);
  }

  protected override shutDown(error: () => MctpError): void {
    for (const request of [...this.#requests]) request.cancel(error());
    for (const outgoing of [...this.#outgoing]) outgoing.cancel(error());
    this.#descriptor.closeWhenSent(this.host.clock);
    this.#tags.clear();
    this.host.socketClosed(this);
  }

  // RequestOwner

  get clock(): Clock {
    return this.host.clock;
  }

  allocate(target: Target): KernelTag {
    return this.#tags.allocate(target);
  }

  requestRetried(): void {
    this.counters.retries++;
  }

  requestTimedOut(): void {
    this.counters.timeouts++;
  }

  requestEnded(request: KernelRequest, tag: KernelTag | undefined, given: boolean, late: boolean): void {
    this.#requests.delete(request);
    if (tag === undefined) return;
    if (given) tag.request = undefined;
    else this.#giveBack(tag, late);
  }

  requestAnswered(payload: Uint8Array, answer: MctpMessage): void {
    this.countSent(payload);
    this.countReceived(answer);
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
    { signal, noWait = false }: SendOptions,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      let stopListening: (() => void) | undefined;
      const outgoing = new Outgoing(this, target, typeByte, payload, choice, noWait, (error) => {
        stopListening?.();
        this.#outgoing.delete(outgoing);
        if (error !== undefined) {
          reject(error);
          return;
        }
        this.countSent(payload);
        resolve();
      });
      this.#outgoing.add(outgoing);
      stopListening = onAbort(signal, (error) => outgoing.cancel(error));
      if (!signal?.aborted) outgoing.start();
    });
  }

  /** From now on the event loop reads this socket. */
  #listen(): void {
    this.#descriptor.watch(() => {
      this.#descriptor.read((from, payload) => this.#received(from, payload));
      if (!this.closed && this.#roomWaiters.length > 0) this.#sendWaiting();
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
      this.counters.rxDropped++;
      return true;
    }
    const { link, destination } = this.host.arrival(from);
    const message: MctpMessage = {
      network: from.network as NetworkId,
      source: from.eid,
      destination: this.#boundEid === EID_ANY ? destination : this.#boundEid,
      type: from.type & TYPE_MASK,
      integrityCheck: (from.type & TYPE_IC) !== 0,
      tag: from.tag & TAG_MASK,
      tagOwner: (from.tag & MCTP_TAG_OWNER) !== 0,
      link,
      physicalAddress: from.physicalAddress,
      payload,
    };
    const tag = message.tagOwner ? undefined : this.#tags.find(message);
    if (tag === undefined || tag.answers === 'queue') this.deliver(message);
    else if (typeof tag.answers === 'function') tag.answers(message);
    return !this.closed && this.#expectsMore;
  }

  /** After the answer to the only request it would be a system call to hear that there is nothing more. */
  get #expectsMore(): boolean {
    return this.bound || this.#requests.size > 0 || this.heldTags.size > 0;
  }

  /** Tags for a null or broadcast EID are shared by all of a network: they cannot rest. */
  #giveBack(tag: KernelTag, late: boolean): void {
    const shared = tag.peer.eid === 0 || tag.peer.eid === EID_ANY;
    if (late && !shared && !this.closed) this.#tags.rest(tag, this.host.limits.tagExpiryMs);
    else this.#tags.release(tag);
  }

  #ownTag(allocated: AllocatedTag, { eid, network, name }: Target): KernelTag {
    return this.ownTag(allocated, ({ peer }) => peer.eid === eid && peer.network === network, name);
  }
}
