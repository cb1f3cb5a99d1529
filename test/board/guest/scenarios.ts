// Runs inside the board: named scenarios one after the other, each reporting one line of JSON whatever became of it.

import { MctpError } from '../../../stack/errors.js';

export type Scenarios = Readonly<Record<string, () => Promise<object>>>;

/** What the scenarios of a script report, by name. */
export type ReportsOf<S extends Scenarios> = { readonly [Name in keyof S]: Awaited<ReturnType<S[Name]>> };

export interface ScenarioLine {
  readonly scenario: string;
  readonly report?: object;
  readonly error?: string;
  readonly ms: number;
}

/** A scenario that hangs must not keep the others from being heard; a machine with much to do is slow, not hanging. */
const LONGEST_MS = 120_000;

export async function runScenarios(scenarios: Scenarios, longestMs = LONGEST_MS): Promise<void> {
  for (const [scenario, run] of Object.entries(scenarios)) {
    const started = performance.now();
    const result = await within(run(), longestMs).then(
      (report) => ({ report }),
      (error: unknown) => ({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
    const line: ScenarioLine = { scenario, ...result, ms: Math.round(performance.now() - started) };
    console.log(JSON.stringify(line));
  }
}

async function within<T>(work: Promise<T>, longestMs: number): Promise<T> {
  const ticking = new AbortController();
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`still not done after ${longestMs} ms`)), longestMs);
    ticking.signal.addEventListener('abort', () => clearTimeout(timer));
  });
  return Promise.race([work, late]).finally(() => ticking.abort());
}

/** The error code a promise ends with, or `ok`. */
export async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (MctpError.is(error)) return error.code;
    return error instanceof Error ? error.message : String(error);
  }
}

/** Wait for something that has no event, looking every few ms. */
export async function until(what: string, done: () => boolean, longestMs = 60_000): Promise<void> {
  const deadline = performance.now() + longestMs;
  while (!done()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${longestMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Bytes that count, starting anywhere: what `mctp-peer req ... len=N` sends starts at 0. */
export function counting(length: number, from = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (from + index) & 0xff);
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
