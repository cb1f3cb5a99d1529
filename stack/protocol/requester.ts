/**
 * Requests of a protocol over any message-level transport: turns per responder, instance ids, retries, patience with
 * those which are not ready, matching of answers.
 */

import type { Clock } from '../clock.js';
import type { AnyCommand, RequestInput, ResponseFields } from '../codec/index.js';
import { CompletionCodeError, MctpError } from '../errors.js';
import { EID_BROADCAST } from '../ids.js';
import { addressText } from '../place.js';
import type { MctpAddress, MctpMessage, MctpSocket, RequestOptions, Transport } from '../transport.js';
import { wait } from '../util/async.js';
import { copyOf } from '../util/slab.js';
import { completionCodeName } from './code-names.js';
import { type IdPool, idPoolOf } from './id-pool.js';
import { Lane } from './lane.js';
import type { Messages, ResponseOf } from './message.js';
import { isAnswer, type MessageHeader, type Protocol } from './protocol.js';

export interface RequestPatience {
  /** For an answer, per try; ms. */
  readonly timeoutMs?: number;
  /** Tries after the first, with the same instance id and bytes. */
  readonly retries?: number;
  /** For everything together once it is our turn; ms. Default: the protocol's, or what the tries take when that is more. */
  readonly totalMs?: number;
  /** How often to ask again after "not ready". */
  readonly notReadyRetries?: number;
  /** Before asking again a responder which was not ready; ms. */
  readonly notReadyDelayMs?: number;
  /** Least time between the end of one exchange and the start of the next with the same responder; ms, default 0. */
  readonly minGapMs?: number;
}

/** Of one request; what is not said is the requester's. */
export interface CallOptions extends RequestPatience {
  readonly signal?: AbortSignal | undefined;
  /** Called before the same bytes go out once more: the responder may have had the request already. */
  readonly onRetry?: (() => void) | undefined;
}

/** What is not said is the protocol's. */
export interface RequesterOptions extends RequestPatience {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Requests of this requester open at once with one responder; default 1. More only where the responder remembers so many. */
  readonly outstanding?: number;
  /** Requests which may wait for one responder; more fail with ENOBUFS. Default 256. */
  readonly maxWaiting?: number;
  /** Responders remembered, default 1024. Idle ones are forgotten first; when none is idle: ENOBUFS. */
  readonly maxPeers?: number;
  /** An instance id whose request was not answered rests for so long; ms. */
  readonly instanceIdExpiryMs?: number;
  /** Use only the first so many instance ids (command slots); default: all. */
  readonly instanceIds?: number;
  /** For a responder which asks for more time, however often it does; ms. Default: the protocol's. */
  readonly moreProcessingMs?: number;
  /** Say in errors which responder it was, and with how much patience; default true. False: the caller says. */
  readonly nameResponder?: boolean;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export interface RequesterCounters {
  requests: number;
  responses: number;
  /** Answers of another instance id or command, on the right tag. */
  mismatched: number;
  undecodable: number;
  timeouts: number;
  notReady: number;
  /** With a wrong integrity check. */
  corrupt: number;
  /** Answers that asked for more time. */
  moreProcessing: number;
  /** Requests sent once more after a silence which the responder has explained. */
  recovered: number;
}

export class Requester<C extends AnyCommand, H extends MessageHeader> {
  readonly clock: Clock;
  /** Live: read it again for later values. */
  readonly counters: RequesterCounters = {
    requests: 0,
    responses: 0,
    mismatched: 0,
    undecodable: 0,
    timeouts: 0,
    notReady: 0,
    corrupt: 0,
    moreProcessing: 0,
    recovered: 0,
  };
  readonly #protocol: Protocol<C, H>;
  readonly #transport: Transport;
  readonly #socket: MctpSocket;
  readonly #options: RequesterOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #over = new AbortController();

