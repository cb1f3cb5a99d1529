/** A run on the terminal: failures first, each with what passed, then the summary by group. */

import type { BaselineChanges } from '../../hw-fixtures/validator/baseline.js';
import type { Check } from '../../hw-fixtures/validator/declaration.js';
import { VERDICTS } from '../../hw-fixtures/validator/finding.js';
import type { CheckResult } from '../../hw-fixtures/validator/run-checks.js';
import { printable } from '../command-error.js';
import type { Colours } from '../format/colours.js';
import { tableLines } from '../format/columns.js';
import { exchangeText } from './explain.js';
import { summaryOf } from './report.js';
import { VERDICT_WORDS } from './verdict-words.js';

/** While it runs: `12 pass, 1 fail  `; '' before the first. */
export function verdictCounts(results: readonly CheckResult[]): string {
  const summary = summaryOf(results);
  const counts = VERDICTS.filter((verdict) => summary[verdict] > 0).map(
    (one) => `${summary[one]} ${VERDICT_WORDS[one]}`,
  );
  return counts.length === 0 ? '' : `${counts.join(', ')}  `;
}

/** Checks that are named for one reason: the reports have them all. */
const MOST_IDS = 8;

export function resultLines(results: readonly CheckResult[], colours: Colours): string[] {
  const details = (['fail', 'warning'] as const).flatMap((wanted) =>
    results.filter(({ verdict }) => verdict === wanted).flatMap((result) => detailLines(result, colours)),
  );
  return [...details, ...inconclusiveLines(results, colours), ...summaryLines(results, colours)];
}

/** By reason: a device that is gone has the same one for all. */
function inconclusiveLines(results: readonly CheckResult[], colours: Colours): string[] {
  const open = results.filter(({ verdict }) => verdict === 'inconclusive');
  const reasons = [...new Set(open.map(({ why }) => why))];
  return reasons.flatMap((reason) => {
    const ids = open.filter(({ why }) => why === reason).map(({ check }) => check.id);
    const more = ids.length > MOST_IDS ? [`and ${ids.length - MOST_IDS} more`] : [];
    return [
      `${colours.strong(VERDICT_WORDS.inconclusive)}  ${printable(reason)}`,
      `    ${[...ids.slice(0, MOST_IDS).map(colours.name), ...more].join(', ')}`,
    ];
  });
}

function detailLines({ check, verdict, why, packets }: CheckResult, colours: Colours): string[] {
  const paint = verdict === 'fail' ? colours.bad : colours.strong;
  return [
    `${paint(VERDICT_WORDS[verdict])}  ${colours.name(check.id)}  ${check.title}  ${colours.faint(`(${check.clause})`)}`,
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
      ['group', ...VERDICTS.map((verdict) => VERDICT_WORDS[verdict]), 'checks'],
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
