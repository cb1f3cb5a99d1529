/** Waiting that Ctrl-C ends. */

/** Resolves when the signal aborts, or after so many ms when they are given. */
export function untilStopped(signal: AbortSignal, ms?: number): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    let timer: NodeJS.Timeout | undefined;
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    // Beyond the range of a timer is as good as for ever.
    if (ms !== undefined) timer = setTimeout(done, Math.min(ms, 0x7fffffff));
    else timer = setInterval(() => {}, 0x7fffffff);
  });
}