  /** @throws MctpError EAFNOSUPPORT, EACCES from transports which need the system for a socket */
  constructor(
    private readonly messages: Messages<C, H>,
    options: RequesterOptions,
  ) {
    this.#protocol = messages.protocol;
    this.#options = options;
    this.#transport = options.transport;
    this.clock = options.clock;
    this.#socket = options.transport.socket();
  }

  /**
   * Ask, and get the fields of a success.
   *
   *     const { eid } = await client.request({ eid: 9 }, GetEndpointID, {});
   *
   * @throws CompletionCodeError for any other completion code, and all of `exchange`
   */
  async request<K extends C>(
    peer: MctpAddress,
    command: K,
    fields: RequestInput<K>,
    options: CallOptions = {},
  ): Promise<ResponseFields<K>> {
    const response = await this.exchange(peer, command, fields, options);
    const { completionCode } = response;
    if (command.response.isSuccess(completionCode)) return response as ResponseFields<K>;
    const name = completionCodeName(this.#protocol, command, completionCode);
    const what = this.#options.nameResponder === false ? command.name : `${command.name} to ${addressText(peer)}`;
    throw new CompletionCodeError(what, completionCode, name);
  }

  /**
   * Ask, and take whatever completion code comes. A responder has one request under way at a time unless `outstanding`
   * says more; others wait for their turn.
   * @throws MctpError ETIMEDOUT, ECANCELED, EINVAL, EMSGSIZE, ENOBUFS, and those of `MctpSocket.request`; CodecError
   *   when the answer does not decode
   */
  async exchange<K extends C>(
    peer: MctpAddress,
    command: K,
    fields: RequestInput<K>,
    options: CallOptions = {},
  ): Promise<ResponseOf<K>> {
    if (peer.eid === EID_BROADCAST) {
      throw new MctpError('EINVAL', `${command.name}: a request goes to one responder; use send for broadcasts`);
    }
    // A bad field fails before anything waits or goes out; the instance id is set when it is known.
    const message = this.messages.encodeRequest(command, 0, fields);
    const { timing, notReady } = this.#protocol;
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs ?? timing.timeoutMs;
    const retries = options.retries ?? this.#options.retries ?? timing.retries;
    const totalMs = options.totalMs ?? this.#options.totalMs ?? timing.totalMs ?? Number.POSITIVE_INFINITY;
    const repeats =
      options.notReadyRetries ?? this.#options.notReadyRetries ?? notReady.repeats ?? Number.POSITIVE_INFINITY;
    const gapMs = options.minGapMs ?? this.#options.minGapMs ?? 0;
    const delayMs = options.notReadyDelayMs ?? this.#options.notReadyDelayMs ?? notReady.delayMs;
    const allowed = options.totalMs ?? Math.max(totalMs, timeoutMs * (retries + 1));
    let deadline: number | undefined;
    let notReadyYet: ResponseOf<K> | undefined;
    for (let attempt = 0; ; attempt++) {
      const lane = this.#lane(peer);
      const instanceId = await lane.enter(gapMs, options.signal);
      deadline ??= this.clock.now() + allowed;
      const left = deadline - this.clock.now();
      if (left <= 0 && notReadyYet !== undefined) {
        lane.leave(instanceId, false);
        return notReadyYet;
      }
      const tries = Math.max(1, Math.min(retries + 1, Math.floor(left / timeoutMs)));
      const { signal, onRetry } = options;
      const patience = { timeoutMs: Math.min(timeoutMs, left), retries: tries - 1, signal, onRetry };
      const response = await this.#once(lane, instanceId, peer, command, message, patience);
      if (response.completionCode !== notReady.completionCode || attempt >= repeats) return response;
      const pause = Math.max(1, delayMs, gapMs);
      if (this.clock.now() + pause >= deadline) return response;
      // Answered, so the next attempt is a request of its own: a responder which knows retries would repeat its answer.
      this.counters.notReady++;
      notReadyYet = response;
      await wait(this.clock, pause, options.signal, this.#over.signal).catch((error) => {
        throw this.#closed ? this.#closedError() : error;
      });
    }
  }

