/** Virtual time that moves by itself: whenever nothing is left to do now, it jumps to the next timer. */

import { VirtualClock } from '../../stack/clock.js';

/** Turns of the event loop without work before the time moves. */
const IDLE_TURNS = 1;

/** A new virtual clock, driven until the promise that `work` makes of it settles; its outcome is returned or thrown. */
export async function inVirtualTime<T>(work: (clock: VirtualClock) => Promise<T>): Promise<T> {
  const clock = new VirtualClock();
  const promise = work(clock);
  let settled = false;
  const done = (): void => {
    settled = true;
  };
  promise.then(done, done);
  for (let idle = 0; !settled; ) {
    await nextTurn();
    // What the file system is asked, no virtual time can hurry.
    if (readsFiles()) idle = 0;
    else if (++idle >= IDLE_TURNS && !settled) {
      // What waits for ever has a timer that never comes.
      if (Number.isFinite(clock.nextAt ?? Number.POSITIVE_INFINITY)) clock.step();
      else await nothingToWaitFor();
      idle = 0;
    }
  }
  return promise;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Neither a timer nor a file: then it is a stream, a decompression, a module, or nothing. */
function nothingToWaitFor(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

function readsFiles(): boolean {
  return process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
}
