/**
 * Text in Prometheus' exposition format, version 0.0.4. Everything is written within one call, so that a reader sees the
 * figures of one moment; a library which collects metric by metric, asynchronously, would not give that.
 */

import type { Histogram } from '../../../bindings/shared/server/metric-histogram.js';

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export type Labels = Readonly<Record<string, string | number>>;
export type Sample = readonly [labels: Labels, value: number];

export class Exposition {
  readonly #lines: string[] = [];

  /** @param all labels which every sample has */
  constructor(private readonly all: Labels) {}

  counter(name: string, help: string, samples: readonly Sample[]): void {
    this.#family(name, 'counter', help, samples);
  }

  gauge(name: string, help: string, samples: readonly Sample[]): void {
    this.#family(name, 'gauge', help, samples);
  }

  histogram(name: string, help: string, { limits, counts, sum, count }: Histogram): void {
    this.#head(name, 'histogram', help);
    let below = 0;
    limits.forEach((limit, step) => {
      below += counts[step]!;
      this.#sample(`${name}_bucket`, { le: limit }, below);
    });
    this.#sample(`${name}_bucket`, { le: '+Inf' }, count);
    this.#sample(`${name}_sum`, {}, sum);
    this.#sample(`${name}_count`, {}, count);
  }

  get text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  /** What has no samples is left out. */
  #family(name: string, type: string, help: string, samples: readonly Sample[]): void {
    if (samples.length === 0) return;
    this.#head(name, type, help);
    for (const [labels, value] of samples) this.#sample(name, labels, value);
  }

  #head(name: string, type: string, help: string): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  }

  #sample(name: string, labels: Labels, value: number): void {
    const pairs = Object.entries({ ...this.all, ...labels }).map(([label, text]) => `${label}="${quoted(text)}"`);
    this.#lines.push(`${name}{${pairs.join(',')}} ${value}`);
  }
}

function quoted(text: string | number): string {
  return String(text).replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');
}
