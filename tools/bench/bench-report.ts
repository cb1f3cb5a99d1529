/** What a measurement says, as JSON and as lines. Pure. */

import type { Colours } from '../format/colours.js';
import { tableLines } from '../format/columns.js';
import type { BenchDocument, IntervalDocument } from '../schema/traffic-documents.js';
import type { Measured } from './run-bench.js';

export type BenchReport = BenchDocument;
/** What a link counted during the measurement; only what is not zero. */
export type LinkChange = BenchDocument['links'][number];
export type Interval = IntervalDocument;

export interface ReportContext {
  readonly target: string;
  readonly mode: BenchDocument['mode'];
  readonly size: number;
  readonly parallel: number;
  readonly links: readonly LinkChange[];
  readonly intervals: readonly Interval[];
}

export function benchReport(measured: Measured, context: ReportContext): BenchReport {
  const { sent, received, lost, invalid, sentBytes, receivedBytes, errors, times } = measured;
  const seconds = Math.max(0, measured.endMs - measured.startMs) / 1000;
  const per = (amount: number): number => (seconds === 0 ? 0 : amount / seconds);
  const expected = Math.max(sent, received + lost);
  const { target, mode, size, parallel, links, intervals } = context;
  return {
    target,
    mode,
    size,
    parallel,
    seconds,
    sent,
    received,
    lost,
    lossPercent: expected === 0 ? 0 : Math.round((10_000 * lost) / expected) / 100,
    invalid,
    errors: { ...errors },
    messagesPerSecond: per(Math.max(received, mode === 'send' ? sent : 0)),
    sentBytesPerSecond: per(sentBytes),
    receivedBytesPerSecond: per(receivedBytes),
    timesMs: times.summary(),
    histogram: times.ranges(12),
    links,
    intervals,
  };
}

const TIMES: Readonly<Record<string, string>> = {
  echo: 'round trip',
  send: 'until a message has left',
  request: 'between messages',
};

export function reportLines(report: BenchReport, colours: Colours): string[] {
  const { mode, sent, received, lost, lossPercent, invalid, errors, seconds, timesMs } = report;
  // Only the receiver could know: mctpkit bench --serve tells it there.
  const loss = mode === 'send' && lost === 0 ? 'loss not counted' : `${lost} lost (${lossPercent}%)`;
  const wrong = invalid === 0 ? '' : `, ${colours.bad(`${invalid} invalid`)}`;
  const counts =
    mode === 'request'
      ? `${received} received`
      : mode === 'send'
        ? `${sent} sent`
        : `${sent} sent, ${received} received`;
  const out = [
    `--- ${report.target}: ${counts}, ${lost === 0 ? loss : colours.bad(loss)}${wrong} in ${seconds.toFixed(2)} s`,
    `    ${report.messagesPerSecond.toFixed(1)} messages/s${speed('out', report.sentBytesPerSecond)}${speed('in', report.receivedBytesPerSecond)}`,
  ];
  if (timesMs !== null) {
    const { minMs, meanMs, p50Ms, p90Ms, p99Ms, maxMs } = timesMs;
    const values = [minMs, meanMs, p50Ms, p90Ms, p99Ms, maxMs].map((ms) => ms.toFixed(2)).join('/');
    out.push(`    ${TIMES[mode] ?? 'time'}, min/mean/50%/90%/99%/max ${values} ms`);
    out.push(...picture(report, colours));
  }
  const problems = Object.entries(errors).map(([code, count]) => `${code} ${count}`);
  if (problems.length > 0) out.push(`    ${colours.bad(`errors: ${problems.join(', ')}`)}`);
  for (const { name, counters } of report.links) {
    const unusual = Object.entries(counters).filter(
      ([counter]) => !/^(rx|tx)(Packets|Bytes|Messages|Frames)$/.test(counter),
    );
    if (unusual.length > 0)
      out.push(`    ${name}: ${unusual.map(([counter, count]) => `${counter} ${count}`).join(', ')}`);
  }
  return out;
}

/** 1 kB is 1024 bytes, as mctp-bench has it. */
function speed(direction: string, bytesPerSecond: number): string {
  return bytesPerSecond === 0 ? '' : `, ${(bytesPerSecond / 1024).toFixed(2)} kB/s ${direction}`;
}

const BAR = 40;

function picture({ histogram }: BenchReport, colours: Colours): string[] {
  const most = Math.max(...histogram.map(({ count }) => count));
  const rows = histogram.map(({ fromMs, toMs, count }) => {
    const bar = count === 0 ? '' : '#'.repeat(Math.max(1, Math.round((BAR * count) / most)));
    return ['   ', fromMs.toFixed(2), 'to', toMs.toFixed(2), 'ms', String(count), colours.name(bar)];
  });
  return tableLines(rows, ['left', 'right', 'left', 'right', 'left', 'right', 'left']);
}

export function intervalLine({ seconds, sent, received, lost, messagesPerSecond, p99Ms, memoryMB }: Interval): string {
  const time = p99Ms === null ? '' : `, 99% within ${p99Ms.toFixed(2)} ms`;
  return `${seconds.toFixed(0)} s: ${sent} sent, ${received} received, ${lost} lost, ${messagesPerSecond.toFixed(1)} messages/s${time}, ${memoryMB.toFixed(0)} MB`;
}

export function linkChange(
  name: string,
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): LinkChange {
  const changed = Object.entries(after).flatMap(([counter, value]) => {
    const grown = value - (before[counter] ?? 0);
    return grown === 0 ? [] : [[counter, grown] as const];
  });
  return { name, counters: Object.fromEntries(changed) };
}
