/** The requests to one responder: whose turn it is, and with which instance id (DSP0240 §7.2). */

import type { Clock, Timer } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { cancelled } from '../../stack/util/abort.js';
import { INSTANCE_IDS } from './pldm-header.js';

export interface LaneLimits {
  /** Requests open at once, 1..32. */
  readonly outstanding: number;
  /** Requests waiting for their turn. Over it they get ENOBUFS. */
  readonly waiting: number;
  /** From the end of one request to the start of the next; ms. */
  readonly minGapMs: number;
  /** An id whose request was not answered rests for this; ms. */
  readonly idExpiryMs: number;
}

interface Waiter {
  readonly grant: (instanceId: number) => void;
  readonly fail: (error: MctpError) => void;
}

const FREE = Number.NEGATIVE_INFINITY;
const OPEN = Number.POSITIVE_INFINITY;

export class Lane {
  /** When each id may be used again. */
  readonly #freeAt = new Float64Array(INSTANCE_IDS).fill(FREE);
  readonly #waiters: Waiter[] = [];
  #next = 0;
  #open = 0;
  #readyAt = FREE;
  #timer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly limits: LaneLimits,
  ) {}

  /** Nothing under way, nothing waiting, no id resting: the lane may be forgotten. */
  get idle(): boolean {
    const now = this.clock.now();
    return this.#open === 0 && this.#waiters.length === 0 && this.#freeAt.every((at) => at <= now);
  }

  /** Wait for a turn; resolves to the instance id. @throws MctpError ENOBUFS, ECANCELED (by rejection) */
  enter(signal?: AbortSignal): Promise<number> {
    if (signal?.aborted) return Promise.reject(cancelled(signal));
    if (this.#waiters.length >= this.limits.waiting) {
      const text = `${this.#waiters.length} PLDM requests to this responder are waiting already`;
      return Promise.reject(new MctpError('ENOBUFS', text));
    }
    return new Promise((resolve, reject) => {
      const remove = (): void => signal?.removeEventListener('abort', onAbort);
      const waiter: Waiter = {
        grant: (instanceId) => {
          remove();
          resolve(instanceId);
        },
        fail: (error) => {
          remove();
          reject(error);
        },
      };
      const onAbort = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(cancelled(signal!));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiters.push(waiter);
      this.#pump();
    });
  }

  /** Give the turn back. An id that was used without an answer rests, so that a late one cannot be mistaken. */
  leave(instanceId: number, rest: boolean): void {
    this.#open--;
    this.#freeAt[instanceId] = rest ? this.clock.now() + this.limits.idExpiryMs : FREE;
    this.#readyAt = this.clock.now() + this.limits.minGapMs;
    this.#pump();
  }

  close(error: MctpError): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const waiter of this.#waiters.splice(0)) waiter.fail(error);
  }

  #pump(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    while (this.#waiters.length > 0 && this.#open < this.limits.outstanding) {
      const now = this.clock.now();
      const instanceId = this.#readyAt <= now ? this.#freeId(now) : undefined;
      if (instanceId === undefined) {
        const at = Math.max(
          this.#readyAt,
          this.#freeAt.reduce((a, b) => Math.min(a, b)),
        );
        if (at !== OPEN) this.#timer = this.clock.schedule(at - now, () => this.#pump());
        return;
      }
      this.#freeAt[instanceId] = OPEN;
      this.#next = (instanceId + 1) % INSTANCE_IDS;
      this.#open++;
      this.#waiters.shift()!.grant(instanceId);
    }
  }

  /** The next free id in turn: never the one just used. */
  #freeId(now: number): number | undefined {
    for (let count = 0; count < INSTANCE_IDS; count++) {
      const id = (this.#next + count) % INSTANCE_IDS;
      if (this.#freeAt[id]! <= now) return id;
    }
    return undefined;
  }
}
