/** What many answers say together. */

export interface PingStatistics {
  readonly sent: number;
  readonly received: number;
  readonly lossPercent: number;
  readonly rttMs: { readonly min: number; readonly avg: number; readonly max: number } | null;
}

export function pingStatistics(replies: readonly { readonly rttMs: number | undefined }[]): PingStatistics {
  const times = replies.flatMap(({ rttMs }) => (rttMs === undefined ? [] : [rttMs]));
  const sent = replies.length;
  const lossPercent = sent === 0 ? 0 : Math.round((1000 * (sent - times.length)) / sent) / 10;
  if (times.length === 0) return { sent, received: 0, lossPercent, rttMs: null };
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  let sum = 0;
  for (const time of times) {
    min = Math.min(min, time);
    max = Math.max(max, time);
    sum += time;
  }
  return { sent, received: times.length, lossPercent, rttMs: { min, avg: sum / times.length, max } };
}

export function statisticsLines(name: string, { sent, received, lossPercent, rttMs }: PingStatistics): string[] {
  const counts = `--- ${name}: ${sent} sent, ${received} received, ${lossPercent}% loss`;
  if (rttMs === null) return [counts];
  const times = [rttMs.min, rttMs.avg, rttMs.max].map((ms) => ms.toFixed(2)).join('/');
  return [counts, `    min/avg/max ${times} ms`];
}
