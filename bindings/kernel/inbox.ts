/** Messages of a socket on their way to its user: a callback, those who wait, or a bounded queue. */

import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import type { MctpMessage, ReceiveOptions } from '../../stack/transport.js';

export interface InboxLimits {
  readonly socketMessages: number;
  readonly socketBytes: number;
}

interface Reader {
  resolve(message: MctpMessage): void;
  reject(error: MctpError): void;
}

export class Inbox {
  readonly #queue: MctpMessage[] = [];
  readonly #readers: Reader[] = [];
  #bytes = 0;
  #handler: ((message: MctpMessage) => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly limits: InboxLimits,
    /** A handler of the application threw. */
    private readonly failed: (error: unknown) => void,
  ) {}

  /** False: dropped, the queue is full. */
  deliver(message: MctpMessage): boolean {
    if (this.#handler !== undefined) {
      this.#hand(this.#handler, message);
      return true;
    }
    const reader = this.#readers[0];
    if (reader !== undefined) {
      reader.resolve(message);
      return true;
    }
    const bytes = this.#bytes + message.payload.length;
    const { socketMessages, socketBytes } = this.limits;
    if (this.#queue.length >= socketMessages || (bytes > socketBytes && this.#queue.length > 0)) return false;
    this.#queue.push(message);
    this.#bytes = bytes;
    return true;
  }

  receive({ timeoutMs, signal }: ReceiveOptions = {}): Promise<MctpMessage> {
    return new Promise((resolve, reject) => {
      const queued = this.#queue.shift();
      if (queued !== undefined) {
        this.#bytes -= queued.payload.length;
        resolve(queued);
        return;
      }
      const finish = (): void => {
        signal?.removeEventListener('abort', aborted);
        timer?.cancel();
        const index = this.#readers.indexOf(reader);
        if (index >= 0) this.#readers.splice(index, 1);
      };
      const reader: Reader = {
        resolve: (message) => {
          finish();
          resolve(message);
        },
        reject: (error) => {
          finish();
          reject(error);
        },
      };
      const aborted = (): void =>
        reader.reject(new MctpError('ECANCELED', 'cancelled by the caller', { cause: signal?.reason }));
      const tooLate = (): void => reader.reject(new MctpError('ETIMEDOUT', `no message came within ${timeoutMs} ms`));
      const timer = timeoutMs === undefined ? undefined : this.clock.schedule(timeoutMs, tooLate);
      this.#readers.push(reader);
      if (signal?.aborted) aborted();
      else signal?.addEventListener('abort', aborted, { once: true });
    });
  }

  onMessage(handler: ((message: MctpMessage) => void) | undefined): void {
    this.#handler = handler;
    if (handler === undefined) return;
    this.#bytes = 0;
    for (const message of this.#queue.splice(0)) this.#hand(handler, message);
  }

  close(error: MctpError): void {
    for (const reader of [...this.#readers]) reader.reject(error);
    this.#queue.length = 0;
    this.#bytes = 0;
    this.#handler = undefined;
  }

  #hand(handler: (message: MctpMessage) => void, message: MctpMessage): void {
    try {
      handler(message);
    } catch (error) {
      this.failed(error);
    }
  }
}
