/** A message-level socket on a served network. */

import { MctpError } from '../../stack/errors.js';
import { TYPE_IC, TYPE_MASK } from '../../stack/packet.js';
import { BaseSocket, type BaseSocketHost, type HeldTag, type ReplyOptions } from '../../stack/socket/base-socket.js';
import type { AllocatedTag, MctpAddress, MctpMessage, RequestOptions, SendOptions } from '../../stack/transport.js';
import { cancelled, onAbort } from '../../stack/util/abort.js';
import type { JsonObject } from './frame.js';
import { encodeMessageFrame, MESSAGE_FLAG, MESSAGE_OP, type MessageFrame, NO_MESSAGE } from './message-frame.js';
import type { SharedConnection } from './shared-connection.js';

export interface SharedSocketHost extends BaseSocketHost {
  readonly connection: SharedConnection;
  linkNumber(name: string): number;
  peerKey(to: MctpAddress): string;
  /** Values of tags which sockets of this process hold for a peer. */
  tagsHeld(peer: string): Set<number>;
  /** @throws MctpError EADDRINUSE */
  addBinding(socket: SharedSocket, to: SharedAddress): void;
  message(frame: MessageFrame): MctpMessage;
  socketClosed(socket: SharedSocket): void;
}

export interface SharedAddress {
  readonly type: number;
  readonly network: number;
  readonly eid: number;
  readonly peer: number | undefined;
}

/** The value is a guess until the server has said which tag it is. */
export interface SharedTag extends HeldTag {
  value: number;
  readonly id: number;
  readonly peer: string;
  request: { cancel(error: MctpError): void } | undefined;
}

interface OpenRequest {
  candidate(message: MctpMessage): void;
  answer(message: MctpMessage): void;
  cancel(error: MctpError): void;
}

export class SharedSocket extends BaseSocket<SharedTag> {
  readonly #requests = new Map<number, OpenRequest>();
  readonly #sending = new Map<number, (error: MctpError) => void>();
  #connected: { readonly eid: number; readonly network: number; readonly type: number } | undefined;
  #address: SharedAddress | undefined;
  #nextTag = 1;

  constructor(
    private readonly host: SharedSocketHost,
    readonly handle: number,
    longest: number,
  ) {
    super(host, longest);
  }

