/** Lines of a log, at most so many of one kind in a while: the rest is left out. */

import type { Clock } from '../../stack/clock.js';

const WINDOW_MS = 10_000;
const LINES_PER_WINDOW = 100;

export class RateLimitedLog {
  readonly #kinds = new Map<string, { since: number; lines: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly write: (line: string) => void,
  ) {}

  /** `kind`: a word of ours, of which there are few. */
  say(kind: string, line: string): void {
    const now = this.clock.now();
    let state = this.#kinds.get(kind);
    if (state === undefined || now - state.since >= WINDOW_MS) {
      this.#kinds.set(kind, (state = { since: now, lines: 0 }));
    }
    if (state.lines++ < LINES_PER_WINDOW) this.write(line);
  }
}
