/** Times in buckets that grow with them: any number of measurements in little room, percentiles within a few percent. */

/** Buckets per doubling. */
const STEPS = 16;
/** The first bucket ends here: microseconds. */
const LEAST_US = 1;
const BUCKETS = STEPS * 36;

export interface TimeSummary {
  readonly count: number;
  readonly minMs: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  add(ms: number): void {
    this.#counts[bucketOf(ms)]!++;
    this.#count++;
    this.#sum += ms;
    this.#min = Math.min(this.#min, ms);
    this.#max = Math.max(this.#max, ms);
  }

  get count(): number {
    return this.#count;
  }

  /** The time below which so much (0..1) of all measurements lies; its bucket's upper end. */
  percentile(share: number): number {
    const wanted = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket]!;
      if (seen >= wanted) return Math.min(this.#max, Math.max(this.#min, upperMs(bucket)));
    }
    return this.#max;
  }

  summary(): TimeSummary | null {
    if (this.#count === 0) return null;
    return {
      count: this.#count,
      minMs: this.#min,
      meanMs: this.#sum / this.#count,
      p50Ms: this.percentile(0.5),
      p90Ms: this.percentile(0.9),
      p99Ms: this.percentile(0.99),
      p999Ms: this.percentile(0.999),
      maxMs: this.#max,
    };
  }

  /** At most `rows` ranges that hold all measurements, for a picture. */
  ranges(rows: number): { readonly fromMs: number; readonly toMs: number; readonly count: number }[] {
    const used = [...this.#counts.keys()].filter((bucket) => this.#counts[bucket]! > 0);
    const first = used[0];
    if (first === undefined) return [];
    const width = Math.max(1, Math.ceil((used.at(-1)! - first + 1) / rows));
    const out = [];
    for (let bucket = first; bucket <= used.at(-1)!; bucket += width) {
      let count = 0;
      for (let at = bucket; at < bucket + width && at < BUCKETS; at++) count += this.#counts[at]!;
      out.push({ fromMs: bucket === 0 ? 0 : upperMs(bucket - 1), toMs: upperMs(bucket + width - 1), count });
    }
    return out;
  }
}

function bucketOf(ms: number): number {
  const us = ms * 1000;
  if (us <= LEAST_US) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(STEPS * Math.log2(us / LEAST_US)));
}

function upperMs(bucket: number): number {
  return (LEAST_US * 2 ** (bucket / STEPS)) / 1000;
}
