/** Verdicts as people read them. */

import type { Verdict } from '../../hw-fixtures/validator/finding.js';

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  fail: 'fail',
  warning: 'warning',
  inconclusive: 'inconclusive',
  pass: 'pass',
  notApplicable: 'not applicable',
};
