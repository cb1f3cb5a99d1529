/** AbortSignals: what they end ends with ECANCELED, and nothing of it stays at the signal. */

import { MctpError } from '../errors.js';
import { Roster } from './roster.js';
import { throwLater } from './throw-later.js';

/** The error of everything that a signal ended; the reason given to the signal is its cause. */
export function cancelled(signal: AbortSignal): MctpError {
  return new MctpError('ECANCELED', 'cancelled by the caller', { cause: signal.reason });
}

/** @throws MctpError ECANCELED */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal);
}

type Ended = (error: MctpError) => void;

/**
 * What each signal ends. One listener for all of it: a signal that outlives many operations, as that of a watched device does,
 * would cost more by a listener for each than a short operation costs itself.
 */
const ended = new WeakMap<AbortSignal, Roster<{ readonly callback: Ended }>>();

/**
 * Call back once when the signal aborts, at once when it has aborted already. Returns how to stop listening, undefined
 * when there is nothing to stop.
 */
export function onAbort(signal: AbortSignal | undefined, callback: Ended): (() => void) | undefined {
  if (signal === undefined) return undefined;
  if (signal.aborted) {
    callback(cancelled(signal));
    return undefined;
  }
  const entry = { callback };
  const entries = ended.get(signal) ?? listenTo(signal);
  entries.add(entry);
  return () => void entries.delete(entry);
}

function listenTo(signal: AbortSignal): Roster<{ readonly callback: Ended }> {
  const entries = new Roster<{ readonly callback: Ended }>();
  ended.set(signal, entries);
  const tell = (): void => {
    for (const entry of entries.list()) {
      if (!entries.delete(entry)) continue;
      // What throws does not keep the others from hearing of it.
      try {
        entry.callback(cancelled(signal));
      } catch (error) {
        throwLater(error);
      }
    }
  };
  signal.addEventListener('abort', tell, { once: true });
  return entries;
}
