/** Notices when a line falls silent in the middle of a frame. */

import type { Clock, Timer } from '../../stack/clock.js';

/** A busy process sees its timers before the bytes that came while it was busy; this long after, it has seen those too. */
const GRACE_MS = 1;

export class IdleWatch {
  readonly #clock: Clock;
  readonly #gapMs: number;
  readonly #idle: () => void;
  #timer: Timer | undefined;
  #inFrame = false;
  #lastAt = 0;
  #grace = false;

  /** `idle` is called once per silence of `gapMs` inside a frame. */
  constructor(clock: Clock, gapMs: number, idle: () => void) {
    this.#clock = clock;
    this.#gapMs = gapMs;
    this.#idle = idle;
  }

  /** Bytes came, and left the receiver in a frame or between frames. */
  bytes(inFrame: boolean): void {
    this.#inFrame = inFrame;
    if (!inFrame) return;
    this.#lastAt = this.#clock.now();
    this.#grace = false;
    // One timer for many frames: it looks at the time when it is due.
    if (this.#timer === undefined && this.#gapMs !== Number.POSITIVE_INFINITY) this.#arm(this.#gapMs);
  }

  stop(): void {
    this.#inFrame = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(delayMs: number): void {
    this.#timer = this.#clock.schedule(delayMs, () => {
      this.#timer = undefined;
      if (!this.#inFrame) return;
      const left = this.#lastAt + this.#gapMs - this.#clock.now();
      if (left > 0) {
        this.#arm(left);
      } else if (!this.#grace) {
        this.#grace = true;
        this.#arm(GRACE_MS);
      } else {
        this.#inFrame = false;
        this.#idle();
      }
    });
  }
}
