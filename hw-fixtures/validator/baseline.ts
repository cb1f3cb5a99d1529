/** A run compared with an earlier one, from its JSON report. */

import type { CheckResult } from './run-checks.js';

export interface BaselineChanges {
  /** Checks that fail, or warn, and did not in the baseline. */
  readonly news: readonly string[];
  /** Checks that pass, and did not in the baseline. */
  readonly mended: readonly string[];
}

/** Verdicts by check. @throws Error with a sentence, when the text is not a report */
export function readBaseline(text: string): ReadonlyMap<string, string> {
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    throw new Error('it is not JSON');
  }
  const checks = (report as { readonly checks?: unknown } | null)?.checks;
  if (!Array.isArray(checks)) throw new Error('it has no list of checks: use the file of --report');
  return new Map(
    checks.flatMap((check: unknown) => {
      const { id, verdict } = (check ?? {}) as { readonly id?: unknown; readonly verdict?: unknown };
      return typeof id === 'string' && typeof verdict === 'string' ? [[id, verdict] as const] : [];
    }),
  );
}

export function compare(baseline: ReadonlyMap<string, string>, results: readonly CheckResult[]): BaselineChanges {
  const isBad = (verdict: string | undefined): boolean => verdict === 'fail' || verdict === 'warning';
  const idsOf = (wanted: (result: CheckResult) => boolean): string[] => results.filter(wanted).map((r) => r.check.id);
  return {
    news: idsOf(({ check, verdict }) => isBad(verdict) && !isBad(baseline.get(check.id))),
    mended: idsOf(({ check, verdict }) => verdict === 'pass' && isBad(baseline.get(check.id))),
  };
}
