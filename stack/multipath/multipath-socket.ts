/** A socket whose messages to a device with several ways take the one that is best, and another one when that is lost. */

import type { Clock, Timer } from '../clock.js';
import { MctpError, type MctpErrorCode } from '../errors.js';
import { ForwardingSocket } from '../socket/forwarding-socket.js';
import type { MctpAddress, MctpMessage, MctpSocket, RequestOptions, SendOptions } from '../transport.js';
import { onAbort } from '../util/abort.js';
import type { MultipathPeer, WayEvent } from './multipath-peer.js';
import type { Way } from './way.js';

export interface MultipathSocketHost {
  readonly clock: Clock;
  peerOf(to: MctpAddress): MultipathPeer | undefined;
  isSame(a: MctpAddress, b: MctpAddress): boolean;
  tell(event: WayEvent): void;
  socketClosed(socket: MultipathSocket): void;
}

/** It is the way that does not carry the message. */
const OF_THE_WAY: readonly MctpErrorCode[] = [
  'ENETDOWN',
  'ENODEV',
  'EHOSTUNREACH',
  'ENACK',
  'EARBITRATION',
  'EBUSSTUCK',
  'EIO',
];
/** A message that was not sent as a request fails so only before it has left. */
const BEFORE: readonly MctpErrorCode[] = ['ENODEV', 'EHOSTUNREACH', 'ENACK', 'EARBITRATION', 'EBUSSTUCK'];
const DEFAULT_TIMEOUT_MS = 1_000;
/** Silence after which the way is asked whether it is up; ms. */
const SUSPECT_MS = 1_000;

/** A tag of `allocateTag` is of one endpoint: what is sent on it takes the way that is named. */
export class MultipathSocket extends ForwardingSocket {
  constructor(
    private readonly host: MultipathSocketHost,
    inner: MctpSocket,
  ) {
    super(inner);
  }

  override async send(to: MctpAddress, payload: Uint8Array, options?: SendOptions): Promise<void> {
    const peer = options?.tag === undefined ? this.host.peerOf(to) : undefined;
    if (peer === undefined) return this.inner.send(to, payload, options);
    const first = this.#wayTo(peer, to);
    const tried = new Set<Way>();
    for (let way = peer.choose(tried, first); ; ) {
      const at = way!;
      tried.add(at);
      at.counters.requests++;
      try {
        await this.inner.send(at.to, payload, options);
        return;
      } catch (error) {
        if (!isOneOf(error, OF_THE_WAY)) throw error;
        peer.failed(at, error.message);
        way = isOneOf(error, BEFORE) ? peer.choose(tried, first) : undefined;
        if (way === undefined) throw error;
        this.#moved(peer, at, way, error.message);
      }
    }
  }

  /** Where the request came from: another way may be another endpoint. */
  override async reply(
    to: MctpMessage,
    payload: Uint8Array,
    options?: Pick<SendOptions, 'integrityCheck' | 'signal'>,
  ): Promise<void> {
    try {
      await this.inner.reply(to, payload, options);
    } catch (error) {
      const from = { eid: to.source, network: to.network };
      const peer = isOneOf(error, OF_THE_WAY) ? this.host.peerOf(from) : undefined;
      const way = peer === undefined ? undefined : this.#wayTo(peer, from);
      if (way !== undefined) peer!.failed(way, (error as MctpError).message);
      throw error;
    }
  }

  /**
   * As `MctpSocket.request`. When the way is lost, the request goes by another one if it is idempotent, or has not left;
   * else it fails with EWAYLOST.
   */
  override async request(to: MctpAddress, payload: Uint8Array, options: RequestOptions = {}): Promise<MctpMessage> {
    const peer = options.tag === undefined ? this.host.peerOf(to) : undefined;
    if (peer === undefined) return this.inner.request(to, payload, options);
    const first = this.#wayTo(peer, to);
    const tried = new Set<Way>();
    for (let way = peer.choose(tried, first); ; ) {
      const at = way!;
      tried.add(at);
      const attempt = new Attempt(this.host.clock, this.inner, peer, at);
      try {
        return await attempt.run(payload, options);
      } catch (error) {
        if (!(await attempt.isLost(error))) throw error;
        const { message } = error as MctpError;
        if (attempt.left && options.idempotent !== true) {
          const what = `the way by ${at.name} was lost (${message}): the device may have done what it was asked`;
          throw new MctpError('EWAYLOST', what, { cause: error });
        }
        way = peer.choose(tried, first);
        if (way === undefined) throw error;
        this.#moved(peer, at, way, message);
      }
    }
  }

  override close(): void {
    super.close();
    this.host.socketClosed(this);
  }

  #wayTo(peer: MultipathPeer, to: MctpAddress): Way | undefined {
    return peer.ways.find((way) => this.host.isSame(way.to, to));
  }

  #moved(peer: MultipathPeer, from: Way, to: Way, reason: string): void {
    this.host.tell({ type: 'moved', uuid: peer.uuid, from, to, reason });
  }
}

/** A request on one way. */
class Attempt {
  /** The device may have the request. */
  left = false;
  #lost: MctpError | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly socket: MctpSocket,
    private readonly peer: MultipathPeer,
    private readonly way: Way,
  ) {}

  async run(payload: Uint8Array, options: RequestOptions): Promise<MctpMessage> {
    const { clock, way, peer } = this;
    const { signal, timeoutMs = DEFAULT_TIMEOUT_MS, onLeft } = options;
    const stop = new AbortController();
    const stopListening = onAbort(signal, () => stop.abort(signal!.reason));
    const start = clock.now();
    way.counters.requests++;
    let timer: Timer | undefined;
    try {
      const asked = this.socket.request(way.to, payload, {
        ...options,
        signal: stop.signal,
        onLeft: () => {
          this.left = true;
          onLeft?.();
        },
      });
      // A device may take its time: silence alone does not say that the way is lost.
      timer = clock.schedule(Math.min(timeoutMs, SUSPECT_MS), () => void this.#suspect(stop));
      const answer = await asked;
      peer.succeeded(way, clock.now() - start);
      return answer;
    } catch (error) {
      throw this.#lost ?? error;
    } finally {
      timer?.cancel();
      stopListening?.();
    }
  }

  /** Is it the way that failed, and not the device? */
  async isLost(error: unknown): Promise<boolean> {
    if (error === this.#lost) return true;
    if (isOneOf(error, OF_THE_WAY)) {
      this.peer.failed(this.way, error.message);
      return true;
    }
    if (!MctpError.is(error, 'ETIMEDOUT')) return false;
    this.way.lost();
    return !(await this.peer.probe(this.way));
  }

  async #suspect(stop: AbortController): Promise<void> {
    if (await this.peer.probe(this.way)) return;
    this.#lost = new MctpError('ETIMEDOUT', `nothing answers by ${this.way.name} any more`);
    stop.abort();
  }
}

function isOneOf(error: unknown, codes: readonly MctpErrorCode[]): error is MctpError {
  return error instanceof MctpError && codes.includes(error.code);
}
