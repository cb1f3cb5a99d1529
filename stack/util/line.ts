/** Waiting in line: first come, first served, and never more than a limit. */

import type { Timer } from '../clock.js';
import { MctpError } from '../errors.js';
import { onAbort } from './abort.js';

/** Those that wait for one thing, in the order they came. */
export class Line<Waiter> {
  readonly #waiting: Waiter[] = [];

  constructor(
    /** Most that may wait at a time; a function where that may change. */
    private readonly most: number | (() => number),
    /** What they wait for, for the error of one too many: "messages wait for link serial:/dev/ttyUSB0". */
    private readonly what: string,
  ) {}

  get length(): number {
    return this.#waiting.length;
  }

  /** `join` would throw. */
  get isFull(): boolean {
    return this.#waiting.length >= this.#limit;
  }

  get first(): Waiter | undefined {
    return this.#waiting[0];
  }

  /** Go to the end of the line; returns how to leave it, which does nothing once it was left. @throws MctpError ENOBUFS */
  join(waiter: Waiter): () => void {
    if (this.isFull) throw new MctpError('ENOBUFS', `${this.#limit} ${this.what} already`);
    this.#waiting.push(waiter);
    return () => this.remove(waiter);
  }

  /** The first leaves the line. */
  shift(): Waiter | undefined {
    return this.#waiting.shift();
  }

  /** False: it was not in line (any more). */
  remove(waiter: Waiter): boolean {
    const index = this.#waiting.indexOf(waiter);
    if (index >= 0) this.#waiting.splice(index, 1);
    return index >= 0;
  }

  /** As it is now: a copy. */
  list(): Waiter[] {
    return [...this.#waiting];
  }

  /** All of them leave the line. */
  clear(): Waiter[] {
    return this.#waiting.splice(0);
  }

  get #limit(): number {
    return typeof this.most === 'number' ? this.most : this.most();
  }
}

/** One that waits with a promise. Both settle it; it has left the line, or is taken out of it. */
export interface PromisedTurn<T> {
  grant(value: T): void;
  fail(error: MctpError): void;
}

/**
 * Wait in a line until somebody grants the first what it waits for. `limitTime` may set the timer that ends the waiting.
 * @throws MctpError ENOBUFS when the line is full, ECANCELED when the signal aborts, and what `fail` is given; by rejection
 */
export function waitInLine<T>(
  line: Line<PromisedTurn<T>>,
  signal?: AbortSignal,
  limitTime?: (turn: PromisedTurn<T>) => Timer,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let stopListening: (() => void) | undefined;
    let timer: Timer | undefined;
    const finish = (): void => {
      stopListening?.();
      timer?.cancel();
      line.remove(turn);
    };
    const turn: PromisedTurn<T> = {
      grant(value) {
        finish();
        resolve(value);
      },
      fail(error) {
        finish();
        reject(error);
      },
    };
    if (!signal?.aborted) {
      line.join(turn);
      timer = limitTime?.(turn);
    }
    stopListening = onAbort(signal, turn.fail);
  });
}

/** So many at a time, the others in the order they came. */
export class Turnstile {
  readonly #line: Line<PromisedTurn<void>>;
  #inside = 0;

  constructor(
    /** Most that may wait. */
    limit: number,
    what = 'requests wait for this peer',
    /** At the same time. */
    private readonly atOnce = 1,
  ) {
    this.#line = new Line(limit, what);
  }

  /** Nobody is inside, so that nobody waits. */
  get idle(): boolean {
    return this.#inside === 0;
  }

  get waiting(): number {
    return this.#line.length;
  }

  /** Resolves when it is our turn; `leave` must follow. @throws MctpError ECANCELED, ENOBUFS (by rejection) */
  enter(signal?: AbortSignal): Promise<void> {
    if (this.#inside >= this.atOnce || signal?.aborted) return waitInLine(this.#line, signal);
    this.#inside++;
    return Promise.resolve();
  }

  leave(): void {
    // The next takes the place over.
    const next = this.#line.first;
    if (next === undefined) this.#inside--;
    else next.grant();
  }

  /** Do it when it is our turn. @throws MctpError ECANCELED, ENOBUFS, and what `work` throws */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.enter(signal);
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** Everybody that waits gets the error. */
  clear(error: MctpError): void {
    for (const turn of this.#line.clear()) turn.fail(error);
  }
}

/** One turnstile per key, as long as somebody is inside. */
export class KeyedTurnstiles {
  readonly #turnstiles = new Map<string, Turnstile>();

  constructor(
    private readonly limit: number,
    private readonly what: string,
    private readonly atOnce = 1,
  ) {}

  /** Is somebody at work under this key? */
  busy(key: string): boolean {
    return this.#turnstiles.has(key);
  }

  /**
   * Do it after what was asked for under the same key before.
   * @throws MctpError ENOBUFS, ECANCELED when the signal aborts, and what `work` throws
   */
  async run<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    let turnstile = this.#turnstiles.get(key);
    if (turnstile === undefined) {
      turnstile = new Turnstile(this.limit, this.what, this.atOnce);
      this.#turnstiles.set(key, turnstile);
    }
    try {
      return await turnstile.run(work, signal);
    } finally {
      // A waiter that leaves after the last one, as an aborted one may, finds the turnstile of later ones.
      if (turnstile.idle && this.#turnstiles.get(key) === turnstile) this.#turnstiles.delete(key);
    }
  }
}
