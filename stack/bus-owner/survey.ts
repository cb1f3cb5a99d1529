/**
 * Who is there, before anybody is given an EID: a device found later may have, from an earlier life, the very EID that
 * was about to be given to another. New EIDs therefore wait until every address has answered or has had its time.
 */

import type { Clock, Timer } from '../clock.js';

export class Survey {
  /** All have been heard, or have had their time. */
  readonly settled: Promise<void>;
  readonly #open = new Map<object, Timer | undefined>();
  #settle: () => void = () => {};

  constructor(
    private readonly clock: Clock,
    private readonly patienceMs: number,
  ) {
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** An address is to be asked. Returns what to call when that begins. */
  expect(): { asked(): void; heard(): void } {
    const key = {};
    this.#open.set(key, undefined);
    const heard = (): void => {
      this.#open.get(key)?.cancel();
      if (this.#open.delete(key) && this.#open.size === 0) this.#settle();
    };
    const asked = (): void => {
      if (this.#open.has(key)) this.#open.set(key, this.clock.schedule(this.patienceMs, heard));
    };
    return { asked, heard };
  }

  /** Nobody more is expected; needed when nobody was. */
  complete(): void {
    if (this.#open.size === 0) this.#settle();
  }
}
