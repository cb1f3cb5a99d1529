/** One way to a device: where messages go, and how well it has done. */

import type { MctpAddress } from '../transport.js';

export interface WayOptions {
  /** The device's endpoint on this way. */
  readonly to: MctpAddress;
  /** For people: `i2c:1/0x1d`. */
  readonly name: string;
  /** Used only while no other way is up. Default false. */
  readonly backup?: boolean;
}

/** `unknown`: not used yet. */
export type WayState = 'unknown' | 'up' | 'down';

/** As RFC 6298 smooths round trips. */
const RTT_SHARE = 1 / 8;
const LOSS_SHARE = 1 / 8;
/** A way that is down is asked again after this, and then after twice as long; ms. */
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 30_000;

export class Way {
  readonly to: MctpAddress;
  readonly name: string;
  state: WayState = 'unknown';
  /** Smoothed; ms. Undefined: nothing was answered yet. */
  rttMs: number | undefined;
  /** Smoothed share of what was not answered: 0 to 1. */
  loss = 0;
  readonly counters = { requests: 0, answers: 0, failures: 0, probes: 0 };
  #backup: boolean;
  #restMs = FIRST_REST_MS;
  /** When it is to be asked again; on the clock of whoever says `failed`. */
  #askAt = 0;

  constructor({ to, name, backup = false }: WayOptions) {
    this.to = to;
    this.name = name;
    this.#backup = backup;
  }

  get backup(): boolean {
    return this.#backup;
  }

  set backup(yes: boolean) {
    this.#backup = yes;
  }

  get usable(): boolean {
    return this.state !== 'down';
  }

  /** Something was answered. True: the way was down, or not known. */
  succeeded(rttMs: number): boolean {
    const before = this.state;
    this.state = 'up';
    this.rttMs = this.rttMs === undefined ? rttMs : this.rttMs + RTT_SHARE * (rttMs - this.rttMs);
    this.loss *= 1 - LOSS_SHARE;
    this.#restMs = FIRST_REST_MS;
    return before !== 'up';
  }

  /** Nothing was answered, and the way may be up all the same. */
  lost(): void {
    this.counters.failures++;
    this.loss += LOSS_SHARE * (1 - this.loss);
  }

  /** It does not carry anything now. True: it did before. */
  failed(now: number): boolean {
    const before = this.state;
    this.lost();
    this.state = 'down';
    this.#askAt = now + this.#restMs;
    this.#restMs = Math.min(2 * this.#restMs, LONGEST_REST_MS);
    return before !== 'down';
  }

  /** It is down, and has rested long enough to be asked whether it is up again. */
  isDue(now: number): boolean {
    return this.state === 'down' && now >= this.#askAt;
  }
}
