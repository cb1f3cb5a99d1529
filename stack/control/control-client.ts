/** The requester of control commands: instance IDs, retries and patience as DSP0236 wants them (§8.17, §11.7). */

import type { Clock } from '../clock.js';
import type { AnyCommand, RequestInput, ResponseFields } from '../codec/index.js';
import { CompletionCodeError, MctpError } from '../errors.js';
import { EID_BROADCAST, MESSAGE_TYPE } from '../ids.js';
import type { MctpAddress, MctpMessage, MctpSocket, Transport } from '../transport.js';
import { throwIfAborted } from '../util/abort.js';
import { wait } from '../util/async.js';
import { COMPLETION, completionCodeName } from './completion-codes.js';
import { controlHeader, decodeControlResponse, encodeControlRequest } from './control-message.js';
import { ControlPeer, peerKey } from './instance-ids.js';

/** DSP0236 §8.17, with the values of the SMBus binding (DSP0237 table 8). */
export const CONTROL_TIMING = {
  /** MT2: time for an answer, per try. */
  timeoutMs: 300,
  /** MN1: tries after the first. */
  retries: 2,
  /** MT4: an instance ID without answer stays out of use for so long, and a request takes no longer. */
  instanceIdExpiryMs: 6000,
  /** Between an ERROR_NOT_READY and the next attempt. */
  notReadyDelayMs: 300,
} as const;

export interface ControlClientOptions {
  readonly clock: Clock;
  /** Per try, ms; default 300. */
  readonly timeoutMs?: number;
  /** Tries after the first; default 2. */
  readonly retries?: number;
  /** Before asking a peer again that was not ready, ms; default 300. */
  readonly notReadyDelayMs?: number;
  /** Least time between the end of one exchange and the start of the next with the same peer, ms; default 0. */
  readonly minGapMs?: number;
  /** Requests that may wait for one peer; more fail with ENOBUFS. Default 32. */
  readonly maxWaiting?: number;
  /** Peers remembered; beyond it idle ones are forgotten. Default 512. */
  readonly maxPeers?: number;
}

export interface ControlRequestOptions {
  /** Per try, ms. Slow devices need more than MT2. */
  readonly timeoutMs?: number;
  readonly retries?: number;
  /** For everything together once it is our turn, ms; default 6000 (MT4), or what the tries take when that is more. */
  readonly totalMs?: number;
  /** Least time since the last exchange with this peer, ms; default that of the client. */
  readonly minGapMs?: number;
  readonly signal?: AbortSignal;
}

export class ControlClient {
  readonly #socket: MctpSocket;
  readonly #clock: Clock;
  readonly #defaults: Required<Omit<ControlClientOptions, 'clock'>>;
  readonly #peers = new Map<string, ControlPeer>();
  #nextFirstId = 0;
  #closed = false;

