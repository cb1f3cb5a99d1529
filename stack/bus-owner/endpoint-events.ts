/** The one stream of events about endpoints, for tools and applications: by callback, or as something to iterate. */

import type { Clock } from '../clock.js';
import type { MctpError } from '../errors.js';
import { onAbort } from '../util/abort.js';
import { Emitter } from '../util/emitter.js';
import { Line } from '../util/line.js';
import { throwLater } from '../util/throw-later.js';
import type { EndpointInfo } from './endpoint-registry.js';

/** What can happen to endpoints. */
export type EndpointChange =
  | { readonly type: 'appeared'; readonly endpoint: EndpointInfo }
  /** It is the same device, and something about it is not as it was. */
  | { readonly type: 'changed'; readonly endpoint: EndpointInfo; readonly what: string }
  /** Silent, but not given up yet. */
  | { readonly type: 'degraded'; readonly endpoint: EndpointInfo; readonly reason: string }
  | { readonly type: 'recovered'; readonly endpoint: EndpointInfo; readonly what: string }
  | { readonly type: 'vanished'; readonly endpoint: EndpointInfo; readonly reason: string }
  /** Two devices claim the same, one does not do as it was told, or another bus owner gives it EIDs, too. */
  | { readonly type: 'conflict'; readonly place: string; readonly what: string; readonly error?: MctpError };

/** With the time of the bus owner's clock, ms. */
export type EndpointEvent = EndpointChange & { readonly at: number };

export type EndpointListener = (event: EndpointEvent) => void;

export interface EventsOptions {
  readonly signal?: AbortSignal;
  /** Events kept for a reader that is slow; beyond it the oldest are lost and counted. Default 1024. */
  readonly limit?: number;
}

export class EndpointEvents {
  readonly #listeners = new Emitter<{ event: EndpointEvent }>(throwLater);
  readonly #readers = new Set<EventReader>();
  #closed = false;

  constructor(private readonly clock: Clock) {}

  emit(change: EndpointChange): void {
    this.pass({ ...change, at: this.clock.now() });
  }

  /** An event of somebody else's goes on to our listeners. */
  pass(event: EndpointEvent): void {
    if (this.#closed) return;
    this.#listeners.emit('event', event);
  }

  /** Returns how to stop. */
  on(listener: EndpointListener): () => void {
    return this.#listeners.on('event', listener);
  }

  /** From now on until the signal, `return`, or the end of the bus owner. */
  read(options: EventsOptions = {}): EventReader {
    let stopListening: (() => void) | undefined;
    const reader = new EventReader(options.limit ?? 1024, () => {
      stop();
      stopListening?.();
      this.#readers.delete(reader);
    });
    const stop = this.on((event) => reader.push(event));
    this.#readers.add(reader);
    if (this.#closed || options.signal?.aborted === true) reader.end();
    else stopListening = onAbort(options.signal, () => reader.end());
    return reader;
  }

  close(): void {
    this.#closed = true;
    for (const reader of [...this.#readers]) reader.end();
    this.#listeners.clear();
  }
}

/** Events in the order they happened. */
export class EventReader implements AsyncIterableIterator<EndpointEvent> {
  /** Events lost because nobody read them in time. */
  missed = 0;
  readonly #queue: EndpointEvent[] = [];
  readonly #waiting: Line<(result: IteratorResult<EndpointEvent>) => void>;
  #ended = false;

  constructor(
    readonly limit: number,
    private readonly onEnd: () => void,
  ) {
    this.#waiting = new Line(limit, 'readers wait for events');
  }

  push(event: EndpointEvent): void {
    if (this.#ended) return;
    const reader = this.#waiting.shift();
    if (reader !== undefined) {
      reader({ value: event, done: false });
      return;
    }
    this.#queue.push(event);
    if (this.#queue.length > this.limit) {
      this.#queue.shift();
      this.missed++;
    }
  }

  /** What is queued can still be read. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.onEnd();
    for (const reader of this.#waiting.clear()) reader({ value: undefined, done: true });
  }

  async next(): Promise<IteratorResult<EndpointEvent>> {
    const event = this.#queue.shift();
    if (event !== undefined) return { value: event, done: false };
    if (this.#ended) return { value: undefined, done: true };
    return new Promise((resolve) => this.#waiting.join(resolve));
  }

  async return(): Promise<IteratorResult<EndpointEvent>> {
    this.#queue.length = 0;
    this.end();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
