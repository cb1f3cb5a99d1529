/** The bus owners of several networks, as one: most machines have one network, and none should have to think of it. */

import {
  type BusOwner,
  type EndpointEvent,
  EndpointEvents,
  type EndpointInfo,
  type EndpointListener,
  type EventReader,
  type EventsOptions,
} from '../stack/bus-owner/index.js';
import type { Clock } from '../stack/clock.js';

export class Owners {
  readonly #events: EndpointEvents;

  constructor(
    readonly all: readonly BusOwner[],
    clock: Clock,
  ) {
    this.#events = new EndpointEvents(clock);
    for (const owner of all) owner.onEvent((event: EndpointEvent) => this.#events.pass(event));
  }

  of(network: number | undefined): BusOwner | undefined {
    return this.all.find((owner) => owner.network === network);
  }

  endpoints(): EndpointInfo[] {
    return this.all.flatMap((owner) => owner.endpoints());
  }

  onEvent(listener: EndpointListener): () => void {
    return this.#events.on(listener);
  }

  events(options?: EventsOptions): EventReader {
    return this.#events.read(options);
  }

  /** From now on look at what is known, and for what is new. */
  monitor(): void {
    for (const owner of this.all) owner.monitor();
  }

  close(): void {
    for (const owner of this.all) owner.close();
    this.#events.close();
  }
}
