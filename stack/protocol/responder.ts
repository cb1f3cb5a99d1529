/**
 * The answering side of a protocol: a socket bound to its message type, requests to handlers, retries recognised,
 * answers and errors exactly as the protocol says (DSP0236 §8.17 and §11, DSP0240 §7).
 */

import type { Clock } from '../clock.js';
import { type AnyCommand, CodecError } from '../codec/index.js';
import { EID_NULL } from '../ids.js';
import { type Logger, SILENT } from '../logger.js';
import type { BindAddress, MctpAddress, MctpMessage, MctpSocket, Transport } from '../transport.js';
import type { MaybePromise } from '../util/async.js';
import {
  fail,
  type HandlerResult,
  type Handlers,
  NO_ANSWER,
  type Registered,
  type RequestContext,
} from './handlers.js';
import type { Messages } from './message.js';
import type { MessageHeader, Protocol } from './protocol.js';
import { type RecentRequest, RetryCache } from './retry-cache.js';

export interface ResponderOptions<H extends MessageHeader = MessageHeader> {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** Requests whose handlers may be at work at a time; others to handlers that take their time get "not ready". */
  readonly maxPending?: number;
  /** The same of one requester: what is left is for the others. Default a quarter of `maxPending`, at least 2. */
  readonly maxPendingPerRequester?: number;
  /** Requesters whose last requests are remembered, to recognise a retry; 1 MiB of all together. Default 64. */
  readonly maxRequesters?: number;
  /**
   * Requests of one requester that are remembered: it may have so many outstanding. Default 1, so that what a program
   * started anew asks with the instance ids of the one before is not taken for a retry of an older request.
   */
  readonly maxRemembered?: number;
  /** Which of our networks and EIDs to answer on; default all. */
  readonly bind?: Omit<BindAddress, 'type'>;
  /** Told about handlers that threw; they are logged, too. */
  readonly onError?: (error: unknown, context: RequestContext<H>) => void;
}

export interface ResponderCounters {
  /** Retries and datagrams not counted. */
  requests: number;
  datagrams: number;
  responses: number;
  /** Without a header, or with flags no request has. */
  discarded: number;
  unsupported: number;
  invalidLength: number;
  invalidData: number;
  /** Retries of what was answered before, or is worked on. */
  repeated: number;
  notReady: number;
  handlerErrors: number;
  /** Answers which the transport did not take. */
  replyErrors: number;
  /** With a wrong integrity check: dropped. */
  corrupt: number;
}

const DEFAULT_PENDING = 64;
const DEFAULT_REQUESTERS = 64;

export class Responder<C extends AnyCommand, H extends MessageHeader, T extends Handlers<C, H> = Handlers<C, H>> {
  readonly clock: Clock;
  /** Live: read it again for later values. */
  readonly counters: ResponderCounters = {
    requests: 0,
    datagrams: 0,
    responses: 0,
    discarded: 0,
    unsupported: 0,
    invalidLength: 0,
    invalidData: 0,
    repeated: 0,
    notReady: 0,
    handlerErrors: 0,
    replyErrors: 0,
    corrupt: 0,
  };
  readonly #protocol: Protocol<C, H>;
  readonly #logger: Logger;
  /** Undefined: without instance ids the same command again is not told from a retry, and runs. */
  readonly #recent: RetryCache | undefined;
  #socket: MctpSocket | undefined;
  #pending = 0;
  readonly #pendingOf = new Map<string, number>();
  /** Commands whose handlers have been seen to take their time. */
  readonly #slow = new Set<C>();

  constructor(
    readonly handlers: T,
    private readonly messages: Messages<C, H>,
    private readonly options: ResponderOptions<H>,
    /** The completion code for a command without a handler. */
    private readonly unsupported: (header: H) => number,
  ) {
    this.#protocol = messages.protocol;
    this.clock = options.clock;
    this.#logger = options.logger ?? SILENT;
    const { instanceIds, timing } = this.#protocol;
    if (instanceIds === 1) return;
    const { maxRequesters = DEFAULT_REQUESTERS, maxRemembered = 1, clock } = options;
    this.#recent = new RetryCache(clock, timing.instanceIdExpiryMs, maxRequesters, maxRemembered);
  }

