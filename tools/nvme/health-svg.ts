/** Temperature and wear over time as a picture: an SVG file, without scripts. Pure. */

import type { HealthSample } from './health-history.js';

export interface PlottedDrive {
  readonly name: string;
  readonly samples: readonly HealthSample[];
  /** Celsius; a line where it warns. */
  readonly warningTemperature: number | null;
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

interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly top: number;
  readonly low: number;
  readonly high: number;
  readonly measure: (sample: HealthSample) => number | undefined;
}

/** `originMs`: when the clock showed 0, in ms since 1970. */
export function healthSvg(drives: readonly PlottedDrive[], originMs: number): string {
  const all = drives.flatMap(({ samples }) => samples);
  const from = Math.min(...all.map(({ at }) => at));
  const to = Math.max(...all.map(({ at }) => at), from + 1);
  const warnings = drives.flatMap(({ warningTemperature }) => warningTemperature ?? []);
  const known = all.flatMap(({ temperature }) => temperature ?? []);
  const worn = all.flatMap(({ used }) => used ?? []);
  const panels: Panel[] = [
    {
      title: 'Composite temperature',
      unit: '°C',
      top: TOP,
      ...range([...known, ...nearby(warnings, known)], 10),
      measure: ({ temperature }) => temperature,
    },
    { title: 'Life used', unit: '%', top: TOP + PANEL + GAP, ...range(worn, 2), measure: ({ used }) => used },
  ];
  const legendTop = TOP + 2 * PANEL + GAP + 48;
  const named = drives.slice(0, NAMED);
  const height = legendTop + LEGEND_ROW * Math.ceil(named.length / 2) + 16;
  const x = (at: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * (at - from)) / (to - from);
  const limit = warnings.length === 0 ? undefined : Math.min(...warnings);
  const body = [
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="20" font-size="15" font-weight="600">Health of ${drives.length === 1 ? escaped(drives[0]!.name) : `${drives.length} drives`}</text>`,
    ...panels.flatMap((panel, index) => panelLines(panel, drives, x, index === 0 ? limit : undefined)),
    ...timeLines(from, to, x, originMs, TOP + 2 * PANEL + GAP + 18),
    ...legend(named, legendTop),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#222222">`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

/** Thresholds only where the temperatures come near them: else they would press the lines flat. */
function nearby(warnings: readonly number[], known: readonly number[]): readonly number[] {
  const highest = Math.max(...known);
  return warnings.filter((warning) => warning - highest <= 30);
}

/** From tick to tick. */
function range(values: readonly number[], least: number): { readonly low: number; readonly high: number } {
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  if (!Number.isFinite(lowest)) return { low: 0, high: least };
  const step = Math.max(least, tickStep(highest - lowest));
  const low = Math.floor(lowest / step) * step;
  const high = Math.ceil(highest / step) * step;
  return high === low ? { low: low - step, high: high + step } : { low, high };
}

function panelLines(
  { title, unit, top, low, high, measure }: Panel,
  drives: readonly PlottedDrive[],
  x: (at: number) => number,
  limit: number | undefined,
): string[] {
  const y = (value: number): number => top + PANEL - (PANEL * (value - low)) / (high - low);
  const lines = [`<text x="${LEFT}" y="${top - 8}" font-weight="600">${title} (${unit})</text>`];
  const step = tickStep(high - low);
  for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) {
    const at = y(tick).toFixed(1);
    lines.push(
      `<line x1="${LEFT}" y1="${at}" x2="${WIDTH - RIGHT}" y2="${at}" stroke="#e4e4e4"/>`,
      `<text x="${LEFT - 8}" y="${(y(tick) + 4).toFixed(1)}" text-anchor="end" fill="#666666">${tick}</text>`,
    );
  }
  if (limit !== undefined && limit > low && limit <= high) {
    const at = y(limit).toFixed(1);
    lines.push(
      `<line x1="${LEFT}" y1="${at}" x2="${WIDTH - RIGHT}" y2="${at}" stroke="#c00000" stroke-dasharray="4 4"/>`,
      `<text x="${WIDTH - RIGHT}" y="${(y(limit) - 4).toFixed(1)}" text-anchor="end" fill="#c00000">warning ${limit} ${unit}</text>`,
    );
  }
  drives.forEach(({ samples }, index) => {
    for (const run of runsOf(samples, measure)) {
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
function runsOf(
  samples: readonly HealthSample[],
  measure: Panel['measure'],
): (readonly (readonly [at: number, value: number])[])[] {
  const runs: [number, number][][] = [[]];
  for (const sample of samples) {
    const value = measure(sample);
    if (value !== undefined) runs.at(-1)!.push([sample.at, value]);
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

function legend(drives: readonly PlottedDrive[], top: number): string[] {
  const column = (WIDTH - LEFT - RIGHT) / 2;
  return drives.flatMap(({ name }, index) => {
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
  return Math.max(1, step * power);
}

function escaped(text: string): string {
  return text.replace(/[<>&"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