  /** @throws MctpError EAFNOSUPPORT, EACCES from transports that need the system for a socket */
  constructor(transport: Transport, options: ControlClientOptions) {
    this.#socket = transport.socket();
    this.#clock = options.clock;
    this.#defaults = {
      timeoutMs: options.timeoutMs ?? CONTROL_TIMING.timeoutMs,
      retries: options.retries ?? CONTROL_TIMING.retries,
      notReadyDelayMs: options.notReadyDelayMs ?? CONTROL_TIMING.notReadyDelayMs,
      minGapMs: options.minGapMs ?? 0,
      maxWaiting: options.maxWaiting ?? 32,
      maxPeers: options.maxPeers ?? 512,
    };
  }

  /**
   * Ask, and wait for the answer of a success. One request per peer is under way at a time, others wait their turn.
   * @throws CompletionCodeError when the peer refuses, or is still not ready when the time is over
   * @throws CodecError when the answer does not decode
   * @throws MctpError ETIMEDOUT, EINVAL, ENOBUFS, EBUSY, ECANCELED, and what `MctpSocket.request` throws
   */
  async request<C extends AnyCommand>(
    command: C,
    to: MctpAddress,
    fields: RequestInput<C>,
    options: ControlRequestOptions = {},
  ): Promise<ResponseFields<C>> {
    if (to.eid === EID_BROADCAST) {
      throw new MctpError('EINVAL', `${command.name}: a request goes to one peer; use send for broadcasts`);
    }
    // A bad field fails before anything waits or goes out.
    encodeControlRequest(command, 0, fields);
    const peer = this.#peer(to);
    await peer.turns.enter(options.signal);
    try {
      return await this.#exchange(command, to, fields, options, peer);
    } finally {
      peer.quietSince = this.#clock.now();
      peer.turns.leave();
    }
  }

  /** A datagram: executed and not answered. May be broadcast. @throws as `MctpSocket.send` */
  async send<C extends AnyCommand>(
    command: C,
    to: MctpAddress,
    fields: RequestInput<C>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const instanceId = this.#peer(to).takeInstanceId(this.#clock);
    const payload = encodeControlRequest(command, instanceId, fields, { datagram: true });
    await this.#socket.send(to, payload, { type: MESSAGE_TYPE.control, reply: false, ...options });
  }

  /** End with ECANCELED what is under way or waits. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const peer of this.#peers.values())
      peer.turns.clear(new MctpError('ECANCELED', 'the control client was closed'));
    this.#peers.clear();
    this.#socket.close();
  }

  async #exchange<C extends AnyCommand>(
    command: C,
    to: MctpAddress,
    fields: RequestInput<C>,
    options: ControlRequestOptions,
    peer: ControlPeer,
  ): Promise<ResponseFields<C>> {
    const timeoutMs = options.timeoutMs ?? this.#defaults.timeoutMs;
    const retries = options.retries ?? this.#defaults.retries;
    const totalMs = options.totalMs ?? Math.max(CONTROL_TIMING.instanceIdExpiryMs, timeoutMs * (retries + 1));
    const minGapMs = options.minGapMs ?? this.#defaults.minGapMs;
    await this.#keepGap(peer, minGapMs, options.signal);
    const deadline = this.#clock.now() + totalMs;
    for (;;) {
      const left = deadline - this.#clock.now();
      const tries = Math.max(1, Math.min(retries + 1, Math.floor(left / timeoutMs)));
      const perTry = Math.min(timeoutMs, left);
      const message = await this.#ask(
        command,
        to,
        fields,
        { timeoutMs: perTry, retries: tries - 1, signal: options.signal },
        peer,
      );
      const response = decodeControlResponse(command, message.payload) as ResponseFields<C> & {
        completionCode: number;
      };
      const code = response.completionCode;
      if (command.response.isSuccess(code)) return response;
      const pause = Math.max(1, this.#defaults.notReadyDelayMs, minGapMs);
      if (code !== COMPLETION.notReady || this.#clock.now() + pause >= deadline) {
        const name = completionCodeName(code, command.completionCodes);
        throw new CompletionCodeError(`${command.name} to ${addressText(to)}`, code, name);
      }
      // Answered, so the next attempt is a request of its own: a peer that knows retries would repeat its answer.
      await wait(this.#clock, pause, options.signal);
      this.#checkOpen();
    }
  }

  async #ask<C extends AnyCommand>(
    command: C,
    to: MctpAddress,
    fields: RequestInput<C>,
    options: { readonly timeoutMs: number; readonly retries: number; readonly signal: AbortSignal | undefined },
    peer: ControlPeer,
  ): Promise<MctpMessage> {
    const { timeoutMs, retries, signal } = options;
    const instanceId = peer.takeInstanceId(this.#clock);
    const payload = encodeControlRequest(command, instanceId, fields);
    try {
      return await this.#socket.request(to, payload, {
        type: MESSAGE_TYPE.control,
        timeoutMs,
        retries,
        accept: (message) => isAnswer(message, instanceId, command.code),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      // Other errors say that the request did not go out.
      const mayBeAnswered = MctpError.is(error, 'ETIMEDOUT') || MctpError.is(error, 'ECANCELED');
      if (mayBeAnswered) peer.taint(instanceId, this.#clock.now() + CONTROL_TIMING.instanceIdExpiryMs);
      if (!MctpError.is(error, 'ETIMEDOUT')) throw error;
      const tries = retries === 0 ? '1 try' : `${retries + 1} tries`;
      const what = `${command.name} to ${addressText(to)}: no answer in ${tries} of ${Math.round(timeoutMs)} ms`;
      throw new MctpError('ETIMEDOUT', what, { cause: error });
    }
  }

  async #keepGap(peer: ControlPeer, minGapMs: number, signal: AbortSignal | undefined): Promise<void> {
    const pause = peer.quietSince + minGapMs - this.#clock.now();
    if (pause > 0) await wait(this.#clock, pause, signal);
    throwIfAborted(signal);
    this.#checkOpen();
  }

  #checkOpen(): void {
    if (this.#closed) throw new MctpError('ECANCELED', 'the control client was closed');
  }

  #peer(to: MctpAddress): ControlPeer {
    if (this.#closed) throw new MctpError('ENOTCONN', 'the control client is closed');
    const key = peerKey(to);
    let peer = this.#peers.get(key);
    if (peer === undefined) {
      if (this.#peers.size >= this.#defaults.maxPeers) this.#forgetIdlePeers();
      // Peers that turn out to be the same device do not get the same IDs.
      peer = new ControlPeer(this.#defaults.maxWaiting, this.#nextFirstId++);
      this.#peers.set(key, peer);
    }
    return peer;
  }

  #forgetIdlePeers(): void {
    const now = this.#clock.now();
    for (const [key, peer] of this.#peers) if (peer.forgettable(now, this.#defaults.minGapMs)) this.#peers.delete(key);
    if (this.#peers.size >= this.#defaults.maxPeers) {
      throw new MctpError('ENOBUFS', `requests to ${this.#defaults.maxPeers} peers are under way already`);
    }
  }
}

function isAnswer(message: MctpMessage, instanceId: number, command: number): boolean {
  const header = controlHeader(message.payload);
  return (
    header !== undefined &&
    header.rq === 0 &&
    header.d === 0 &&
    header.instanceId === instanceId &&
    header.command === command
  );
}

function addressText(to: MctpAddress): string {
  if (to.link === undefined) return to.network === undefined ? `EID ${to.eid}` : `EID ${to.network}:${to.eid}`;
  const place =
    to.physicalAddress === undefined || to.physicalAddress === '' ? to.link : `${to.link}/0x${to.physicalAddress}`;
  return to.eid === 0 ? place : `EID ${to.eid} at ${place}`;
}
