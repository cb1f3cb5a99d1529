/** A clock for tests: time stands still until a promise needs it, so that seconds pass in microseconds. */

import { VirtualClock } from '../../stack/clock.js';
import { pass, type SettleOptions, settle } from './virtual-time.js';

/**
 * A `VirtualClock` that runs promises. Give it to everything that takes a `clock`:
 *
 *     const clock = new TestClock();
 *     const mctp = new Mctp({ clock });
 *     const answer = await clock.run(socket.request({ eid: 9 }, payload, { type: 1, timeoutMs: 5000 }));
 */
export class TestClock extends VirtualClock {
  /**
   * Run timers, one by one, until `promise` settles; its outcome is returned or thrown.
   * @throws Error when no timer is left that could settle it, or `maxSteps` timers have run and it has not settled
   */
  run<T>(promise: Promise<T>, options?: SettleOptions): Promise<T> {
    return settle(this, promise, options);
  }

  /** Move the time by `ms`, and let promises react after every timer. */
  pass(ms: number): Promise<void> {
    return pass(this, ms);
  }
}
