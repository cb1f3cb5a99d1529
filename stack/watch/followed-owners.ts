/** The bus owners whose endpoints somebody manages, as they find and lose them. */

import type { BusOwner } from '../bus-owner/index.js';
import type { WatchedEndpoint } from './watched-device.js';

export interface EndpointManager {
  /** It is there, or something about it is another. */
  put(endpoint: WatchedEndpoint): void;
  /** It does not answer, and may again. */
  degraded(endpoint: WatchedEndpoint): void;
  /** It is gone. */
  remove(endpoint: WatchedEndpoint): void;
}

export class FollowedOwners {
  readonly #stops = new Set<() => void>();

  constructor(private readonly manager: EndpointManager) {}

  /** Manage what the owner has found, and what it finds from now on; returns how to stop. */
  follow(owner: BusOwner): () => void {
    for (const endpoint of owner.endpoints()) this.manager.put(endpoint);
    const unlisten = owner.onEvent((event) => {
      if (event.type === 'conflict') return;
      if (event.type === 'vanished') this.manager.remove(event.endpoint);
      else if (event.type === 'degraded') this.manager.degraded(event.endpoint);
      else this.manager.put(event.endpoint);
    });
    const stop = (): void => {
      unlisten();
      this.#stops.delete(stop);
    };
    this.#stops.add(stop);
    return stop;
  }

  close(): void {
    for (const stop of [...this.#stops]) stop();
  }
}