  /** Bind and answer. @throws MctpError EADDRINUSE when somebody else answers this message type here */
  start(): this {
    if (this.#socket !== undefined) return this;
    const socket = this.options.transport.socket();
    try {
      socket.bind({ ...this.options.bind, type: this.#protocol.messageType });
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.onMessage((message) => this.#received(socket, message));
    this.#socket = socket;
    return this;
  }

  close(): void {
    this.#socket?.onMessage(undefined);
    this.#socket?.close();
    this.#socket = undefined;
    this.#recent?.clear();
  }

  /**
   * The answer to one message, or a promise of it; undefined when there is none to give. Never throws, never rejects.
   * For use without a socket, too.
   */
  answer(message: MctpMessage): MaybePromise<Uint8Array | undefined> {
    const { payload } = message;
    const header = this.#protocol.readHeader(payload);
    if (header === undefined || header.kind === 'response' || !this.#admits(header, message)) {
      this.counters.discarded++;
      return undefined;
    }
    if (this.#protocol.integrity?.intact(payload) === false) {
      this.counters.corrupt++;
      return undefined;
    }
    const silent = header.kind === 'datagram';
    if (silent) this.counters.datagrams++;
    const answer = this.#answerTo(header, message);
    if (!silent) return answer;
    return answer instanceof Promise ? answer.then(() => undefined) : undefined;
  }

  #admits(header: H, message: MctpMessage): boolean {
    return this.#protocol.admits?.(header, message) ?? message.tagOwner;
  }

  #answerTo(header: H, message: MctpMessage): MaybePromise<Uint8Array | undefined> {
    const { payload } = message;
    const requester = retryKey(message);
    const found = this.handlers.find(header);
    if (found === undefined) {
      this.#recent?.forget(requester, header.instanceId);
      this.counters.unsupported++;
      if (header.kind === 'request') this.counters.requests++;
      return this.messages.encodeFailure(header, this.unsupported(header));
    }
    const known = this.#recent?.find(requester, header.instanceId, payload);
    if (known === undefined && header.kind === 'request') this.counters.requests++;
    if (known !== undefined) {
      // Worked on, or answered before: once is enough.
      this.counters.repeated++;
      return known.answer;
    }
    let fields: unknown;
    try {
      fields = this.messages.decodeRequest(found.command, payload);
    } catch (error) {
      return this.messages.encodeFailure(header, this.#codeOf(error));
    }
    // What is answered at once is never too much.
    if (this.#slow.has(found.command) && this.#isBusy(placeOf(message))) {
      this.counters.notReady++;
      return this.messages.encodeFailure(header, this.#protocol.responderCodes.notReady);
    }
    const peer = requesterOf(message);
    const context = { header, peer, peerKey: this.options.transport.peerKey(peer), message };
    return this.#carryOut(found, fields, context, requester);
  }

  #carryOut(
    found: Registered<C, H>,
    fields: unknown,
    context: RequestContext<H>,
    requester: string,
  ): MaybePromise<Uint8Array | undefined> {
    const { command, handler } = found;
    const { payload } = context.message;
    let result: MaybePromise<HandlerResult<C>>;
    // Before the handler runs: it may be asked again from inside.
    const entry = this.#recent?.remember(requester, context.header.instanceId, payload);
    try {
      result = handler(fields as never, context);
    } catch (error) {
      result = this.#failed(command, error, context);
    }
    if (!(result instanceof Promise)) return this.#finish(command, context, requester, entry, result);
    const place = placeOf(context.message);
    this.#slow.add(command);
    this.#begin(place);
    return result.then(
      (value) => {
        this.#end(place);
        return this.#finish(command, context, requester, entry, value);
      },
      (error: unknown) => {
        this.#end(place);
        return this.#finish(command, context, requester, entry, this.#failed(command, error, context));
      },
    );
  }

  #isBusy(place: string): boolean {
    const { maxPending = DEFAULT_PENDING, maxPendingPerRequester = Math.max(2, Math.ceil(maxPending / 4)) } =
      this.options;
    return this.#pending >= maxPending || (this.#pendingOf.get(place) ?? 0) >= maxPendingPerRequester;
  }

  #begin(place: string): void {
    this.#pending++;
    this.#pendingOf.set(place, (this.#pendingOf.get(place) ?? 0) + 1);
  }

  #end(place: string): void {
    this.#pending--;
    const left = this.#pendingOf.get(place)! - 1;
    if (left === 0) this.#pendingOf.delete(place);
    else this.#pendingOf.set(place, left);
  }

  /** What is harmless twice is not kept: the device may have changed by then. */
  #finish(
    command: C,
    context: RequestContext<H>,
    requester: string,
    entry: RecentRequest | undefined,
    result: HandlerResult<C>,
  ): Uint8Array | undefined {
    const bytes = this.#encode(command, context, result);
    if (entry !== undefined) this.#recent?.answered(requester, entry, bytes, !command.idempotent);
    return bytes;
  }

