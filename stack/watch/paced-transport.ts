/** A transport whose requests wait for the share of their wire. Everything else goes through as it is. */

import type { Clock } from '../clock.js';
import { MctpError } from '../errors.js';
import { ForwardingSocket } from '../socket/forwarding-socket.js';
import type { Carrier, MctpAddress, MctpMessage, MctpSocket, RequestOptions, Transport } from '../transport.js';
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

  carrier(to: MctpAddress): Carrier {
    return { transport: this.transport, to };
  }
}

class PacedSocket extends ForwardingSocket {
  constructor(
    inner: MctpSocket,
    private readonly clock: Clock,
    private readonly shareOf: (to: MctpAddress) => BusShare | undefined,
  ) {
    super(inner);
  }

  override async request(to: MctpAddress, payload: Uint8Array, options: RequestOptions = {}): Promise<MctpMessage> {
    const share = this.shareOf(to);
    if (share === undefined) return await this.inner.request(to, payload, options);
    const reserved = await share.enter(options.signal);
    const began = this.clock.now();
    try {
      const answer = await this.inner.request(to, payload, options);
      share.leave(reserved, payload.length + answer.payload.length, this.clock.now() - began);
      return answer;
    } catch (error) {
      const tries = MctpError.is(error, 'ETIMEDOUT') ? (options.retries ?? 0) + 1 : 1;
      share.leave(reserved, payload.length * tries, undefined);
      throw error;
    }
  }
}
