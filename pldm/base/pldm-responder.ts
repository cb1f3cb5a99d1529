/** The answering side: a socket bound to PLDM, requests to handlers, answers and errors exactly as DSP0240 says. */

import type { Clock } from '../../stack/clock.js';
import { CodecError, type Failure } from '../../stack/codec/index.js';
import { CompletionCodeError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import { type Logger, SILENT } from '../../stack/logger.js';
import type { BindAddress, MctpAddress, MctpMessage, MctpSocket, Transport } from '../../stack/transport.js';
import { HandlerRegistry, type HandlerResult, type RequestContext } from './handlers.js';
import { type AnyPldmCommand, decodeRequest, encodeResponse } from './pldm-command.js';
import { COMPLETION } from './pldm-completion-codes.js';
import { decodeHeader, encodeHeader, type PldmHeader } from './pldm-header.js';
import { TIMING } from './pldm-timing.js';

export interface PldmResponderOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** Requests worked on at once; over it the answer is ERROR_NOT_READY. Default 64. */
  readonly maxConcurrent?: number;
  /** Requesters whose last answer is kept for their retries; default 64. */
  readonly maxPeers?: number;
  /** Which of our networks and EIDs to answer on; default all. */
  readonly bind?: Omit<BindAddress, 'type'>;
}

export interface PldmResponderCounters {
  requests: number;
  responses: number;
  /** Messages that were no requests of this header version. */
  dropped: number;
  /** Requests seen before and answered, or still worked on. */
  retries: number;
  errors: number;
  busy: number;
}

/** The last request of one requester: a retry of it gets the same answer, and nothing is done twice. */
interface Last {
  readonly request: Uint8Array;
  /** Undefined while it is worked on. */
  response: Uint8Array | undefined;
  at: number;
}

/**
 *     const responder = new PldmResponder({ transport, clock });
 *     responder.handlers.on(GetTID, () => ({ tid: 1 }));
 *     responder.start();
 */
export class PldmResponder {
  readonly handlers = new HandlerRegistry();
  readonly clock: Clock;
  readonly counters: PldmResponderCounters = { requests: 0, responses: 0, dropped: 0, retries: 0, errors: 0, busy: 0 };
  readonly #transport: Transport;
  readonly #logger: Logger;
  readonly #options: PldmResponderOptions;
  readonly #last = new Map<string, Last>();
  #socket: MctpSocket | undefined;
  #working = 0;

  constructor(options: PldmResponderOptions) {
    this.#options = options;
    this.#transport = options.transport;
    this.clock = options.clock;
    this.#logger = options.logger ?? SILENT;
  }

