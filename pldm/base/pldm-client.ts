/** PLDM requests over any message-level transport: instance ids, retries, timing, matching (DSP0240 §7, DSP0241). */

import type { Clock } from '../../stack/clock.js';
import type { RequestInput, ResponseFields } from '../../stack/codec/index.js';
import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import type { MctpAddress, MctpSocket, Transport } from '../../stack/transport.js';
import { wait } from '../../stack/util/async.js';
import { Lane, type LaneLimits } from './lane.js';
import { type AnyPldmCommand, decodeResponse, encodeRequest, type ResponseOf } from './pldm-command.js';
import { COMPLETION, completionCodeName } from './pldm-completion-codes.js';
import { answers } from './pldm-header.js';
import { TIMING } from './pldm-timing.js';

export interface CallOptions {
  /** PT2: wait for an answer after each try; ms, default 2000. DSP0240 allows 300 to 4800. */
  readonly timeoutMs?: number;
  /** PN1: tries after the first, with the same instance id and bytes; default 2. */
  readonly retries?: number;
  /** How often to ask again, with a new id, after ERROR_NOT_READY; default 5. */
  readonly notReadyRetries?: number;
  /** Wait before asking again; ms, default 500. */
  readonly notReadyDelayMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface PldmClientOptions extends Omit<CallOptions, 'signal'>, Partial<LaneLimits> {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Responders remembered; default 1024. Idle ones are forgotten first. */
  readonly maxPeers?: number;
}

export interface PldmClientCounters {
  requests: number;
  responses: number;
  /** Answers of the wrong instance id, type or command, on the right tag. */
  mismatched: number;
  undecodable: number;
  timeouts: number;
  notReady: number;
}

/** One string per responder. */
export function peerKey(peer: MctpAddress): string {
  return `${peer.network ?? ''}/${peer.eid}/${peer.link ?? ''}/${peer.physicalAddress ?? ''}`;
}

/**
 *     const client = new PldmClient({ transport, clock });
 *     const { tid } = await client.call({ eid: 9 }, GetTID, {});
 */
export class PldmClient {
  readonly clock: Clock;
  readonly counters: PldmClientCounters = {
    requests: 0,
    responses: 0,
    mismatched: 0,
    undecodable: 0,
    timeouts: 0,
    notReady: 0,
  };
  readonly #socket: MctpSocket;
  readonly #limits: LaneLimits;
  readonly #lanes = new Map<string, Lane>();
  readonly #options: PldmClientOptions;

  constructor(options: PldmClientOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.#socket = options.transport.socket();
    this.#limits = {
      outstanding: options.outstanding ?? 1,
      waiting: options.waiting ?? 256,
      minGapMs: options.minGapMs ?? 0,
      idExpiryMs: options.idExpiryMs ?? TIMING.instanceIdExpiry,
    };
  }

  /**
   * Ask, and take whatever completion code comes.
   * @throws MctpError ETIMEDOUT, ECANCELED, EINVAL, and those of the transport; CodecError when the answer is malformed
   */
  async exchange<C extends AnyPldmCommand>(
    peer: MctpAddress,
    command: C,
    fields: RequestInput<C>,
    options: CallOptions = {},
  ): Promise<ResponseOf<C>> {
    const repeats = options.notReadyRetries ?? this.#options.notReadyRetries ?? 5;
    for (let attempt = 0; ; attempt++) {
      const response = await this.#once(peer, command, fields, options);
      if (response.completionCode !== COMPLETION.ERROR_NOT_READY || attempt >= repeats) return response;
      this.counters.notReady++;
      await wait(this.clock, options.notReadyDelayMs ?? this.#options.notReadyDelayMs ?? 500, options.signal);
    }
  }

  /** Ask, and get the fields of a success. @throws CompletionCodeError for any other code, and all of `exchange` */
  async call<C extends AnyPldmCommand>(
    peer: MctpAddress,
    command: C,
    fields: RequestInput<C>,
    options: CallOptions = {},
  ): Promise<ResponseFields<C>> {
    const response = await this.exchange(peer, command, fields, options);
    const { completionCode } = response;
    if (command.response.isSuccess(completionCode)) return response as ResponseFields<C>;
    throw new CompletionCodeError(command.name, completionCode, completionCodeName(completionCode, command));
  }

  /** Send a request that nobody answers (d = 1). */
  async datagram<C extends AnyPldmCommand>(
    peer: MctpAddress,
    command: C,
    fields: RequestInput<C>,
    signal?: AbortSignal,
  ): Promise<void> {
    const message = encodeRequest(command, 0, fields, { datagram: true });
    await this.#socket.send(peer, message, {
      type: MESSAGE_TYPE.pldm,
      reply: false,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** Cancel what is under way: it fails with ECANCELED. */
  close(): void {
    const error = new MctpError('ECANCELED', 'the PLDM client was closed');
    for (const lane of this.#lanes.values()) lane.close(error);
    this.#lanes.clear();
    this.#socket.close();
  }

  async #once<C extends AnyPldmCommand>(
    peer: MctpAddress,
    command: C,
    fields: RequestInput<C>,
    options: CallOptions,
  ): Promise<ResponseOf<C>> {
    const { signal } = options;
    const lane = this.#lane(peer);
    const instanceId = await lane.enter(signal);
    // Until the request is known to be answered, or never sent, its id rests.
    let rest = false;
    try {
      const message = encodeRequest(command, instanceId, fields);
      const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs ?? TIMING.retryWait;
      const retries = options.retries ?? this.#options.retries ?? TIMING.retries;
      const expected = { instanceId, pldmType: command.pldmType, command: command.code };
      this.counters.requests++;
      rest = true;
      const reply = await this.#socket.request(peer, message, {
        type: MESSAGE_TYPE.pldm,
        timeoutMs,
        retries,
        totalTimeoutMs: Math.max(60_000, 2 * timeoutMs * (retries + 1)),
        accept: ({ payload }) => {
          const matches = answers(payload, expected);
          if (!matches) this.counters.mismatched++;
          return matches;
        },
        ...(signal === undefined ? {} : { signal }),
      });
      rest = false;
      this.counters.responses++;
      return this.#decode(command, reply.payload);
    } catch (error) {
      if (MctpError.is(error, 'ETIMEDOUT')) {
        this.counters.timeouts++;
        throw new MctpError('ETIMEDOUT', `${command.name}: ${error.message}`, { cause: error });
      }
      throw error;
    } finally {
      lane.leave(instanceId, rest);
    }
  }

  #decode<C extends AnyPldmCommand>(command: C, payload: Uint8Array): ResponseOf<C> {
    try {
      return decodeResponse(command, payload);
    } catch (error) {
      this.counters.undecodable++;
      throw error;
    }
  }

  #lane(peer: MctpAddress): Lane {
    const key = peerKey(peer);
    let lane = this.#lanes.get(key);
    if (lane !== undefined) return lane;
    if (this.#lanes.size >= (this.#options.maxPeers ?? 1024)) this.#forgetIdle();
    lane = new Lane(this.clock, this.#limits);
    this.#lanes.set(key, lane);
    return lane;
  }

  #forgetIdle(): void {
    for (const [key, lane] of this.#lanes) if (lane.idle) this.#lanes.delete(key);
    if (this.#lanes.size >= (this.#options.maxPeers ?? 1024)) {
      throw new MctpError('ENOBUFS', `requests to ${this.#lanes.size} PLDM responders are under way already`);
    }
  }
}
