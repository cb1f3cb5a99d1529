/** Temperature and wear of drives so far, of bounded size however long it is watched. Pure. */

export interface HealthSample {
  /** ms of the clock. */
  readonly at: number;
  /** Celsius; undefined: it did not say. */
  readonly temperature: number | undefined;
  /** Percent of its life; undefined: it did not answer. */
  readonly used: number | undefined;
}

/** Samples kept; then every second one goes. */
const MOST = 2048;

export class HealthHistory {
  #samples: HealthSample[] = [];
  #every = 1;
  #seen = 0;

  get samples(): readonly HealthSample[] {
    return this.#samples;
  }

  add(sample: HealthSample): void {
    if (this.#seen++ % this.#every !== 0) return;
    this.#samples.push(sample);
    if (this.#samples.length < MOST) return;
    this.#samples = this.#samples.filter((_sample, index) => index % 2 === 0);
    this.#every *= 2;
  }
}

export function temperatures({ samples }: HealthHistory): readonly (number | undefined)[] {
  return samples.map(({ temperature }) => temperature);
}

export function wear({ samples }: HealthHistory): readonly (number | undefined)[] {
  return samples.map(({ used }) => used);
}

/** All of it in so many values: the highest of each stretch, so that no peak is lost. */
export function squeezed(values: readonly (number | undefined)[], width: number): readonly (number | undefined)[] {
  if (values.length <= width) return values;
  return Array.from({ length: width }, (_, column) => {
    const from = Math.floor((column * values.length) / width);
    const known = values
      .slice(from, Math.floor(((column + 1) * values.length) / width))
      .filter((value) => value !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  });
}
