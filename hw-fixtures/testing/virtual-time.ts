/** Promises on a clock that stands still: move it just as far as they need. Nothing here sleeps. */

import type { VirtualClock } from '../../stack/clock.js';

export interface SettleOptions {
  /** Timers to run before giving up; default 100000. */
  readonly maxSteps?: number;
}

/** Let everything that is ready to run have its turn, without moving the time. */
export function flush(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Run timers, one by one, until `promise` settles; its outcome is returned or thrown.
 * @throws Error when no timer is left, or too many have run, and it still has not settled
 */
export async function settle<T>(clock: VirtualClock, promise: Promise<T>, options: SettleOptions = {}): Promise<T> {
  let settled = false;
  const done = (): void => {
    settled = true;
  };
  promise.then(done, done);
  const { maxSteps = 100_000 } = options;
  for (let steps = 0; ; steps++) {
    await flush();
    if (settled) return promise;
    if (steps === maxSteps) throw new Error(`not settled after ${maxSteps} timers, at ${clock.now()} ms`);
    if (!clock.step()) throw new Error(`not settled, and no timer is set that could change it, at ${clock.now()} ms`);
  }
}

/** The error a promise rejects with, on the same terms. @throws Error when it fulfils */
export async function settleError(clock: VirtualClock, promise: Promise<unknown>): Promise<unknown> {
  const outcome = await settle(
    clock,
    promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    ),
  );
  if ('error' in outcome) return outcome.error;
  throw new Error(`expected a rejection, got ${JSON.stringify(outcome.value)}`);
}

/** Move the time by `ms`, giving promises their turn after every timer. */
export async function pass(clock: VirtualClock, ms: number): Promise<void> {
  const until = clock.now() + ms;
  await flush();
  for (let at = clock.nextAt; at !== undefined && at <= until; at = clock.nextAt) {
    clock.step();
    await flush();
  }
  clock.advance(until - clock.now());
  await flush();
}

/** Has the promise settled by now, without moving the time? */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const done = (): void => {
    settled = true;
  };
  promise.then(done, done);
  await flush();
  return settled;
}
