/** Requesters take turns: one is served, a few wait, more are sent away. */

import type { Connection } from '../world-network.js';

const MOST_WAITING = 8;

export class RequesterLine {
  readonly #waiting: Connection[] = [];
  #busy = false;

  constructor(
    private readonly serve: (connection: Connection) => Promise<void>,
    /** Told of one that has to wait, or is sent away. */
    private readonly hear: (connection: Connection, what: 'waits' | 'sentAway') => void,
  ) {}

  add(connection: Connection): void {
    if (!this.#busy) {
      void this.#run(connection);
    } else if (this.#waiting.length >= MOST_WAITING) {
      this.hear(connection, 'sentAway');
      connection.close();
    } else {
      this.hear(connection, 'waits');
      this.#waiting.push(connection);
    }
  }

  close(): void {
    for (const connection of this.#waiting.splice(0)) connection.close();
  }

  async #run(first: Connection): Promise<void> {
    this.#busy = true;
    for (let next: Connection | undefined = first; next !== undefined; next = this.#waiting.shift()) {
      await this.serve(next);
    }
    this.#busy = false;
  }
}
