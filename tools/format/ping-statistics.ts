/** What many answers say together. */

export interface PingStatistics {
  readonly sent: number;
  readonly received: number;
  readonly lossPercent: number;
  readonly rttMs: { readonly min: number; readonly avg: number; readonly max: number } | null;
}

/** Counted as they come: a ping that goes on for days keeps none of them. */
export class PingCounter {
  #sent = 0;
  #received = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;
  #sum = 0;

  /** @param rttMs undefined: there was no answer. */
  add(rttMs: number | undefined): void {
    this.#sent++;
    if (rttMs === undefined) return;
    this.#received++;
    this.#min = Math.min(this.#min, rttMs);
    this.#max = Math.max(this.#max, rttMs);
    this.#sum += rttMs;
  }

  get statistics(): PingStatistics {
    const sent = this.#sent;
    const received = this.#received;
    const lossPercent = sent === 0 ? 0 : Math.round((1000 * (sent - received)) / sent) / 10;
    const rttMs = received === 0 ? null : { min: this.#min, avg: this.#sum / received, max: this.#max };
    return { sent, received, lossPercent, rttMs };
  }
}

export function statisticsLines(name: string, { sent, received, lossPercent, rttMs }: PingStatistics): string[] {
  const counts = `--- ${name}: ${sent} sent, ${received} received, ${lossPercent}% loss`;
  if (rttMs === null) return [counts];
  const times = [rttMs.min, rttMs.avg, rttMs.max].map((ms) => ms.toFixed(2)).join('/');
  return [counts, `    min/avg/max ${times} ms`];
}
