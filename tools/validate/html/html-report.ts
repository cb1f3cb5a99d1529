/** The run as one HTML file, which needs nothing beside it: searchable, light and dark, and nothing of it is loaded. */

import type { BaselineChanges } from '../../../hw-fixtures/validator/baseline.js';
import { VERDICTS, type Verdict } from '../../../hw-fixtures/validator/finding.js';
import type { CheckResult } from '../../../hw-fixtures/validator/run-checks.js';
import type { Target } from '../../../hw-fixtures/validator/target.js';
import { coloursFor } from '../../format/colours.js';
import { exchangeText } from '../explain.js';
import { xml } from '../junit.js';
import { summaryOf } from '../report.js';
import { VERDICT_WORDS } from '../verdict-words.js';
import { PAGE_SCRIPT } from './page-script.js';
import { PAGE_STYLE } from './page-style.js';
import { sequenceChart } from './sequence-chart.js';

const PLAIN = coloursFor(false, {});

export interface HtmlReport {
  readonly target: Target;
  readonly results: readonly CheckResult[];
  /** When it ran; ISO 8601. */
  readonly when: string;
  readonly changes: BaselineChanges | undefined;
}

export function htmlReport({ target, results, when, changes }: HtmlReport): string {
  const groups = [...new Set(results.map(({ check }) => check.group))];
  const title = xml(`mctpkit validate: ${target.name}`);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    // Text of a device stays text, whatever it says.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title>`,
    `<style>${PAGE_STYLE}</style>`,
    '</head>',
    '<body>',
    `<header><h1>${title}</h1><p><time datetime="${xml(when)}">${xml(minutesOf(when))}</time>, ${results.length} checks</p>`,
    filters(results),
    '<input type="search" id="search" placeholder="Search: an id, a clause, a word" aria-label="Search the checks">',
    '</header>',
    '<main>',
    ...(changes === undefined ? [] : [changeLists(changes)]),
    summaryTable(groups, results),
    ...groups.flatMap((group) => section(group, results, target)),
    '<p id="none" hidden>No check fits.</p>',
    '</main>',
    `<script>${PAGE_SCRIPT}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** `2026-11-28 12:16 UTC` */
function minutesOf(when: string): string {
  return `${when.slice(0, 16).replace('T', ' ')} UTC`;
}

function filters(results: readonly CheckResult[]): string {
  const summary = summaryOf(results);
  const buttons = VERDICTS.map(
    (verdict) =>
      `<button type="button" class="${verdict}" data-filter="${verdict}" aria-pressed="true">${summary[verdict]} ${VERDICT_WORDS[verdict]}</button>`,
  );
  return `<p class="filters">${buttons.join(' ')}</p>`;
}

function changeLists({ news, mended }: BaselineChanges): string {
  const list = (what: string, ids: readonly string[]): string =>
    ids.length === 0
      ? ''
      : `<p><b>${what} since the baseline:</b> ${ids.map((id) => `<a href="#${xml(id)}">${xml(id)}</a>`).join(', ')}</p>`;
  return `${list('New', news)}${list('Mended', mended)}`;
}

function summaryTable(groups: readonly string[], results: readonly CheckResult[]): string {
  const row = (name: string, of: readonly CheckResult[]): string => {
    const summary = summaryOf(of);
    return `<tr><th scope="row">${name}</th>${VERDICTS.map((one) => `<td>${summary[one]}</td>`).join('')}<td>${of.length}</td></tr>`;
  };
  return [
    `<div class="wide"><table><thead><tr><th>group</th>${VERDICTS.map((one) => `<th>${VERDICT_WORDS[one]}</th>`).join('')}<th>checks</th></tr></thead><tbody>`,
    ...groups.map((group) => row(`<a href="#group-${xml(group)}">${xml(group)}</a>`, inGroup(results, group))),
    row('all', results),
    '</tbody></table></div>',
  ].join('\n');
}

function section(group: string, results: readonly CheckResult[], target: Target): string[] {
  const order = (verdict: Verdict): number => VERDICTS.indexOf(verdict);
  const sorted = inGroup(results, group).sort((a, b) => order(a.verdict) - order(b.verdict));
  return [
    `<section id="group-${xml(group)}"><h2>${xml(group)}</h2>`,
    ...sorted.map((result) => detail(result, target)),
    '</section>',
  ];
}

function detail({ check, level, verdict, why, packets, packetsDropped, ms }: CheckResult, target: Target): string {
  const isBad = verdict === 'fail' || verdict === 'warning';
  return [
    `<details class="${verdict}" id="${xml(check.id)}" data-verdict="${verdict}"${isBad ? ' open' : ''}>`,
    `<summary><span class="verdict">${VERDICT_WORDS[verdict]}</span> <code>${xml(check.id)}</code> ${xml(check.title)} <small>${xml(check.clause)}, ${level}, ${ms.toFixed(1)} ms</small></summary>`,
    ...(why === '' ? [] : [`<p class="reason">${xml(why)}</p>`]),
    `<dl><dt>Why it matters</dt><dd>${xml(check.why)}</dd>`,
    ...(isBad
      ? [`<dt>What it means</dt><dd>${xml(check.failure)}</dd><dt>To mend it</dt><dd>${xml(check.mend)}</dd>`]
      : []),
    '</dl>',
    ...(isBad && packets.length > 0 ? [`<div class="wide">${sequenceChart(packets, target.name)}</div>`] : []),
    ...(packets.length > 0 ? [`<pre>${xml(exchangeText(packets, PLAIN).join('\n'))}</pre>`] : []),
    ...(packetsDropped > 0 ? [`<p>${packetsDropped} packets more were not kept.</p>`] : []),
    '</details>',
  ].join('\n');
}

function inGroup(results: readonly CheckResult[], group: string): CheckResult[] {
  return results.filter(({ check }) => check.group === group);
}
