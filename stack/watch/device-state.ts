/** What a watched device is at present, since when, and why it is not watched. */

import type { WatchChange } from './watch-events.js';
import type { WatchState } from './watched-device.js';

export class DeviceState {
  #now: WatchState = 'waiting';
  #since: number;
  #error: string | null = null;

  constructor(
    /** ms since 1970 */
    private readonly time: () => number,
    private readonly tell: (change: WatchChange) => void,
  ) {
    this.#since = time();
  }

  get now(): WatchState {
    return this.#now;
  }

  /** ms since 1970 */
  get since(): number {
    return this.#since;
  }

  /** Null while it is watched or asked. */
  get error(): string | null {
    return this.#error;
  }

  /** `what`: why, for people; '' when there is nothing to say. Told only when it is another state. */
  become(state: WatchState, what: string): void {
    const from = this.#now;
    this.#error = state === 'watched' || state === 'asking' ? null : what;
    if (from === state) return;
    this.#now = state;
    this.#since = this.time();
    this.tell({ kind: 'watchState', from, to: state, what });
  }
}
