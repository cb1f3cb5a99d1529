/** The middle and the slow end of many measurements. */

import type { BenchRow } from './row.js';

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** p50 and p99 of values in ms, as rows in microseconds. */
export function percentileRows(name: string, valuesMs: readonly number[]): BenchRow[] {
  const sorted = [...valuesMs].sort((a, b) => a - b);
  return [0.5, 0.99].map((share) => ({
    name: `${name}, p${100 * share}`,
    value: 1000 * percentile(sorted, share),
    unit: 'us',
  }));
}
