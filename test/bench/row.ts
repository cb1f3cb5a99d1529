/** One figure of a benchmark. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What was aimed at, as text: "< 100". */
  readonly target?: string;
  /** Whether the aim was met, where there is one. */
  readonly ok?: boolean;
  readonly note?: string;
}

/** A row with an upper aim. */
export function atMost(name: string, value: number, unit: string, limit: number, note?: string): BenchRow {
  return {
    name,
    value,
    unit,
    target: `< ${round(limit)}`,
    ok: value < limit,
    ...(note === undefined ? {} : { note }),
  };
}

/** A row with a lower aim. */
export function atLeast(name: string, value: number, unit: string, limit: number, note?: string): BenchRow {
  return {
    name,
    value,
    unit,
    target: `>= ${round(limit)}`,
    ok: value >= limit,
    ...(note === undefined ? {} : { note }),
  };
}

/** Three significant digits, no exponent. */
export function round(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toPrecision(3);
}