  /** The server is there again, and knows nothing of us. */
  comeBack(): void {
    if (this.#address !== undefined) this.#bind(this.#address);
  }

  /** Tags went with the server. */
  serverLost(): void {
    for (const held of this.heldTags.values()) this.host.tagsHeld(held.peer).delete(held.value);
    this.heldTags.clear();
  }

  /** A frame for this socket. */
  arrived(frame: MessageFrame): void {
    const message = this.host.message(frame);
    if (frame.op === MESSAGE_OP.deliver) this.deliver(message);
    else if (frame.op === MESSAGE_OP.candidate) this.#requests.get(frame.id)?.candidate(message);
    else if (frame.op === MESSAGE_OP.answer) this.#requests.get(frame.id)?.answer(message);
  }

  protected override bindTo(type: number, network: number, eid: number): void {
    const connected = this.#connected;
    if (connected !== undefined && connected.type !== type) {
      throw new MctpError('EINVAL', `the socket is connected for type ${connected.type}, not ${type}`);
    }
    const address = { type, network: connected?.network || network, eid, peer: connected?.eid };
    this.host.addBinding(this, address);
    this.#address = address;
    this.#bind(address);
  }

  protected override connectTo(eid: number, network: number, type: number): void {
    if (this.#connected !== undefined) throw new MctpError('EADDRINUSE', 'the socket is connected already');
    this.#connected = { eid, network, type };
  }

  protected override sendMessage(
    to: MctpAddress,
    typeByte: number,
    payload: Uint8Array,
    options: SendOptions,
  ): Promise<void> {
    const flags = options.reply === false ? MESSAGE_FLAG.datagram : 0;
    const frame = this.#frame(to, typeByte, payload, options, flags);
    return this.#send({ ...frame, op: MESSAGE_OP.send }, options);
  }

  protected override sendReply(
    to: MctpMessage,
    typeByte: number,
    payload: Uint8Array,
    options: ReplyOptions,
  ): Promise<void> {
    const { network, source, destination, tag, physicalAddress } = to;
    const frame = {
      ...NO_MESSAGE,
      handle: this.handle,
      op: MESSAGE_OP.reply,
      network,
      source: destination,
      destination: source,
      payload,
      tag,
      tagOwner: false,
      physicalAddress,
      link: this.host.linkNumber(to.link),
      ...typeOf(typeByte),
    };
    return this.#send(frame, options);
  }

  protected override sendRequest(
    to: MctpAddress,
    typeByte: number,
    payload: Uint8Array,
    options: RequestOptions,
  ): Promise<MctpMessage> {
    const { accept, tag, signal, retries = 0, timeoutMs, totalTimeoutMs } = options;
    const flags = accept === undefined ? 0 : MESSAGE_FLAG.verdict;
    const frame = this.#frame(to, typeByte, payload, options, flags);
    const held = tag === undefined ? undefined : this.heldTags.get(tag);
    const { connection } = this.host;
    return new Promise((resolve, reject) => {
      let stopListening: (() => void) | undefined;
      let settled = false;
      const end = (): boolean => {
        if (settled) return false;
        settled = true;
        stopListening?.();
        this.#requests.delete(id);
        if (held !== undefined) held.request = undefined;
        return true;
      };
      const fail = (error: MctpError): void => {
        if (end()) reject(error);
      };
      const succeed = (message: MctpMessage): void => {
        if (!end()) return;
        this.countSent(payload);
        this.countReceived(message);
        resolve(message);
      };
      const id = connection.expect({
        settle: (answer, error) => {
          const asked = (answer?.result as JsonObject | null | undefined)?.retries ?? answer?.retries;
          if (typeof asked === 'number') this.counters.retries += asked;
          if (error === undefined || settled) return;
          if (error.code === 'ETIMEDOUT') this.counters.timeouts++;
          fail(error);
        },
      });
      const cancel = (error: MctpError): void => {
        connection.forget(id);
        connection.say('cancel', { request: id });
        fail(error);
      };
      this.#requests.set(id, {
        cancel,
        answer: (message) => {
          connection.forget(id);
          succeed(message);
        },
        candidate: (message) => this.#judge(id, message, accept!, succeed, cancel),
      });
      if (held !== undefined) held.request = { cancel };
      if (signal?.aborted) connection.forget(id);
      stopListening = onAbort(signal, signal?.aborted ? fail : cancel);
      if (settled) return;
      // What becomes of it is the server's to know.
      options.onLeft?.();
      connection.write(
        id,
        encodeMessageFrame({ ...frame, id, op: MESSAGE_OP.request, retries, timeoutMs, totalTimeoutMs }),
      );
    });
  }

  protected override holdTag(peer: MctpAddress): SharedTag {
    const key = this.host.peerKey(peer);
    const values = this.host.tagsHeld(key);
    const value = [0, 1, 2, 3, 4, 5, 6, 7].find((one) => !values.has(one));
    if (value === undefined) throw new MctpError('EBUSY', `all eight tags towards ${key} are in use`);
    values.add(value);
    const id = this.#nextTag;
    this.#nextTag = (this.#nextTag % 0xffff) + 1;
    const tag: SharedTag = { value, id, peer: key, request: undefined };
    const { eid, network, link, physicalAddress } = peer;
    this.host.connection.call('tag', { handle: this.handle, tag: id, eid, network, link, physicalAddress }).then(
      (answer) => {
        const real = (answer as JsonObject | null)?.value;
        if (typeof real === 'number') tag.value = real;
      },
      // What is sent on it is told so.
      () => {},
    );
    return tag;
  }

  protected override dropTag(tag: SharedTag): void {
    this.#forgetTag(tag);
    this.host.connection.call('untag', { handle: this.handle, tag: tag.id }).catch(() => {});
  }

