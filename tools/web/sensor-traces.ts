/** The last values of what is plotted, in memory of one size: time and value by key. */

/** Per key: with a reading each second, ten minutes. */
const POINTS = 600;
/** Keys; the others are not plotted from before the page was opened. */
const MOST_TRACES = 4096;

export interface HistoryPoints {
  /** s since 1970, ascending. */
  readonly times: number[];
  readonly values: (number | null)[];
}

interface Trace {
  /** s since 1970 */
  readonly times: Float64Array;
  readonly values: Float64Array;
  next: number;
}

export class SensorTraces {
  readonly #traces = new Map<string, Trace>();

  /** `time`: ms since 1970. NaN: there was no value. */
  add(key: string, time: number, value: number): void {
    let trace = this.#traces.get(key);
    if (trace === undefined) {
      if (this.#traces.size >= MOST_TRACES) return;
      trace = { times: new Float64Array(POINTS), values: new Float64Array(POINTS), next: 0 };
      this.#traces.set(key, trace);
    }
    const at = trace.next++ % POINTS;
    trace.times[at] = time / 1000;
    trace.values[at] = value;
  }

  /** What was under one key is under another one. */
  rename(from: string, to: string): void {
    const trace = this.#traces.get(from);
    if (trace === undefined || this.#traces.has(to)) return;
    this.#traces.delete(from);
    this.#traces.set(to, trace);
  }

  delete(key: string): void {
    this.#traces.delete(key);
  }

  /** The oldest first; null where there was no value. */
  points(key: string): HistoryPoints {
    const trace = this.#traces.get(key);
    const times: number[] = [];
    const values: (number | null)[] = [];
    if (trace === undefined) return { times, values };
    for (let n = Math.max(0, trace.next - POINTS); n < trace.next; n++) {
      times.push(trace.times[n % POINTS]!);
      const value = trace.values[n % POINTS]!;
      values.push(Number.isNaN(value) ? null : value);
    }
    return { times, values };
  }
}
