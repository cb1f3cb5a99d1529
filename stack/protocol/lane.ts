/** The requests to one responder: whose turn it is, and with which instance id (DSP0236 §11.7, DSP0240 §7.2). */

import type { Clock, Timer } from '../clock.js';
import type { MctpError } from '../errors.js';
import { Line, type PromisedTurn, waitInLine } from '../util/line.js';

export interface LaneLimits {
  /** Requests open at once, from 1 to the number of instance ids. */
  readonly outstanding: number;
  /** Requests which may wait for their turn; more get ENOBUFS. */
  readonly maxWaiting: number;
  /** An id whose request was not answered rests for so long; ms. */
  readonly instanceIdExpiryMs: number;
}

interface Waiter extends PromisedTurn<number> {
  gapMs?: number;
}

const FREE = Number.NEGATIVE_INFINITY;
const OPEN = Number.POSITIVE_INFINITY;

export class Lane {
  /** When each id may be used again. */
  readonly #freeAt: Float64Array;
  readonly #line: Line<Waiter>;
  #next: number;
  #open = 0;
  #quietSince = FREE;
  #timer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly limits: LaneLimits,
    instanceIds: number,
    firstInstanceId: number,
  ) {
    this.#freeAt = new Float64Array(instanceIds).fill(FREE);
    this.#next = firstInstanceId % instanceIds;
    this.#line = new Line(limits.maxWaiting, 'requests wait for this responder');
  }

  /** Nothing under way, nothing waiting, no id resting: nothing is lost by forgetting it. */
  idle(minGapMs: number): boolean {
    const now = this.clock.now();
    if (this.#open > 0 || this.#line.length > 0 || this.#quietSince + minGapMs > now) return false;
    return this.#freeAt.every((at) => at <= now);
  }

  /**
   * Wait for a turn, which begins at least `gapMs` after the last exchange ended; resolves to the instance id.
   * @throws MctpError ENOBUFS, ECANCELED (by rejection)
   */
  enter(gapMs: number, signal?: AbortSignal): Promise<number> {
    const now = this.clock.now();
    const mayGo = this.#line.length === 0 && this.#open < this.limits.outstanding && !signal?.aborted;
    if (mayGo && this.#quietSince + gapMs <= now) {
      const instanceId = this.#freeId(now);
      if (instanceId !== undefined) return Promise.resolve(this.#take(instanceId));
    }
    const granted = waitInLine(this.#line as Line<PromisedTurn<number>>, signal, (turn) => {
      (turn as Waiter).gapMs = gapMs;
      return NO_TIMER;
    });
    this.#serve();
    return granted;
  }

  /** An id for what nobody answers, without a turn. */
  passingId(): number {
    const id = this.#freeId(this.clock.now()) ?? this.#next;
    this.#next = (id + 1) % this.#freeAt.length;
    return id;
  }

  /** Give the turn back. An id that was used without an answer rests, so that a late one cannot be mistaken. */
  leave(instanceId: number, rest: boolean): void {
    const now = this.clock.now();
    this.#open--;
    this.#freeAt[instanceId] = rest ? now + this.limits.instanceIdExpiryMs : FREE;
    this.#quietSince = now;
    this.#serve();
  }

  close(error: MctpError): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const waiter of this.#line.clear()) waiter.fail(error);
  }

  #serve(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (let first = this.#line.first; first !== undefined; first = this.#line.first) {
      if (this.#open >= this.limits.outstanding) return;
      const now = this.clock.now();
      const readyAt = this.#quietSince + (first.gapMs ?? 0);
      const instanceId = readyAt <= now ? this.#freeId(now) : undefined;
      if (instanceId === undefined) {
        const at = Math.max(readyAt, this.#nextFree());
        if (at !== OPEN) this.#timer = this.clock.schedule(at - now, () => this.#serve());
        return;
      }
      first.grant(this.#take(instanceId));
    }
  }

  #take(instanceId: number): number {
    this.#freeAt[instanceId] = OPEN;
    this.#next = (instanceId + 1) % this.#freeAt.length;
    this.#open++;
    return instanceId;
  }

  #nextFree(): number {
    let earliest = OPEN;
    for (const at of this.#freeAt) if (at < earliest) earliest = at;
    return earliest;
  }

  /** The next free id in turn: never the one just used, where there is another. */
  #freeId(now: number): number | undefined {
    const count = this.#freeAt.length;
    for (let step = 0; step < count; step++) {
      const id = (this.#next + step) % count;
      if (this.#freeAt[id]! <= now) return id;
    }
    return undefined;
  }
}

const NO_TIMER: Timer = { cancel: () => {} };
