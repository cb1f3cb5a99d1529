/** The HTML report, as a file on its own. */

import { describe, expect, it } from 'vitest';
import { allChecks } from '../../../hw-fixtures/validator/registry.js';
import type { CheckResult } from '../../../hw-fixtures/validator/run-checks.js';
import type { PassedPacket, Target } from '../../../hw-fixtures/validator/target.js';
import { htmlReport } from '../../../tools/validate/html/html-report.js';

const EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>';
const target = { name: EVIL } as Target;
const packet = (direction: PassedPacket['direction'], ...bytes: number[]): PassedPacket => ({
  direction,
  at: direction === 'sent' ? 1000 : 1001.5,
  bytes: Uint8Array.from(bytes),
  fault: undefined,
});
const [first, second, third] = allChecks();
const result = (check: typeof first, more: Partial<CheckResult>): CheckResult => ({
  check: check!,
  level: check!.level,
  verdict: 'pass',
  why: '',
  packets: [],
  packetsDropped: 0,
  ms: 1,
  ...more,
});
const exchange = [
  packet('sent', 0x01, 9, 8, 0xc8, 0x00, 0x80, 0x02),
  packet('received', 0x01, 8, 9, 0xc0, 0x00, 0x00, 0x02, 0x05),
];
const page = htmlReport({
  target,
  when: '2026-01-02T03:04:05.000Z',
  results: [
    result(first, {}),
    result(second, { verdict: 'fail', why: `it says ${EVIL}`, packets: exchange }),
    result(third, { verdict: 'warning', why: 'odd', packets: Array.from({ length: 100 }, () => exchange[0]!) }),
  ],
  changes: { news: [second!.id], mended: [first!.id] },
});

describe('the HTML report', () => {
  it('loads nothing, and text of a device stays text', () => {
    expect(page).not.toMatch(/<img|alert\(1\)<\/script>/);
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/(?:src|href)="(?!#)/);
    expect(page).toContain("default-src 'none'");
    expect(page).toContain('it says &quot;&gt;&lt;script&gt;alert(1)');
  });

  it('has every check with its verdict, failures open and first in their group', () => {
    const details = [...page.matchAll(/<details class="(\w+)" id="([^"]+)" data-verdict="\w+"( open)?>/g)];
    expect(details.map(([, verdict, id, open]) => [verdict, id, open !== undefined])).toEqual([
      ['fail', second!.id, true],
      ['warning', third!.id, true],
      ['pass', first!.id, false],
    ]);
  });

  it('has a sequence chart of each failing exchange, explained by the codecs, and bounded', () => {
    const charts = page.match(/<svg class="chart"[\s\S]*?<\/svg>/g)!;
    expect(charts).toHaveLength(2);
    expect(charts[0]).toContain('GetEndpointID request #0');
    expect(charts[0]).toContain('GetEndpointID response #0, completion code 0x05');
    expect(charts[0]!.match(/<g class="sent">/g)).toHaveLength(1);
    expect(charts[0]!.match(/<g class="received">/g)).toHaveLength(1);
    expect(charts[0]).toContain('1.500 ms');
    expect(charts[1]).toContain('... and 76 packets more');
  });

  it('says what is new and mended, can be searched, and is light and dark', () => {
    expect(page).toContain(`<b>New since the baseline:</b> <a href="#${second!.id}">`);
    expect(page).toContain(`<b>Mended since the baseline:</b> <a href="#${first!.id}">`);
    expect(page).toContain('type="search"');
    expect(page).toContain('prefers-color-scheme:dark');
  });

  it('fits a narrow screen: what is wide scrolls by itself, and the head does not cover the checks', () => {
    const wide = page.match(/<div class="wide"><(table|svg)/g)!;
    expect(wide).toHaveLength(1 + page.match(/<svg /g)!.length);
    expect(page).toContain('.wide{overflow-x:auto}');
    expect(page).toMatch(/@media \(max-width:40rem\)[^}]*\{body\{[^}]*\}header\{position:static\}/);
  });

  it('says when it ran, and why a packet was dropped, in words', () => {
    expect(page).toContain('<time datetime="2026-01-02T03:04:05.000Z">2026-01-02 03:04 UTC</time>');
    const lost = { ...exchange[1]!, fault: 'unknownTag' };
    const results = [result(first, { verdict: 'fail', why: 'odd', packets: [exchange[0]!, lost] })];
    const other = htmlReport({ target, when: '2026-01-02T03:04:05.000Z', results, changes: undefined });
    expect(other).toContain('(dropped: unknown tag)');
  });

  it('leads somewhere with every link, and shows every verdict by a button with its count', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    for (const [, to] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(to);
    const buttons = [...page.matchAll(/data-filter="(\w+)" aria-pressed="true">(\d+)/g)].map(([, verdict, count]) => [
      verdict,
      Number(count),
    ]);
    expect(Object.fromEntries(buttons)).toEqual({ fail: 1, warning: 1, inconclusive: 0, pass: 1, notApplicable: 0 });
  });

  it('has every tag closed', () => {
    const open: string[] = [];
    for (const [, end, name, self] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/g)) {
      if (self === '/' || ['meta', 'input'].includes(name!)) continue;
      if (end === '/') expect(open.pop()).toBe(name);
      else open.push(name!);
    }
    expect(open).toEqual([]);
  });
});
