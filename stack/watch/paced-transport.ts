/** A transport whose requests wait for the share of their wire. Everything else goes through as it is. */

import type { Clock } from '../clock.js';
import { MctpError } from '../errors.js';
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
  Transport,
} from '../transport.js';
import type { BusShare } from './bus-share.js';

export class PacedTransport implements Transport {
  constructor(
    private readonly transport: Transport,
    private readonly clock: Clock,
    /** The wire of an address; undefined: it need not wait. */
    private readonly shareOf: (to: MctpAddress) => BusShare | undefined,
  ) {}

  socket(): MctpSocket {
    return new PacedSocket(this.transport.socket(), this.clock, this.shareOf);
  }

  peerKey(to: MctpAddress): string {
    return this.transport.peerKey(to);
  }
}

class PacedSocket implements MctpSocket {
  constructor(
    private readonly socket: MctpSocket,
    private readonly clock: Clock,
    private readonly shareOf: (to: MctpAddress) => BusShare | undefined,
  ) {}

  get counters(): SocketCounters {
    return this.socket.counters;
  }

  async request(to: MctpAddress, payload: Uint8Array, options: RequestOptions = {}): Promise<MctpMessage> {
    const share = this.shareOf(to);
    if (share === undefined) return await this.socket.request(to, payload, options);
    const reserved = await share.enter(options.signal);
    const began = this.clock.now();
    try {
      const answer = await this.socket.request(to, payload, options);
      share.leave(reserved, payload.length + answer.payload.length, this.clock.now() - began);
      return answer;
    } catch (error) {
      const tries = MctpError.is(error, 'ETIMEDOUT') ? (options.retries ?? 0) + 1 : 1;
      share.leave(reserved, payload.length * tries, undefined);
      throw error;
    }
  }

  bind(address: BindAddress): void {
    this.socket.bind(address);
  }

  connect(peer: { readonly eid: number; readonly network?: number; readonly type: number }): void {
    this.socket.connect(peer);
  }

  send(to: MctpAddress, payload: Uint8Array, options?: SendOptions): Promise<void> {
    return this.socket.send(to, payload, options);
  }

  reply(to: MctpMessage, payload: Uint8Array, options?: Pick<SendOptions, 'integrityCheck' | 'signal'>): Promise<void> {
    return this.socket.reply(to, payload, options);
  }

  receive(options?: ReceiveOptions): Promise<MctpMessage> {
    return this.socket.receive(options);
  }

  onMessage(handler: ((message: MctpMessage) => void) | undefined): void {
    this.socket.onMessage(handler);
  }

  allocateTag(peer: MctpAddress): AllocatedTag {
    return this.socket.allocateTag(peer);
  }

  releaseTag(tag: AllocatedTag): void {
    this.socket.releaseTag(tag);
  }

  close(): void {
    this.socket.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<MctpMessage> {
    return this.socket[Symbol.asyncIterator]();
  }
}
