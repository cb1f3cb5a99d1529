/**
 * The responder of control commands: listens, checks, dispatches to handlers, answers (DSP0236 §8.17, §11). What an
 * endpoint, a bus owner or a bridge answers is registered by `handle`; commands without a handler get
 * ERROR_UNSUPPORTED_CMD with a proper header.
 */

import type { Clock } from '../clock.js';
import type { AnyCommand, RequestFields, ResponseInput } from '../codec/index.js';
import { CodecError } from '../codec/index.js';
import { MESSAGE_TYPE } from '../ids.js';
import type { MctpMessage, MctpSocket, Transport } from '../transport.js';
import { COMPLETION } from './completion-codes.js';
import { CONTROL_TIMING } from './control-client.js';
import {
  type ControlHeader,
  type ControlMessageClass,
  classifyControl,
  controlHeader,
  decodeControlRequest,
  encodeControlFailure,
  encodeControlResponse,
} from './control-message.js';
import { RetryCache } from './retry-cache.js';

/** Where a request came from, for a handler. */
export interface ControlContext {
  readonly message: MctpMessage;
  readonly header: ControlHeader;
  readonly kind: ControlMessageClass;
}

/** A handler's way of leaving a request unanswered (Endpoint Discovery, once discovered). */
export const NO_ANSWER = Symbol('no answer');

/** The response's fields; or a completion code; or NO_ANSWER. */
export type ControlAnswer<C> = ResponseInput<C> | number | typeof NO_ANSWER;

/** Throwing answers ERROR (0x01) and counts. */
export type ControlHandler<C> = (
  fields: RequestFields<C>,
  context: ControlContext,
) => ControlAnswer<C> | Promise<ControlAnswer<C>>;

interface Registered {
  readonly command: AnyCommand;
  readonly handler: (fields: never, context: ControlContext) => unknown;
}

export interface ControlResponderOptions {
  readonly clock: Clock;
  /** Requests whose handlers may be at work at a time; others get ERROR_NOT_READY. Default 16. */
  readonly maxPending?: number;
  /** Requesters whose last request is remembered, to recognise a retry. Default 64. */
  readonly maxRequesters?: number;
  /** Told about handlers that threw; default: only counted. */
  readonly onError?: (error: unknown, context: ControlContext) => void;
}

export class ControlResponder {
  /** Live: read it again for later values. */
  readonly counters = {
    /** Messages with a command for us. */
    requests: 0,
    datagrams: 0,
    responses: 0,
    /** Shorter than a header, or with flags no request has. */
    discarded: 0,
    unsupported: 0,
    invalidLength: 0,
    invalidData: 0,
    /** Retries answered with the answer given before. */
    repeated: 0,
    notReady: 0,
    handlerErrors: 0,
    /** Answers the transport would not take. */
    replyErrors: 0,
  };
  readonly #socket: MctpSocket;
  readonly #handlers = new Map<number, Registered>();
  readonly #recent: RetryCache;
  readonly #options: ControlResponderOptions;
  #pending = 0;

  /** Listens from now on. @throws MctpError EADDRINUSE when somebody else answers control messages */
  constructor(transport: Transport, options: ControlResponderOptions) {
    this.#options = options;
    this.#recent = new RetryCache(options.clock, CONTROL_TIMING.instanceIdExpiryMs, options.maxRequesters ?? 64);
    this.#socket = transport.socket();
    this.#socket.bind({ type: MESSAGE_TYPE.control });
    this.#socket.onMessage((message) => this.#receive(message));
  }

  /** Answer a command; a second registration replaces the first. Returns a function that takes it back. */
  handle<C extends AnyCommand>(command: C, handler: ControlHandler<C>): () => void {
    const registered: Registered = { command, handler };
    this.#handlers.set(command.code, registered);
    return () => {
      if (this.#handlers.get(command.code) === registered) this.#handlers.delete(command.code);
    };
  }

  close(): void {
    this.#socket.onMessage(undefined);
    this.#socket.close();
  }

  #receive(message: MctpMessage): void {
    const header = controlHeader(message.payload);
    const kind = header === undefined ? undefined : classifyControl(header, message);
    if (header === undefined || kind === undefined || kind === 'response') {
      this.counters.discarded++;
      return;
    }
    const context: ControlContext = { message, header, kind };
    if (isDatagram(context)) this.counters.datagrams++;
    else this.counters.requests++;
    const registered = this.#handlers.get(header.command);
    if (registered === undefined || registered.command.idempotent) this.#recent.forget(message);
    if (registered === undefined) {
      this.counters.unsupported++;
      this.#fail(context, COMPLETION.unsupportedCommand);
      return;
    }
    if (registered.command.idempotent) {
      this.#execute(registered, context, undefined);
      return;
    }
    const known = this.#recent.find(message);
    if (known === undefined) this.#execute(registered, context, message);
    else {
      // Being worked on, or answered before: once is enough.
      this.counters.repeated++;
      if (known.answer !== undefined) this.#reply(context, known.answer);
    }
  }

  #execute(registered: Registered, context: ControlContext, remember: MctpMessage | undefined): void {
    const { command, handler } = registered;
    let fields: unknown;
    try {
      fields = decodeControlRequest(command, context.message.payload);
    } catch (error) {
      this.#fail(context, this.#codeOf(error));
      return;
    }
    if (this.#pending >= (this.#options.maxPending ?? 16)) {
      this.counters.notReady++;
      this.#fail(context, COMPLETION.notReady);
      return;
    }
    const entry = remember === undefined ? undefined : this.#recent.remember(remember);
    const finish = (answer: unknown) => {
      const response = this.#encode(command, context, answer);
      if (entry !== undefined) entry.answer = response;
      if (response !== undefined) this.#reply(context, response);
    };
    const failed = (error: unknown) => {
      this.counters.handlerErrors++;
      this.#options.onError?.(error, context);
      finish(COMPLETION.error);
    };
    let answer: unknown;
    try {
      answer = handler(fields as never, context);
    } catch (error) {
      failed(error);
      return;
    }
    if (!(answer instanceof Promise)) {
      finish(answer);
      return;
    }
    this.#pending++;
    answer.then(finish, failed).finally(() => this.#pending--);
  }

  #encode(command: AnyCommand, context: ControlContext, answer: unknown): Uint8Array | undefined {
    if (answer === NO_ANSWER) return undefined;
    const fields = typeof answer === 'number' ? { completionCode: answer } : answer;
    try {
      return encodeControlResponse(command, context.header.instanceId, fields as never);
    } catch (error) {
      // A handler gave fields its own command cannot carry: its fault, not the requester's.
      this.counters.handlerErrors++;
      this.#options.onError?.(error, context);
      return encodeControlFailure(context.header, COMPLETION.error);
    }
  }

  #codeOf(error: unknown): number {
    if (!(error instanceof CodecError)) throw error;
    if (error.reason === 'length') {
      this.counters.invalidLength++;
      return COMPLETION.invalidLength;
    }
    this.counters.invalidData++;
    return COMPLETION.invalidData;
  }

  #fail(context: ControlContext, completionCode: number): void {
    this.#reply(context, encodeControlFailure(context.header, completionCode));
  }

  #reply(context: ControlContext, response: Uint8Array): void {
    if (isDatagram(context)) return;
    this.counters.responses++;
    this.#socket.reply(context.message, response).catch(() => this.counters.replyErrors++);
  }
}

function isDatagram(context: ControlContext): boolean {
  return context.header.d === 1;
}
