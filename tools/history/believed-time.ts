/**
 * The time by which the age of what is recorded is told. A machine without a battery for its clock begins in 1970, or where it
 * was when it was switched off, until the network tells it; a wrong server of time may set it ahead by years for a minute. So a
 * time of day which is far from where it should be is not believed until it has stayed there, by the clock which only
 * counts, for a day of running.
 */

const DAY_MS = 86_400_000;
/** Nothing was recorded before there was this program: what has an earlier time is from a clock which was not set. */
export const EARLIEST_MS = Date.UTC(2025, 0, 1);
/** Sleep, and a correction, are less. */
export const FAR_MS = DAY_MS;
const STEADY_MS = DAY_MS;
/** What a service of time corrects by small steps is less. */
const JUMP_MS = 60_000;

export interface TimeOfDay {
  /** By how much it jumped since the last look, ms; 0: it did not. */
  readonly jumpMs: number;
  /** It is believed now, and was not at the last look. */
  readonly isSettled: boolean;
}

export class BelievedTime {
  #believed: number;
  /** For how long the time of day has been another one, steadily; ms. */
  #doubtMs = 0;
  #clockAt: number;
  #wall: number;

  /**
   * `clockMs`: of the clock which only counts. `wall`: the time of day, ms since 1970. `recorded`: the latest that was recorded
   * before; undefined: nothing was. `kept`: the text of `kept` of a run before.
   */
  constructor(clockMs: number, wall: number, recorded: number | undefined, kept: string | undefined) {
    this.#clockAt = clockMs;
    this.#wall = wall;
    const [, believed, doubt] = /^(-?\d{1,15}) (\d{1,15})$/.exec(kept ?? '') ?? [];
    this.#believed = believed === undefined ? (recorded ?? wall) : Number(believed);
    if (doubt !== undefined) this.#doubtMs = Number(doubt);
  }

  look(clockMs: number, wall: number): TimeOfDay {
    const elapsed = clockMs - this.#clockAt;
    const change = wall - this.#wall - elapsed;
    const jumpMs = Math.abs(change) > JUMP_MS ? change : 0;
    const wasDoubted = this.isDoubted;
    this.#clockAt = clockMs;
    this.#wall = wall;
    this.#believed += elapsed;
    if (this.isDoubted) this.#doubtMs = jumpMs === 0 ? this.#doubtMs + elapsed : 0;
    if (!this.isDoubted || this.#doubtMs >= STEADY_MS) {
      this.#believed = wall;
      this.#doubtMs = 0;
    }
    return { jumpMs, isSettled: wasDoubted && !this.isDoubted && jumpMs === 0 };
  }

  /** By how much the time of day is ahead of what is believed; ms. */
  get aheadMs(): number {
    return this.#wall - this.#believed;
  }

  get isDoubted(): boolean {
    return Math.abs(this.aheadMs) > FAR_MS;
  }

  /** What is older than so much before this is old: rather too little than too much. ms since 1970. */
  get forAges(): number {
    return Math.min(this.#believed, this.#wall);
  }

  /** What has a later time was recorded while the time of day was wrong. */
  get latest(): number {
    return this.#believed + FAR_MS;
  }

  /** For the next run. */
  get kept(): string {
    return `${Math.round(this.#believed)} ${Math.round(this.#doubtMs)}`;
  }
}

/** What a look says, in words; undefined: nothing. */
export function wordsOfLook({ jumpMs, isSettled }: TimeOfDay, isDoubted: boolean): string | undefined {
  if (isSettled) return 'the time of day has stayed for a day as it is: old readings are forgotten by it again';
  if (jumpMs === 0) return undefined;
  const span = spanText(Math.abs(jumpMs));
  if (jumpMs < 0) return `the time of day went back by ${span}: what was recorded just before has later times`;
  const sleep = `the time of day went ahead by ${span}`;
  return isDoubted ? `${sleep}: until it has stayed so for a day, nothing is forgotten by it` : sleep;
}

/** What a start says. */
export function wordsOfStart(time: BelievedTime): string | undefined {
  if (!time.isDoubted) return undefined;
  const span = spanText(Math.abs(time.aheadMs));
  return time.aheadMs > 0
    ? `nothing was recorded for ${span}, or the time of day is wrong: until it has stayed so for a day, nothing is forgotten by it`
    : `the time of day is ${span} before what was recorded last: it may not be set yet`;
}

function spanText(ms: number): string {
  const days = ms / DAY_MS;
  if (days >= 2) return `${Math.round(days)} days`;
  return days >= 1 / 12 ? `${Math.round(24 * days)} hours` : `${Math.round(ms / 60_000)} min`;
}