  /** Bind and answer. @throws MctpError EADDRINUSE when somebody else answers PLDM here */
  start(): this {
    if (this.#socket !== undefined) return this;
    const socket = this.#transport.socket();
    try {
      socket.bind({ ...this.#options.bind, type: MESSAGE_TYPE.pldm });
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.onMessage((message) => this.#received(socket, message));
    this.#socket = socket;
    return this;
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#last.clear();
  }

  /**
   * One request message, from its header on: the answer, a promise of it, or undefined when there is none to give.
   * Never throws, never rejects. For use without a socket too.
   */
  handle(
    message: Uint8Array,
    peer: MctpAddress,
    way?: RequestContext['way'],
  ): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    let header: PldmHeader;
    try {
      header = decodeHeader(message);
    } catch {
      this.counters.dropped++;
      return undefined;
    }
    if (header.rq === 0) {
      this.counters.dropped++;
      return undefined;
    }
    const key = `${peer.network ?? ''}/${peer.eid}/${peer.link ?? ''}/${peer.physicalAddress ?? ''}`;
    const repeated = this.#repeated(key, message);
    if (repeated !== undefined) {
      this.counters.retries++;
      return repeated.response;
    }
    this.counters.requests++;
    const answer = this.#dispatch(header, message, { peer, peerKey: key, header, way });
    if (!(answer instanceof Promise)) {
      // Kept even when doing it twice did no harm, so that a flag in a declaration is all it takes to change.
      if (!answer.idempotent) this.#remember(key, message).response = answer.bytes;
      return header.d === 1 ? undefined : answer.bytes;
    }
    const entry = this.#remember(key, message);
    return answer.then(({ bytes, idempotent }) => {
      entry.response = bytes;
      if (idempotent && this.#last.get(key) === entry) this.#last.delete(key);
      return header.d === 1 ? undefined : bytes;
    });
  }

  #received(socket: MctpSocket, message: MctpMessage): void {
    const peer: MctpAddress = {
      eid: message.source,
      network: message.network,
      ...(message.source === 0 ? { link: message.link, physicalAddress: message.physicalAddress } : {}),
    };
    const { link, physicalAddress } = message;
    const answer = this.handle(message.payload, peer, { link, physicalAddress });
    if (answer instanceof Promise) void answer.then((bytes) => this.#reply(socket, message, bytes));
    else this.#reply(socket, message, answer);
  }

  #reply(socket: MctpSocket, message: MctpMessage, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) return;
    this.counters.responses++;
    socket.reply(message, bytes).catch((error: Error) => {
      this.counters.errors++;
      this.#logger.warn(`PLDM: an answer was not sent: ${error.message}`);
    });
  }

  #repeated(key: string, message: Uint8Array): Last | undefined {
    const last = this.#last.get(key);
    if (last === undefined || this.clock.now() - last.at > TIMING.instanceIdExpiry) return undefined;
    return sameBytes(last.request, message) ? last : undefined;
  }

  #remember(key: string, request: Uint8Array): Last {
    this.#last.delete(key);
    if (this.#last.size >= (this.#options.maxPeers ?? 64)) this.#last.delete(this.#last.keys().next().value!);
    const last: Last = { request, response: undefined, at: this.clock.now() };
    this.#last.set(key, last);
    return last;
  }

  #dispatch(header: PldmHeader, message: Uint8Array, context: RequestContext): Answer | Promise<Answer> {
    const { pldmType, command: code } = header;
    const found = this.handlers.find(pldmType, code);
    if (found === undefined) {
      const known = this.handlers.hasType(pldmType);
      return bare(header, known ? COMPLETION.ERROR_UNSUPPORTED_PLDM_CMD : COMPLETION.ERROR_INVALID_PLDM_TYPE);
    }
    if (this.#working >= (this.#options.maxConcurrent ?? 64)) {
      this.counters.busy++;
      return bare(header, COMPLETION.ERROR_NOT_READY);
    }
    const { command, handler } = found;
    try {
      const result = handler(decodeRequest(command, message), context);
      if (!(result instanceof Promise)) return this.#encode(command, header, result);
      this.#working++;
      return result.then(
        (fields) => {
          this.#working--;
          return this.#encode(command, header, fields);
        },
        (error: unknown) => {
          this.#working--;
          return this.#failed(command, header, error);
        },
      );
    } catch (error) {
      return this.#failed(command, header, error);
    }
  }

  #encode(command: AnyPldmCommand, header: PldmHeader, fields: HandlerResult<AnyPldmCommand>): Answer {
    try {
      const bytes = encodeResponse(command, header.instanceId, fields as Failure);
      return { bytes, idempotent: command.idempotent };
    } catch (error) {
      return this.#failed(command, header, error);
    }
  }

  /** A request that does not decode, or a handler that threw. */
  #failed(command: AnyPldmCommand, header: PldmHeader, error: unknown): Answer {
    this.counters.errors++;
    if (error instanceof CodecError && error.what === `${command.name} request`) {
      const { ERROR_INVALID_LENGTH, ERROR_INVALID_DATA } = COMPLETION;
      return bare(header, error.reason === 'length' ? ERROR_INVALID_LENGTH : ERROR_INVALID_DATA);
    }
    if (error instanceof CompletionCodeError) return bare(header, error.completionCode);
    this.#logger.error(`PLDM: the handler of ${command.name} failed: ${String(error)}`);
    return bare(header, COMPLETION.ERROR);
  }
}

interface Answer {
  readonly bytes: Uint8Array;
  readonly idempotent: boolean;
}

/** A completion code alone, to any command, known or not. */
function bare({ instanceId, pldmType, command }: PldmHeader, completionCode: number): Answer {
  const header = encodeHeader({ rq: 0, d: 0, instanceId, hdrVer: 0, pldmType, command });
  return { bytes: Uint8Array.of(...header, completionCode), idempotent: true };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
