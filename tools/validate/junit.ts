/** JUnit XML, for CI: a suite per group, a case per check. */

import type { CheckResult } from '../../hw-fixtures/validator/run-checks.js';
import type { Target } from '../../hw-fixtures/validator/target.js';
import { toHex } from '../decode/named-fields.js';

export function junitXml(target: Target, results: readonly CheckResult[]): string {
  const groups = [...new Set(results.map(({ check }) => check.group))];
  const suites = groups.map((group) =>
    suite(
      group,
      target,
      results.filter(({ check }) => check.group === group),
    ),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${xml(`mctpkit validate: ${target.name}`)}">\n${suites.join('\n')}\n</testsuites>\n`;
}

function suite(group: string, target: Target, results: readonly CheckResult[]): string {
  const failures = results.filter(({ verdict }) => verdict === 'fail').length;
  const skipped = results.filter(({ verdict }) => verdict === 'notApplicable' || verdict === 'inconclusive').length;
  const time = results.reduce((sum, { ms }) => sum + ms, 0) / 1000;
  return [
    `  <testsuite name="${xml(group)}" hostname="${xml(target.name)}" tests="${results.length}" failures="${failures}" errors="0" skipped="${skipped}" time="${time.toFixed(3)}">`,
    ...results.map(testCase),
    '  </testsuite>',
  ].join('\n');
}

function testCase(result: CheckResult): string {
  const { check, ms } = result;
  const start = `    <testcase classname="${xml(check.group)}" name="${xml(`${check.id} ${check.title}`)}" time="${(ms / 1000).toFixed(3)}"`;
  const inside = outcome(result);
  return inside === '' ? `${start}/>` : `${start}>${inside}</testcase>`;
}

function outcome({ check, verdict, why, packets }: CheckResult): string {
  if (verdict === 'pass') return '';
  if (verdict === 'notApplicable' || verdict === 'inconclusive') {
    return `<skipped message="${xml(`${verdict === 'inconclusive' ? 'inconclusive' : 'not applicable'}: ${why}`)}"/>`;
  }
  const bytes = packets.map((packet) => `${packet.direction}: ${toHex(packet.bytes)}`).join('\n');
  if (verdict === 'warning') return `<system-out>${xml(`warning (${check.clause}): ${why}\n${bytes}`)}</system-out>`;
  return `<failure type="${xml(check.clause)}" message="${xml(why)}">${xml(bytes)}</failure>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** For XML and HTML: text of a device may hold anything. */
export function xml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 cannot hold them at all
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '\ufffd').replace(/[&<>"]/g, (c) => ENTITIES[c]!);
}
