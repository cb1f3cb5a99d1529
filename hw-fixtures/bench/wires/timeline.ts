/**
 * The time of one wire. A wire's events fall on exact times; timers of the real clock fire up to some milliseconds late.
 * Events run in order with `now` standing at their exact time, so that what follows from one starts where it should have
 * and the wire keeps its bit rate; those that have fallen due in between run in the same turn.
 */

import type { Clock, Timer } from '../../../stack/clock.js';

/** A wire that is further behind (the process slept) does not catch up with more than this. */
const LONGEST_LAG_MS = 20;
/** Sums of fractions of milliseconds differ in their last digits. */
const EPSILON_MS = 1e-9;

interface Entry {
  readonly at: number;
  readonly callback: () => void;
}

export class Timeline {
  readonly #clock: Clock;
  /** By time, equal times in the order they were set. */
  readonly #entries: Entry[] = [];
  #timer: Timer | undefined;
  #armedFor = Number.NaN;
  #runningAt: number | undefined;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Time on the wire, ms. */
  now(): number {
    return this.#runningAt ?? this.#clock.now();
  }

  /** Call back at `time`, or when the caller has returned if that is past. */
  at(time: number, callback: () => void): Timer {
    const entry: Entry = { at: Math.max(time, this.now()), callback };
    if (this.#closed) return { cancel: () => {} };
    let index = this.#entries.length;
    while (index > 0 && this.#entries[index - 1]!.at > entry.at) index--;
    this.#entries.splice(index, 0, entry);
    this.#arm();
    return {
      cancel: () => {
        const at = this.#entries.indexOf(entry);
        if (at < 0) return;
        this.#entries.splice(at, 1);
        this.#arm();
      },
    };
  }

  /** Nothing happens any more. */
  close(): void {
    this.#closed = true;
    this.#entries.length = 0;
    this.#arm();
  }

  #arm(): void {
    if (this.#runningAt !== undefined) return;
    const next = this.#entries[0]?.at;
    if (next === this.#armedFor && this.#timer !== undefined) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (next === undefined) return;
    this.#armedFor = next;
    this.#timer = this.#clock.schedule(next - this.#clock.now(), () => this.#run(next));
  }

  #run(due: number): void {
    this.#timer = undefined;
    const real = this.#clock.now();
    const until = Math.max(due, real) + EPSILON_MS;
    try {
      while (this.#entries.length > 0 && this.#entries[0]!.at <= until) {
        const entry = this.#entries.shift()!;
        this.#runningAt = Math.max(entry.at, real - LONGEST_LAG_MS);
        entry.callback();
      }
    } finally {
      this.#runningAt = undefined;
      this.#arm();
    }
  }
}
