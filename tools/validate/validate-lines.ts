/** A run on the terminal: failures first, each with what passed, then the summary by group. */

import { printable } from '../command-error.js';
import type { Colours } from '../format/colours.js';
import { tableLines } from '../format/columns.js';
import type { BaselineChanges } from './baseline.js';
import type { Check } from './declaration.js';
import { exchangeText } from './explain.js';
import { VERDICTS, type Verdict } from './finding.js';
import { summaryOf } from './report.js';
import type { CheckResult } from './run-checks.js';

const WORDS: Readonly<Record<Verdict, string>> = {
  fail: 'fail',
  warning: 'warning',
  inconclusive: 'inconclusive',
  pass: 'pass',
  notApplicable: 'not applicable',
};

export function resultLines(results: readonly CheckResult[], colours: Colours): string[] {
  const shown = VERDICTS.filter((verdict) => verdict !== 'pass' && verdict !== 'notApplicable');
  const details = shown.flatMap((wanted) =>
    results.filter(({ verdict }) => verdict === wanted).flatMap((result) => detailLines(result, colours)),
  );
  return [...details, ...summaryLines(results, colours)];
}

function detailLines({ check, verdict, why, packets }: CheckResult, colours: Colours): string[] {
  const paint = verdict === 'fail' ? colours.bad : colours.strong;
  const head = `${paint(WORDS[verdict])}  ${colours.name(check.id)}  ${check.title}  ${colours.faint(`(${check.clause})`)}`;
  if (verdict === 'inconclusive') return [head, `    ${printable(why)}`];
  return [
    head,
    `    ${printable(why)}`,
    `    mend: ${check.mend}`,
    ...exchangeText(packets, colours).map((line) => `    ${line}`),
    '',
  ];
}

function summaryLines(results: readonly CheckResult[], colours: Colours): string[] {
  const groups = [...new Set(results.map(({ check }) => check.group))];
  const row = (name: string, of: readonly CheckResult[]): string[] => {
    const summary = summaryOf(of);
    return [name, ...VERDICTS.map((verdict) => String(summary[verdict])), String(of.length)];
  };
  const [heading = '', ...lines] = tableLines(
    [
      ['group', ...VERDICTS.map((verdict) => WORDS[verdict]), 'checks'],
      ...groups.map((group) =>
        row(
          group,
          results.filter(({ check }) => check.group === group),
        ),
      ),
      row('all', results),
    ],
    ['left', ...VERDICTS.map(() => 'right' as const), 'right'],
  );
  return [colours.faint(heading), ...lines];
}

export function baselineLines({ news, mended }: BaselineChanges, colours: Colours): string[] {
  return [
    ...news.map((id) => `${colours.bad('new since the baseline')}: ${id}`),
    ...mended.map((id) => `${colours.good('mended since the baseline')}: ${id}`),
  ];
}

export function listLines(checks: readonly Check[], colours: Colours): string[] {
  return tableLines(
    checks.map(({ id, level, clause, title, needs }) => [
      colours.name(id),
      level,
      clause,
      needs === undefined ? title : `${title} (--allow ${needs})`,
    ]),
  );
}

export function explanation(check: Check, colours: Colours): string[] {
  return [
    `${colours.name(check.id)}  ${colours.strong(check.title)}`,
    `clause:     ${check.clause}`,
    `level:      ${check.level}${check.level === 'conditional' ? `, ${check.condition}` : ''}`,
    `group:      ${check.group}`,
    ...(check.needs === undefined ? [] : [`needs:      --allow ${check.needs}`]),
    `why:        ${check.why}`,
    `a failure:  ${check.failure}`,
    `to mend it: ${check.mend}`,
  ];
}
