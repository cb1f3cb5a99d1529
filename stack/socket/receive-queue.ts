/**
 * Messages of a socket on their way to its user: to a callback, to a reader which waits, or into a bounded queue. When that is
 * full the newest message is refused.
 */

import type { Clock } from '../clock.js';
import { MctpError } from '../errors.js';
import type { Limits } from '../limits.js';
import type { MctpMessage, ReceiveOptions } from '../transport.js';
import { Line, type PromisedTurn, waitInLine } from '../util/line.js';

export type MessageHandler = (message: MctpMessage) => void;

export class ReceiveQueue {
  readonly #queue: MctpMessage[] = [];
  #bytes = 0;
  readonly #readers: Line<PromisedTurn<MctpMessage>>;
  #handler: MessageHandler | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly limits: Pick<Limits, 'socketMessages' | 'socketBytes' | 'waiters'>,
    /** A handler of the application threw: not the wire's fault, not to be lost. */
    private readonly failed: (error: unknown) => void,
  ) {
    this.#readers = new Line(() => limits.waiters, 'readers wait for a message');
  }

  /** False: there is no room, and the message is lost. Never throws. */
  deliver(message: MctpMessage): boolean {
    // While the handler is given what is queued, what comes goes behind it.
    if (this.#handler !== undefined && this.#queue.length === 0) {
      this.#hand(this.#handler, message);
      return true;
    }
    const reader = this.#readers.first;
    if (reader !== undefined) {
      reader.grant(message);
      return true;
    }
    const bytes = this.#bytes + message.payload.length;
    const full = this.#queue.length >= this.limits.socketMessages;
    if (full || (bytes > this.limits.socketBytes && this.#queue.length > 0)) return false;
    this.#queue.push(message);
    this.#bytes = bytes;
    return true;
  }

  /** The oldest message, or the next one that comes. @throws MctpError ETIMEDOUT, ECANCELED, ENOBUFS, by rejection */
  receive({ timeoutMs, signal }: ReceiveOptions = {}): Promise<MctpMessage> {
    const message = signal?.aborted ? undefined : this.#take();
    if (message !== undefined) return Promise.resolve(message);
    if (timeoutMs === undefined) return waitInLine(this.#readers, signal);
    return waitInLine(this.#readers, signal, (reader) => {
      const tooLate = (): void => reader.fail(new MctpError('ETIMEDOUT', `no message came within ${timeoutMs} ms`));
      return this.clock.schedule(timeoutMs, tooLate);
    });
  }

  /** From now on, and first what is queued, to the handler; undefined: into the queue again. */
  onMessage(handler: MessageHandler | undefined): void {
    this.#handler = handler;
    if (handler === undefined) return;
    // The handler may close the socket, or take itself away.
    while (this.#handler === handler) {
      const message = this.#take();
      if (message === undefined) return;
      this.#hand(handler, message);
    }
  }

  /** Readers get an `error` each, messages are forgotten. */
  close(error: () => MctpError): void {
    this.#handler = undefined;
    for (const reader of this.#readers.clear()) reader.fail(error());
    this.#queue.length = 0;
    this.#bytes = 0;
  }

  #take(): MctpMessage | undefined {
    const message = this.#queue.shift();
    if (message !== undefined) this.#bytes -= message.payload.length;
    return message;
  }

  #hand(handler: MessageHandler, message: MctpMessage): void {
    try {
      handler(message);
    } catch (error) {
      this.failed(error);
    }
  }
}
