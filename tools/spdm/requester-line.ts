/** Requesters take turns: one is served, a few wait, more are sent away. */

import { Line } from '../../stack/util/line.js';
import type { Connection } from '../world-network.js';

const MOST_WAITING = 8;

export class RequesterLine {
  readonly #waiting = new Line<Connection>(MOST_WAITING, 'requesters wait');
  #busy = false;

  constructor(
    private readonly serve: (connection: Connection) => Promise<void>,
    /** Told of one that has to wait, or is sent away. */
    private readonly hear: (connection: Connection, what: 'waits' | 'sentAway') => void,
  ) {}

  add(connection: Connection): void {
    if (!this.#busy) {
      void this.#run(connection);
    } else if (this.#waiting.isFull) {
      this.hear(connection, 'sentAway');
      connection.close();
    } else {
      this.hear(connection, 'waits');
      this.#waiting.join(connection);
    }
  }

  close(): void {
    for (const connection of this.#waiting.clear()) connection.close();
  }

  async #run(first: Connection): Promise<void> {
    this.#busy = true;
    for (let next: Connection | undefined = first; next !== undefined; next = this.#waiting.shift()) {
      await this.serve(next);
    }
    this.#busy = false;
  }
}