  /** One text per responder, whatever the spelling of its address. */
  peerKey(peer: MctpAddress): string {
    return this.#transport.peerKey(peer);
  }

  /** A datagram: carried out and not answered. May be broadcast. @throws as `MctpSocket.send` */
  async send<K extends C>(
    peer: MctpAddress,
    command: K,
    fields: RequestInput<K>,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    const instanceId = this.#lane(peer).passingId();
    const payload = this.messages.encodeRequest(command, instanceId, fields, { datagram: true });
    const { signal } = options;
    await this.#socket.send(peer, payload, {
      type: this.#protocol.messageType,
      ...(this.#protocol.integrity === undefined ? {} : { integrityCheck: true }),
      reply: false,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** End with ECANCELED what is under way or waits. */
  close(): void {
    if (this.#closed) return;
    const error = this.#closedError();
    for (const lane of this.#lanes.values()) lane.close(error);
    this.#lanes.clear();
    this.#over.abort();
    this.#socket.close();
  }

  /**
   * Nobody answered, and it is still this request's turn: may it be sent once more? Asks the responder where a protocol has
   * means for that. Does not throw.
   */
  protected mayAskAgain?(
    peer: MctpAddress,
    command: C,
    instanceId: number,
    signal: AbortSignal | undefined,
  ): Promise<boolean>;

  async #once<K extends C>(
    lane: Lane,
    instanceId: number,
    peer: MctpAddress,
    command: K,
    message: Uint8Array,
    { timeoutMs, retries, signal, onRetry }: CallOptions & Required<Pick<RequestPatience, 'timeoutMs' | 'retries'>>,
  ): Promise<ResponseOf<K>> {
    let answered = false;
    /** It asked for more time: it had all that there is. */
    let heard = false;
    let rest = false;
    /** The responder may have it: an answer may come, whatever ends the request. */
    let left = false;
    try {
      if (this.#closed) throw this.#closedError();
      const { instanceIds, instanceIdAt = 0, messageType, integrity } = this.#protocol;
      const payload = copyOf(message);
      payload[instanceIdAt] = (payload[instanceIdAt]! & ~(instanceIds - 1)) | instanceId;
      integrity?.write(payload);
      const options: Writable<RequestOptions> = {
        type: messageType,
        idempotent: command.idempotent,
        timeoutMs,
        retries,
        totalTimeoutMs: Math.max(this.#longestMs(), 2 * timeoutMs * (retries + 1)),
        accept: (answer) => {
          const verdict = this.#accept(answer, instanceId, command, timeoutMs);
          heard ||= typeof verdict === 'number';
          return verdict;
        },
        onLeft: () => {
          left = true;
        },
      };
      if (integrity !== undefined) options.integrityCheck = true;
      if (signal !== undefined) options.signal = signal;
      if (onRetry !== undefined) options.onRetry = onRetry;
      let reply: MctpMessage;
      try {
        this.counters.requests++;
        reply = await this.#socket.request(peer, payload, options);
      } catch (error) {
        const silent = MctpError.is(error, 'ETIMEDOUT') && !heard && !this.#closed;
        if (!silent || (await this.mayAskAgain?.(peer, command, instanceId, signal)) !== true) throw error;
        this.counters.recovered++;
        this.counters.requests++;
        reply = await this.#socket.request(peer, payload, options);
      }
      answered = true;
      this.counters.responses++;
      return this.messages.decodeResponse(command, reply.payload);
    } catch (error) {
      rest = !answered && (left || MctpError.is(error, 'ETIMEDOUT'));
      throw this.#explain(error, answered, heard, peer, command, { timeoutMs, retries });
    } finally {
      lane.leave(instanceId, rest);
    }
  }

  /** However often a responder asks for more time. */
  #longestMs(): number {
    const { moreProcessing } = this.#protocol;
    if (moreProcessing === undefined) return 60_000;
    return this.#options.moreProcessingMs ?? moreProcessing.totalMs;
  }

  #explain(
    error: unknown,
    answered: boolean,
    heard: boolean,
    peer: MctpAddress,
    command: C,
    patience: RequestPatience,
  ): unknown {
    if (answered) this.counters.undecodable++;
    if (answered || !MctpError.is(error, 'ETIMEDOUT')) return error;
    this.counters.timeouts++;
    if (this.#options.nameResponder === false) {
      return new MctpError('ETIMEDOUT', `${command.name}: ${error.message}`, { cause: error });
    }
    if (heard) {
      const what = `${command.name} to ${addressText(peer)}: it asked for more time, and then there was no answer`;
      return new MctpError('ETIMEDOUT', what, { cause: error });
    }
    const { timeoutMs = 0, retries = 0 } = patience;
    const tries = retries === 0 ? '1 try' : `${retries + 1} tries`;
    const what = `${command.name} to ${addressText(peer)}: no answer in ${tries} of ${Math.round(timeoutMs)} ms`;
    return new MctpError('ETIMEDOUT', what, { cause: error });
  }

  /** A number: it is at work, and answers after so many ms more. */
  #accept(message: MctpMessage, instanceId: number, command: C, timeoutMs: number): boolean | number {
    const { integrity, moreProcessing } = this.#protocol;
    if (integrity?.intact(message.payload) === false) {
      this.counters.corrupt++;
      return false;
    }
    if (!isAnswer(this.#protocol, message, instanceId, this.#protocol.key(command))) {
      this.counters.mismatched++;
      return false;
    }
    const waitMs = moreProcessing?.waitMs(message.payload);
    if (waitMs === undefined) return true;
    this.counters.moreProcessing++;
    // The answer itself takes its time, too.
    return waitMs + timeoutMs;
  }

  get #closed(): boolean {
    return this.#over.signal.aborted;
  }

  #closedError(): MctpError {
    return new MctpError('ECANCELED', `the ${this.#protocol.name} client was closed`);
  }

  #lane(to: MctpAddress): Lane {
    if (this.#closed) throw new MctpError('ENOTCONN', `the ${this.#protocol.name} client is closed`);
    const key = this.#transport.peerKey(to);
    let lane = this.#lanes.get(key);
    if (lane !== undefined) {
      if (lane.ids?.forgotten === true) lane.ids = this.#ids(to);
      return lane;
    }
    const { maxPeers = 1024, outstanding = 1, maxWaiting = 256 } = this.#options;
    if (this.#lanes.size >= maxPeers) this.#forgetIdle(maxPeers);
    const instanceIdExpiryMs = this.#options.instanceIdExpiryMs ?? this.#protocol.timing.instanceIdExpiryMs;
    const instanceIds = Math.min(this.#options.instanceIds ?? Number.POSITIVE_INFINITY, this.#protocol.instanceIds);
    lane = new Lane(this.clock, { outstanding, maxWaiting, instanceIdExpiryMs, instanceIds }, this.#ids(to));
    this.#lanes.set(key, lane);
    return lane;
  }

  #ids(to: MctpAddress): IdPool | undefined {
    const { messageType, instanceIds } = this.#protocol;
    return idPoolOf(this.#transport, to, messageType, instanceIds, this.clock.now());
  }

  #forgetIdle(maxPeers: number): void {
    const gapMs = this.#options.minGapMs ?? 0;
    for (const [key, lane] of this.#lanes) if (lane.idle(gapMs)) this.#lanes.delete(key);
    if (this.#lanes.size < maxPeers) return;
    throw new MctpError('ENOBUFS', `requests to ${maxPeers} ${this.#protocol.name} responders are under way already`);
  }
}
