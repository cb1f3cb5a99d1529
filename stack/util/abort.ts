/** AbortSignals, heard once and let go of. */

import { MctpError } from '../errors.js';

/** Call back once when the signal aborts; returns how to stop listening. */
export function onAbort(
  signal: AbortSignal | undefined,
  callback: (error: MctpError) => void,
): (() => void) | undefined {
  if (signal === undefined) return undefined;
  const listener = (): void =>
    callback(new MctpError('ECANCELED', 'cancelled by the caller', { cause: signal.reason }));
  if (signal.aborted) {
    listener();
    return undefined;
  }
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}