  protected override shutDown(error: () => MctpError): void {
    for (const request of [...this.#requests.values()]) request.cancel(error());
    for (const cancel of [...this.#sending.values()]) cancel(error());
    for (const tag of this.heldTags.values()) this.#forgetTag(tag);
    this.host.connection.say('close', { handle: this.handle });
    this.host.socketClosed(this);
  }

  /** The values are the guesses: as many as there are tags. */
  #forgetTag(tag: SharedTag): void {
    const values = this.host.tagsHeld(tag.peer);
    const one = values.has(tag.value) ? tag.value : values.values().next().value;
    if (one !== undefined) values.delete(one);
  }

  /** That another program was faster is known only now: waiters get the error, and the socket is closed. */
  #bind({ type, network, eid, peer }: SharedAddress): void {
    const { handle } = this;
    this.host.connection.call('bind', { handle, type, network, eid, peer }).catch((error: MctpError) => {
      if (error.code !== 'ENETDOWN' && error.code !== 'ECANCELED') this.closeFor(() => error);
    });
  }

  #send(frame: MessageFrame, { signal }: SendOptions): Promise<void> {
    const { connection } = this.host;
    if (signal?.aborted) return Promise.reject(cancelled(signal));
    return new Promise((resolve, reject) => {
      let stopListening: (() => void) | undefined;
      const end = (error: MctpError | undefined): void => {
        stopListening?.();
        this.#sending.delete(id);
        if (error === undefined) {
          this.countSent(frame.payload);
          resolve();
        } else reject(error);
      };
      const id = connection.expect({ settle: (_answer, error) => end(error) });
      const cancel = (error: MctpError): void => {
        connection.forget(id);
        end(error);
      };
      this.#sending.set(id, cancel);
      stopListening = onAbort(signal, cancel);
      connection.write(id, encodeMessageFrame({ ...frame, id }));
    });
  }

  #judge(
    id: number,
    message: MctpMessage,
    accept: NonNullable<RequestOptions['accept']>,
    succeed: (message: MctpMessage) => void,
    cancel: (error: MctpError) => void,
  ): void {
    const told = (verdict: boolean | number): void => {
      const ms = typeof verdict === 'number' ? Math.max(0, Math.ceil(verdict)) : verdict;
      this.host.connection.say('verdict', { request: id, accept: ms });
      if (verdict === true) succeed(message);
    };
    const notUnderstood = (cause: unknown): void =>
      cancel(MctpError.is(cause) ? cause : new MctpError('EPROTO', 'the answer was not understood', { cause }));
    try {
      const verdict = accept(message);
      if (typeof verdict === 'object') verdict.then(told, notUnderstood);
      else told(verdict);
    } catch (cause) {
      notUnderstood(cause);
    }
  }

  /** @throws MctpError ENOENT, EBUSY, ENODEV */
  #frame(
    to: MctpAddress,
    typeByte: number,
    payload: Uint8Array,
    { tag, noWait }: SendOptions,
    flags: number,
  ): MessageFrame {
    const extended = to.link !== undefined;
    const all = flags | (noWait ? MESSAGE_FLAG.noWait : 0) | (extended ? MESSAGE_FLAG.extended : 0);
    return {
      ...NO_MESSAGE,
      handle: this.handle,
      flags: all,
      network: to.network ?? 0,
      destination: to.eid,
      payload,
      link: to.link === undefined ? 0 : this.host.linkNumber(to.link),
      physicalAddress: to.physicalAddress ?? '',
      ...typeOf(typeByte),
      heldTag: tag === undefined ? 0 : this.#ownTag(tag, to).id,
    };
  }

  #ownTag(tag: AllocatedTag, to: MctpAddress): SharedTag {
    const key = this.host.peerKey(to);
    return this.ownTag(tag, ({ peer }) => peer === key, key);
  }
}

function typeOf(typeByte: number): { readonly type: number; readonly integrityCheck: boolean } {
  return { type: typeByte & TYPE_MASK, integrityCheck: (typeByte & TYPE_IC) !== 0 };
}
