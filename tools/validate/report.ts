/** The report of a run: what `--json` and `--report` print, and what the other reports are made of. */

import type { Check } from '../../hw-fixtures/validator/declaration.js';
import type { Verdict } from '../../hw-fixtures/validator/finding.js';
import type { CheckResult } from '../../hw-fixtures/validator/run-checks.js';
import type { PassedPacket, Target } from '../../hw-fixtures/validator/target.js';
import { toHex } from '../decode/named-fields.js';
import type { ValidateDocument, ValidateListDocument } from '../schema/validate-documents.js';

export type Summary = Readonly<Record<Verdict, number>>;

export function summaryOf(results: readonly CheckResult[]): Summary {
  const summary: Record<Verdict, number> = { pass: 0, fail: 0, warning: 0, notApplicable: 0, inconclusive: 0 };
  for (const { verdict } of results) summary[verdict]++;
  return summary;
}

export function reportOf(target: Target, results: readonly CheckResult[]): ValidateDocument {
  const { name, eid, link, network, physicalAddress = null, binding } = target;
  return {
    device: { name, eid, network, link, physicalAddress, binding },
    summary: summaryOf(results),
    checks: results.map(({ check, level, verdict, why, packets, ms }) => ({
      id: check.id,
      clause: check.clause,
      level,
      group: check.group,
      title: check.title,
      verdict,
      sent: hexOf(packets, 'sent'),
      received: hexOf(packets, 'received'),
      why,
      ms: Math.round(ms * 1000) / 1000,
    })),
  };
}

export function listOf(checks: readonly Check[]): ValidateListDocument {
  return {
    checks: checks.map((check) => ({
      id: check.id,
      clause: check.clause,
      level: check.level,
      group: check.group,
      title: check.title,
      condition: check.level === 'conditional' ? check.condition : null,
      needs: check.needs ?? null,
      why: check.why,
      failure: check.failure,
      mend: check.mend,
    })),
  };
}

function hexOf(packets: readonly PassedPacket[], wanted: PassedPacket['direction']): string[] {
  return packets.filter(({ direction }) => direction === wanted).map(({ bytes }) => toHex(bytes));
}
