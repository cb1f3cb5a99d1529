/** Plots over time: uPlot, in the colours of the page, as wide as there is room. */

import uPlot from 'uplot';
import { h } from './page-dom.js';
import { timeText } from './page-format.js';

export interface PlotLine {
  readonly label: string;
  /** Of the style sheet: `--accent`. */
  readonly colour: string;
}

export interface PlotLimit {
  readonly value: number;
  readonly label: string;
  readonly colour: string;
}

export interface PlotOptions {
  /** What it shows, for those who do not see. */
  readonly label: string;
  readonly lines: readonly PlotLine[];
  readonly value: (value: number) => string;
  readonly limits?: readonly PlotLimit[];
  readonly height?: number;
  /** From zero up. */
  readonly fromZero?: boolean;
}

type Points = [times: number[], ...lines: (number | null)[][]];

const MOST_POINTS = 1200;
/** From one side of a plot to the other. */
const LEAST_SPAN_S = 60;

export class Plot {
  readonly element: HTMLElement;
  #plot: uPlot | undefined;
  #points: Points;
  readonly #sized: ResizeObserver;
  readonly #recolour = (): void => this.#make();

  constructor(private readonly options: PlotOptions) {
    this.#points = [[], ...options.lines.map(() => [])];
    this.element = h('div', { class: 'plot', role: 'img', 'aria-label': options.label });
    this.#sized = new ResizeObserver(() => {
      const { clientWidth: width } = this.element;
      if (this.#plot === undefined) this.#make();
      else if (width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height: this.#plot.height });
    });
    this.#sized.observe(this.element);
    addEventListener('themechange', this.#recolour);
  }

  /** Everything so far; s since 1970. */
  set(points: Points): void {
    this.#points = points;
    this.#plot?.setData(points as uPlot.AlignedData);
  }

  add(time: number, values: readonly (number | null)[]): void {
    const [times, ...lines] = this.#points;
    if (times.length > 0 && time <= times.at(-1)!) return;
    times.push(time);
    for (const [index, line] of lines.entries()) line.push(values[index] ?? null);
    if (times.length > MOST_POINTS) for (const list of this.#points) list.shift();
    this.#plot?.setData(this.#points as uPlot.AlignedData);
  }

  close(): void {
    removeEventListener('themechange', this.#recolour);
    this.#sized.disconnect();
    this.#plot?.destroy();
  }

  #make(): void {
    const { clientWidth: width } = this.element;
    if (width === 0) return;
    this.#plot?.destroy();
    const { lines, value, limits = [], height = 220, fromZero = false } = this.options;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const axis = {
      stroke: colour('--faint'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { stroke: colour('--line'), width: 1 },
      font: '11px system-ui, sans-serif',
    };
    const limitRange = (low: number, high: number): [number, number] => {
      const room = (high - low || Math.abs(high) || 1) * 0.1;
      // A limit is shown when the values come near it.
      const near = limits.map((limit) => limit.value).filter((at) => at > low - 6 * room && at < high + 6 * room);
      return [fromZero ? 0 : Math.min(low, ...near) - room, Math.max(high, ...near) + room];
    };
    this.#plot = new uPlot(
      {
        width,
        height,
        legend: { show: lines.length > 1 },
        cursor: { y: false },
        // Of one value, or of a few seconds, a minute is shown.
        scales: {
          x: { range: (_plot, low, high) => timeRange(low, high) },
          y: { range: (_plot, low, high) => (low === null ? [0, 1] : limitRange(low, high)) },
        },
        series: [
          {},
          ...lines.map(({ label, colour: name }) => ({
            label,
            stroke: colour(name),
            width: 1.6,
            points: { show: (plot: uPlot) => (plot.data[0]?.length ?? 0) < 3 },
            value: (_plot: uPlot, at: number | null) => (at === null ? '-' : value(at)),
          })),
        ],
        axes: [
          { ...axis, size: 28, values: (_plot, splits) => splits.map((at) => timeText(1000 * at)) },
          {
            ...axis,
            size: (_plot, values) => 24 + 6.5 * Math.max(4, ...(values ?? []).map((text) => text.length)),
            values: (_plot, splits) => splits.map(value),
          },
        ],
        hooks: { draw: [(plot) => drawLimits(plot, limits, colour)] },
      },
      this.#points as uPlot.AlignedData,
      this.element,
    );
  }
}

function timeRange(low: number | null, high: number | null): [number, number] {
  const last = high ?? Date.now() / 1000;
  return [Math.min(low ?? last, last - LEAST_SPAN_S), last];
}

function drawLimits(plot: uPlot, limits: readonly PlotLimit[], colour: (name: string) => string): void {
  const { ctx, bbox } = plot;
  const { min = 0, max = 0 } = plot.scales.y ?? {};
  ctx.save();
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'bottom';
  ctx.setLineDash([6, 4]);
  for (const { value, label, colour: name } of limits) {
    if (min === null || max === null || value < min || value > max) continue;
    const y = Math.round(plot.valToPos(value, 'y', true));
    ctx.strokeStyle = ctx.fillStyle = colour(name);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillText(label, bbox.left + 6, y - 4);
  }
  ctx.restore();
}
