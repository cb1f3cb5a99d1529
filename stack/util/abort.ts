/** AbortSignals: what they end ends with ECANCELED, and nothing of it stays at the signal. */

import { MctpError } from '../errors.js';

/** The error of everything that a signal ended; the reason given to the signal is its cause. */
export function cancelled(signal: AbortSignal): MctpError {
  return new MctpError('ECANCELED', 'cancelled by the caller', { cause: signal.reason });
}

/** @throws MctpError ECANCELED */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal);
}

/**
 * Call back once when the signal aborts, at once when it has aborted already. Returns how to stop listening, undefined
 * when there is nothing to stop.
 */
export function onAbort(
  signal: AbortSignal | undefined,
  callback: (error: MctpError) => void,
): (() => void) | undefined {
  if (signal === undefined) return undefined;
  const listener = (): void => callback(cancelled(signal));
  if (signal.aborted) {
    listener();
    return undefined;
  }
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}
