/** When nobody can read any more what is written to a pipe: known at once, not with the next line. */

import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { loadLibC } from '../bindings/kernel/libc.js';
import { MctpError } from '../stack/errors.js';

/**
 * Call back once when the last reader of the pipe with this descriptor is gone. Never where that cannot be known: no pipe,
 * another system than Linux, no package koffi; there the next line that is written tells. Keeps no process alive. Returns how
 * to stop, which is to be done before the process ends: the watch would call back into an engine that is gone.
 */
export async function onUnread(fd: number, gone: () => void): Promise<() => void> {
  const nothing = (): void => {};
  if (!fstatSync(fd).isFIFO()) return nothing;
  const libc = await loadLibC().catch((error: unknown) => {
    if (!MctpError.is(error)) throw error;
    return undefined;
  });
  const own = libc === undefined ? undefined : reopened(fd);
  if (libc === undefined || own === undefined) return nothing;
  let isOver = false;
  const stop = (): void => {
    if (isOver) return;
    isOver = true;
    watch.close();
    closeSync(own);
  };
  // There is never something to read at this end: what happens is that the other one is closed.
  const watch = libc.watch(own, () => {
    stop();
    gone();
  });
  watch.unref();
  return stop;
}

/** Node's event loop may watch the descriptor itself. Undefined: the pipe is another user's (sudo). */
function reopened(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}
