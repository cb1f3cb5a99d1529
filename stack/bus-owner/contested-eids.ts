/**
 * Devices that carry, again and again, an EID which we did not give them: another bus owner numbers them as well. A bus
 * has one (DSP0236 §8.17), so nothing of the protocol settles it. It is told once, and we stop answering blow by blow.
 */

import type { Clock } from '../clock.js';

/** A device may be renumbered once or twice for other reasons: by firmware that starts the machine, or by hand. */
const SEVERAL = 3;
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 300_000;
/** A device that kept our EID for so long stands still: what was before counts no more. */
const STILL_MS = 2 * LONGEST_PAUSE_MS;

interface Contest {
  times: number;
  /** When the device was last given our EID again. */
  at: number;
  /** Until then it keeps the other EID. */
  until: number;
  pauseMs: number;
}

export interface Renumbered {
  /** How often by now, this time included. */
  readonly times: number;
  /** It has become clear just now that this is no accident. */
  readonly isNews: boolean;
  /** ms to leave the device as it is; 0: give it our EID again. */
  readonly waitMs: number;
}

export class ContestedEids {
  readonly #contests = new Map<string, Contest>();

  constructor(private readonly clock: Clock) {}

  /** The device at that place was seen with an EID that is not the one we gave it. */
  seen(place: string): Renumbered {
    const now = this.clock.now();
    for (const [other, { at, until }] of this.#contests) {
      if (now - Math.max(at, until) > STILL_MS) this.#contests.delete(other);
    }
    const before = this.#contests.get(place);
    if (before !== undefined && now < before.until) {
      return { times: before.times, isNews: false, waitMs: before.until - now };
    }
    const contest = before ?? { times: 0, at: now, until: now, pauseMs: 0 };
    this.#contests.set(place, contest);
    // The pause is over: now it is our turn.
    const wasPaused = contest.until > contest.at;
    contest.at = now;
    contest.until = now;
    if (wasPaused) return { times: contest.times, isNews: false, waitMs: 0 };
    contest.times++;
    if (contest.times < SEVERAL) return { times: contest.times, isNews: false, waitMs: 0 };
    const isNews = contest.pauseMs === 0;
    contest.pauseMs = Math.min(isNews ? FIRST_PAUSE_MS : contest.pauseMs * 2, LONGEST_PAUSE_MS);
    contest.until = now + contest.pauseMs;
    return { times: contest.times, isNews, waitMs: contest.pauseMs };
  }
}
