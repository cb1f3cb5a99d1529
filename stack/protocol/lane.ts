/** The requests of one requester to one responder: whose turn it is, and with which instance id (DSP0236 §11.7, DSP0240 §7.2). */

import type { Clock, Timer } from '../clock.js';
import type { MctpError } from '../errors.js';
import { Line, type PromisedTurn, waitInLine } from '../util/line.js';
import type { IdPool } from './id-pool.js';

export interface LaneLimits {
  /** Requests open at once; never more than there are instance ids. */
  readonly outstanding: number;
  /** Requests which may wait for their turn; more get ENOBUFS. */
  readonly maxWaiting: number;
  /** An id whose request was not answered rests for so long; ms. */
  readonly instanceIdExpiryMs: number;
  /** Use only the first so many. */
  readonly instanceIds: number;
}

interface Waiter extends PromisedTurn<number> {
  gapMs?: number;
}

const NEVER = Number.NEGATIVE_INFINITY;
/** Of protocols without instance ids: the tag tells the answers, and rests. */
const NO_ID = 0;

export class Lane {
  readonly #line: Line<Waiter>;
  #open = 0;
  #quietSince = NEVER;
  #timer: Timer | undefined;
  /** The first in line waits for an id. */
  #blocked = false;
  readonly #wake = (): void => {
    this.#blocked = false;
    this.#serve();
  };

  constructor(
    private readonly clock: Clock,
    private readonly limits: LaneLimits,
    /** Shared with other requesters; undefined: the protocol has no instance ids. Changes only while no id is in use. */
    public ids: IdPool | undefined,
  ) {
    this.#line = new Line(limits.maxWaiting, 'requests wait for this responder');
  }

  /** Nothing under way, nothing waiting: nothing is lost by forgetting it. The ids are remembered elsewhere. */
  idle(minGapMs: number): boolean {
    return this.#open === 0 && this.#line.length === 0 && this.#quietSince + minGapMs <= this.clock.now();
  }

  /**
   * Wait for a turn, which begins at least `gapMs` after the last exchange ended; resolves to the instance id.
   * @throws MctpError ENOBUFS, ECANCELED (by rejection)
   */
  enter(gapMs: number, signal?: AbortSignal): Promise<number> {
    const now = this.clock.now();
    const mayGo = this.#line.length === 0 && this.#open < this.limits.outstanding && !signal?.aborted;
    if (mayGo && this.#quietSince + gapMs <= now && this.ids?.contended !== true) {
      const instanceId = this.#take(now);
      if (instanceId !== undefined) return Promise.resolve(instanceId);
    }
    const granted = waitInLine(this.#line as Line<PromisedTurn<number>>, signal, (turn) => {
      (turn as Waiter).gapMs = gapMs;
      return NO_TIMER;
    });
    this.#serve();
    // Who gave up while it waited for an id, or for the time, does not keep either waiting.
    granted.catch(() => this.#serve());
    return granted;
  }

  /** An id for what nobody answers, without a turn. */
  passingId(): number {
    return this.ids?.passing(this.clock.now(), this.limits.instanceIds) ?? NO_ID;
  }

  /** Give the turn back. An id that was used without an answer rests, so that a late one cannot be mistaken. */
  leave(instanceId: number, rest: boolean): void {
    const now = this.clock.now();
    this.#open--;
    this.#quietSince = now;
    // Others which wait for it come first.
    this.ids?.giveBack(instanceId, now, this.limits.instanceIdExpiryMs, rest);
    this.#serve();
  }

  close(error: MctpError): void {
    this.#stop();
    if (this.#blocked) this.ids?.stopWaiting(this.#wake);
    this.#blocked = false;
    for (const waiter of this.#line.clear()) waiter.fail(error);
  }

  #serve(): void {
    this.#stop();
    const blocked = this.#serveThose();
    if (blocked === this.#blocked) return;
    this.#blocked = blocked;
    if (blocked) this.ids?.wait(this.#wake);
    else this.ids?.stopWaiting(this.#wake);
  }

  /** True: the first in line waits for an id. */
  #serveThose(): boolean {
    for (let first = this.#line.first; first !== undefined; first = this.#line.first) {
      if (this.#open >= this.limits.outstanding) return false;
      const now = this.clock.now();
      const readyAt = this.#quietSince + (first.gapMs ?? 0);
      const instanceId = readyAt <= now ? this.#take(now) : undefined;
      if (instanceId === undefined) {
        const isEarly = readyAt > now;
        const at = isEarly ? readyAt : this.ids!.nextFree(this.limits.instanceIds);
        if (Number.isFinite(at)) this.#timer = this.clock.schedule(at - now, () => this.#serve());
        return !isEarly;
      }
      first.grant(instanceId);
    }
    return false;
  }

  #take(now: number): number | undefined {
    const instanceId = this.ids === undefined ? NO_ID : this.ids.take(now, this.limits.instanceIds);
    if (instanceId !== undefined) this.#open++;
    return instanceId;
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

const NO_TIMER: Timer = { cancel: () => {} };
