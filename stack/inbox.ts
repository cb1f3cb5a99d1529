/** Messages that wait for their reader, or readers that wait for a message: never both. Bounded; the newest is refused. */

import { onAbort } from './abort.js';
import type { Clock } from './clock.js';
import { MctpError } from './errors.js';
import type { Limits } from './limits.js';
import type { MctpMessage, ReceiveOptions } from './transport.js';

interface Reader {
  resolve(message: MctpMessage): void;
  reject(error: MctpError): void;
}

export class Inbox {
  readonly #queue: MctpMessage[] = [];
  #bytes = 0;
  readonly #readers: Reader[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly limits: Pick<Limits, 'socketMessages' | 'socketBytes'>,
  ) {}

  /** False: there is no room, and the message is lost. */
  put(message: MctpMessage): boolean {
    const reader = this.#readers[0];
    if (reader !== undefined) {
      reader.resolve(message);
      return true;
    }
    const bytes = this.#bytes + message.payload.length;
    const full = this.#queue.length >= this.limits.socketMessages;
    if (full || (bytes > this.limits.socketBytes && this.#queue.length > 0)) return false;
    this.#queue.push(message);
    this.#bytes = bytes;
    return true;
  }

  /** The oldest message, if there is one. */
  take(): MctpMessage | undefined {
    const message = this.#queue.shift();
    if (message !== undefined) this.#bytes -= message.payload.length;
    return message;
  }

  /** The oldest message, or the next one that comes. @throws MctpError ECANCELED when the signal is aborted already */
  read(options: ReceiveOptions, resolve: (message: MctpMessage) => void, reject: (error: MctpError) => void): void {
    const { timeoutMs, signal } = options;
    if (signal?.aborted) throw new MctpError('ECANCELED', 'cancelled by the caller', { cause: signal.reason });
    const message = this.take();
    if (message !== undefined) {
      resolve(message);
      return;
    }
    let removeAbort: (() => void) | undefined;
    const finish = (): void => {
      removeAbort?.();
      timer?.cancel();
      const index = this.#readers.indexOf(reader);
      if (index >= 0) this.#readers.splice(index, 1);
    };
    const reader: Reader = {
      resolve: (found) => {
        finish();
        resolve(found);
      },
      reject: (error) => {
        finish();
        reject(error);
      },
    };
    this.#readers.push(reader);
    const timer =
      timeoutMs === undefined
        ? undefined
        : this.clock.schedule(timeoutMs, () =>
            reader.reject(new MctpError('ETIMEDOUT', `no message came within ${timeoutMs} ms`)),
          );
    removeAbort = onAbort(signal, (error) => reader.reject(error));
  }

  /** Readers get `error`, messages are forgotten. */
  close(error: MctpError): void {
    for (const reader of [...this.#readers]) reader.reject(error);
    this.#queue.length = 0;
    this.#bytes = 0;
  }
}
