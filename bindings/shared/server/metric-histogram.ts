/** How often something took how long: counts in fixed steps, of which metrics are made. */

export class Histogram {
  /** Of each step, and of what is longer than the last one; not summed up. */
  readonly counts: Float64Array;
  sum = 0;
  count = 0;

  /** `limits`: upper ends of the steps, ascending, in any unit. */
  constructor(readonly limits: readonly number[]) {
    this.counts = new Float64Array(limits.length + 1);
  }

  add(value: number): void {
    let step = 0;
    while (step < this.limits.length && value > this.limits[step]!) step++;
    this.counts[step]!++;
    this.sum += value;
    this.count++;
  }
}