  #encode(command: C, context: RequestContext<H>, result: HandlerResult<C>): Uint8Array | undefined {
    if (result === NO_ANSWER) return undefined;
    try {
      return this.messages.encodeResponse(command, context.header.instanceId, result);
    } catch (error) {
      // A handler gave fields which its own command cannot carry: its fault, not the requester's.
      const { completionCode } = this.#failed(command, error, context);
      return this.messages.encodeFailure(context.header, completionCode);
    }
  }

  #failed(command: C, error: unknown, context: RequestContext<H>): { completionCode: number } {
    this.counters.handlerErrors++;
    const tell = [
      () => this.options.onError?.(error, context),
      () => this.#logger.error(`${this.#protocol.name}: the handler of ${command.name} failed: ${String(error)}`),
    ];
    for (const one of tell) {
      try {
        one();
      } catch {
        // Each hears of it all the same, and the requester gets its answer.
      }
    }
    return fail(this.#protocol.responderCodes.error);
  }

  #codeOf(error: unknown): number {
    if (!(error instanceof CodecError)) throw error;
    const { invalidLength, invalidData } = this.#protocol.responderCodes;
    if (error.reason === 'length') {
      this.counters.invalidLength++;
      return invalidLength;
    }
    this.counters.invalidData++;
    return invalidData;
  }

  #received(socket: MctpSocket, message: MctpMessage): void {
    const answer = this.answer(message);
    if (answer instanceof Promise) void answer.then((bytes) => this.#reply(socket, message, bytes));
    else this.#reply(socket, message, answer);
  }

  #reply(socket: MctpSocket, message: MctpMessage, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) return;
    this.counters.responses++;
    const integrityCheck = this.#protocol.integrity !== undefined;
    socket.reply(message, bytes, { integrityCheck }).catch((error: Error) => {
      this.counters.replyErrors++;
      this.#logger.warn(`${this.#protocol.name}: an answer was not sent: ${error.message}`);
    });
  }
}

/** By its EID; by its place while it has none. */
function requesterOf({ source, network, link, physicalAddress }: MctpMessage): MctpAddress {
  return source === EID_NULL ? { eid: source, network, link, physicalAddress } : { eid: source, network };
}

/** Where it came from, whatever EID it claims. */
function placeOf({ network, link, physicalAddress }: MctpMessage): string {
  return `${network}:${link}/${physicalAddress}`;
}

/** Two devices that claim one EID are two requesters. */
function retryKey({ network, source, link, physicalAddress }: MctpMessage): string {
  return `${network}:${source}:${link}/${physicalAddress}`;
}
