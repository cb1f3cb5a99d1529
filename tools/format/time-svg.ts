/** Values over time as a picture: an SVG file, without scripts. Pure. */

/** A moment of the clock, ms, and the value then; undefined is a gap in the line. */
export type Moment = readonly [at: number, value: number | undefined];

export interface TimePanel {
  /** "Composite temperature (°C)" */
  readonly title: string;
  readonly unit: string;
  /** Between two lines of the grid, at least. */
  readonly leastStep: number;
  /** One for each name, in the same order. */
  readonly curves: readonly (readonly Moment[])[];
  /** A line where it warns. */
  readonly limit?: number | undefined;
}

export interface TimePicture {
  readonly title: string;
  readonly names: readonly string[];
  readonly panels: readonly TimePanel[];
  /** When the clock showed 0, in ms since 1970. */
  readonly originMs: number;
}

const WIDTH = 900;
const PANEL = 240;
const LEFT = 56;
const RIGHT = 24;
const TOP = 48;
const GAP = 56;
const LEGEND_ROW = 18;
/** Told apart with any kind of colour vision (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#666666', '#000000'];
const DASHES = ['', '6 3', '2 3', '8 3 2 3'];
const NAMED = 24;

interface Range {
  readonly low: number;
  readonly high: number;
}

export function timeSvg({ title, names, panels, originMs }: TimePicture): string {
  const [from, to] = ends(panels);
  const bottom = TOP + panels.length * PANEL + (panels.length - 1) * GAP;
  const legendTop = bottom + 48;
  const named = names.slice(0, NAMED);
  const height = legendTop + LEGEND_ROW * Math.ceil(named.length / 2) + 16;
  const x = (at: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * (at - from)) / (to - from);
  const body = [
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="20" font-size="15" font-weight="600">${escaped(title)}</text>`,
    ...panels.flatMap((panel, index) => panelLines(panel, TOP + index * (PANEL + GAP), x)),
    ...timeLines(from, to, x, originMs, bottom + 18),
    ...legend(named, legendTop),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#222222">`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

/** The first and the last moment of all. */
function ends(panels: readonly TimePanel[]): readonly [from: number, to: number] {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { curves } of panels) {
    for (const curve of curves) {
      for (const [at] of curve) [from, to] = [Math.min(from, at), Math.max(to, at)];
    }
  }
  return from > to ? [0, 1] : [from, Math.max(to, from + 1)];
}

/** Thresholds only where the values come near them: else they would press the lines flat. */
function nearby(limit: number | undefined, highest: number): boolean {
  return limit !== undefined && limit - highest <= 30;
}

function rangeOf({ curves, leastStep, limit }: TimePanel): Range {
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const curve of curves) {
    for (const [, value] of curve) {
      if (value !== undefined) [lowest, highest] = [Math.min(lowest, value), Math.max(highest, value)];
    }
  }
  if (nearby(limit, highest)) [lowest, highest] = [Math.min(lowest, limit!), Math.max(highest, limit!)];
  return range(lowest, highest, leastStep);
}

/** From tick to tick. */
function range(lowest: number, highest: number, least: number): Range {
  if (!Number.isFinite(lowest)) return { low: 0, high: least };
  const step = Math.max(least, tickStep(highest - lowest));
  const low = Math.floor(lowest / step) * step;
  const high = Math.ceil(highest / step) * step;
  return high === low ? { low: low - step, high: high + step } : { low, high };
}

function panelLines(panel: TimePanel, top: number, x: (at: number) => number): string[] {
  const { title, unit, curves, limit } = panel;
  const { low, high } = rangeOf(panel);
  const y = (value: number): number => top + PANEL - (PANEL * (value - low)) / (high - low);
  const lines = [`<text x="${LEFT}" y="${top - 8}" font-weight="600">${escaped(title)} (${escaped(unit)})</text>`];
  const step = tickStep(high - low);
  for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) {
    const at = y(tick).toFixed(1);
    lines.push(
      `<line x1="${LEFT}" y1="${at}" x2="${WIDTH - RIGHT}" y2="${at}" stroke="#e4e4e4"/>`,
      `<text x="${LEFT - 8}" y="${(y(tick) + 4).toFixed(1)}" text-anchor="end" fill="#666666">${tickText(tick, step)}</text>`,
    );
  }
  if (limit !== undefined && limit > low && limit <= high) {
    const at = y(limit).toFixed(1);
    lines.push(
      `<line x1="${LEFT}" y1="${at}" x2="${WIDTH - RIGHT}" y2="${at}" stroke="#c00000" stroke-dasharray="4 4"/>`,
      `<text x="${WIDTH - RIGHT}" y="${(y(limit) - 4).toFixed(1)}" text-anchor="end" fill="#c00000">warning ${limit} ${escaped(unit)}</text>`,
    );
  }
  curves.forEach((curve, index) => {
    for (const run of runsOf(curve)) {
      const points = run.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
      if (run.length > 1) lines.push(`<polyline points="${points}" fill="none" ${strokeOf(index)}/>`);
      else
        lines.push(
          `<circle cx="${points.split(',')[0]}" cy="${points.split(',')[1]}" r="2" fill="${colourOf(index)}"/>`,
        );
    }
  });
  return lines;
}

/** What was not told is a gap in the line. */
function runsOf(curve: readonly Moment[]): (readonly (readonly [at: number, value: number])[])[] {
  const runs: [number, number][][] = [[]];
  for (const [at, value] of curve) {
    if (value !== undefined) runs.at(-1)!.push([at, value]);
    else if (runs.at(-1)!.length > 0) runs.push([]);
  }
  return runs.filter((run) => run.length > 0);
}

function timeLines(from: number, to: number, x: (at: number) => number, originMs: number, top: number): string[] {
  const lines: string[] = [];
  const days = to - from > 86_400_000;
  for (let part = 0; part <= 4; part++) {
    const at = from + ((to - from) * part) / 4;
    const time = new Date(originMs + at).toISOString();
    const text = days ? time.slice(0, 16).replace('T', ' ') : time.slice(11, 19);
    const anchor = part === 0 ? 'start' : part === 4 ? 'end' : 'middle';
    lines.push(`<text x="${x(at).toFixed(1)}" y="${top}" text-anchor="${anchor}" fill="#666666">${text}</text>`);
  }
  return [...lines, `<text x="${LEFT - 8}" y="${top}" text-anchor="end" fill="#666666">UTC</text>`];
}

function legend(names: readonly string[], top: number): string[] {
  const column = (WIDTH - LEFT - RIGHT) / 2;
  return names.flatMap((name, index) => {
    const left = LEFT + (index % 2) * column;
    const y = top + LEGEND_ROW * Math.floor(index / 2);
    return [
      `<line x1="${left}" y1="${y - 4}" x2="${left + 24}" y2="${y - 4}" ${strokeOf(index)}/>`,
      `<text x="${left + 32}" y="${y}">${escaped(name)}</text>`,
    ];
  });
}

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length]!;
}

function strokeOf(index: number): string {
  const dash = DASHES[Math.floor(index / COLOURS.length) % DASHES.length]!;
  return `stroke="${colourOf(index)}" stroke-width="1.8"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`;
}

/** 1, 2 or 5 times a power of ten: four to ten ticks. */
function tickStep(span: number): number {
  if (span <= 0) return 1;
  const rough = span / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((times) => times * power >= rough) ?? 10;
  return step * power;
}

function tickText(tick: number, step: number): string {
  return step >= 1 ? String(Math.round(tick)) : tick.toFixed(Math.min(6, Math.ceil(-Math.log10(step))));
}

function escaped(text: string): string {
  return text.replace(/[<>&"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
