/** Lines of a log: as much as its level asks for, and at most so many of one kind in a while; the rest is counted. */

import type { Clock } from '../../stack/clock.js';

export const LOG_LEVELS = ['error', 'warning', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Events which are not `info`. */
const LEVELS: Readonly<Record<string, LogLevel>> = {
  policyFailed: 'warning',
  demuxFailed: 'warning',
  notKept: 'error',
  loss: 'warning',
  linkDown: 'warning',
  /** The server tells it once already, as what happens to its links. */
  linkPath: 'debug',
  // The server itself tells those.
  endpointFound: 'debug',
  endpointLost: 'debug',
  endpointChanged: 'debug',
  bound: 'debug',
  unbound: 'debug',
  trace: 'debug',
};

const WINDOW_MS = 10_000;
const LINES_PER_WINDOW = 100;

export function levelOf(event: string): LogLevel {
  return LEVELS[event] ?? 'info';
}

export class RateLimitedLog {
  readonly #kinds = new Map<string, { since: number; lines: number }>();

  /** `left`: lines of a kind which were left out, told when the next one is written, or at the end. */
  constructor(
    private readonly clock: Clock,
    private readonly most: LogLevel,
    private readonly write: (line: string) => void,
    private readonly left: (kind: string, lines: number) => void,
  ) {}

  /** `kind`: a word of ours, of which there are few. */
  say(kind: string, level: LogLevel, line: () => string): void {
    if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(this.most)) return;
    const now = this.clock.now();
    let state = this.#kinds.get(kind);
    if (state === undefined || now - state.since >= WINDOW_MS) {
      if (state !== undefined) this.#tellLeft(kind, state.lines);
      this.#kinds.set(kind, (state = { since: now, lines: 0 }));
    }
    if (state.lines++ < LINES_PER_WINDOW) this.write(line());
  }

  /** No more lines come. */
  end(): void {
    for (const [kind, { lines }] of this.#kinds) this.#tellLeft(kind, lines);
    this.#kinds.clear();
  }

  #tellLeft(kind: string, lines: number): void {
    if (lines > LINES_PER_WINDOW) this.left(kind, lines - LINES_PER_WINDOW);
  }
}
