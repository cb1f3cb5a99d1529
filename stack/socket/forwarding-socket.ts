/** A socket that passes everything on to another one: what wraps a socket writes only what it does differently. */

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
} from '../transport.js';

export abstract class ForwardingSocket implements MctpSocket {
  constructor(protected readonly inner: MctpSocket) {}

  get counters(): SocketCounters {
    return this.inner.counters;
  }

  request(to: MctpAddress, payload: Uint8Array, options?: RequestOptions): Promise<MctpMessage> {
    return this.inner.request(to, payload, options);
  }

  bind(address: BindAddress): void {
    this.inner.bind(address);
  }

  connect(peer: { readonly eid: number; readonly network?: number; readonly type: number }): void {
    this.inner.connect(peer);
  }

  send(to: MctpAddress, payload: Uint8Array, options?: SendOptions): Promise<void> {
    return this.inner.send(to, payload, options);
  }

  reply(to: MctpMessage, payload: Uint8Array, options?: Pick<SendOptions, 'integrityCheck' | 'signal'>): Promise<void> {
    return this.inner.reply(to, payload, options);
  }

  receive(options?: ReceiveOptions): Promise<MctpMessage> {
    return this.inner.receive(options);
  }

  onMessage(handler: ((message: MctpMessage) => void) | undefined): void {
    this.inner.onMessage(handler);
  }

  allocateTag(peer: MctpAddress): AllocatedTag {
    return this.inner.allocateTag(peer);
  }

  releaseTag(tag: AllocatedTag): void {
    this.inner.releaseTag(tag);
  }

  close(): void {
    this.inner.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<MctpMessage> {
    return this.inner[Symbol.asyncIterator]();
  }
}
