/** Virtual time that moves by itself: whenever nothing is left to do now, it jumps to the next timer. */

import { VirtualClock } from '../../stack/clock.js';

/** Turns of the event loop without work before the time moves. */
const IDLE_TURNS = 1;

/** A new virtual clock, driven until the promise that `work` makes of it settles; its outcome is returned or thrown. */
export async function inVirtualTime<T>(work: (clock: VirtualClock) => Promise<T>): Promise<T> {
  const { clock, promise, isSettled } = begun(work);
  for (let idle = 0; !isSettled(); ) {
    await nextTurn();
    // What the file system is asked, no virtual time can hurry.
    if (readsFiles()) idle = 0;
    else if (++idle >= IDLE_TURNS && !isSettled()) {
      if (!step(clock)) await nothingToWaitFor();
      idle = 0;
    }
  }
  return promise;
}

/**
 * The same for a world which asks nothing of the one outside, neither files nor streams: promises and this clock are all
 * there is. Then no turn of the event loop is needed, which takes longer than what is done in it.
 */
export async function inClosedWorld<T>(work: (clock: VirtualClock) => Promise<T>): Promise<T> {
  const { clock, promise, isSettled } = begun(work);
  while (!isSettled()) {
    await reactions();
    if (!isSettled() && !step(clock)) await nothingToWaitFor();
  }
  return promise;
}

function begun<T>(work: (clock: VirtualClock) => Promise<T>) {
  const clock = new VirtualClock();
  const promise = work(clock);
  let settled = false;
  const done = (): void => {
    settled = true;
  };
  promise.then(done, done);
  return { clock, promise, isSettled: () => settled };
}

/** False: there is no timer. What waits forever has one that never comes. */
function step(clock: VirtualClock): boolean {
  return Number.isFinite(clock.nextAt ?? Number.POSITIVE_INFINITY) && clock.step();
}

/** All promises have reacted. */
function reactions(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Neither a timer nor a file: then it is a stream, a decompression, a module, or nothing. */
function nothingToWaitFor(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

/** A file handle which is being closed counts: what comes after it waits for that. */
function readsFiles(): boolean {
  return process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq') || name === 'CloseReq');
}
