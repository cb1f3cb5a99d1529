/** What is said of updates under way and of those that are over, as text. */

import type { ComponentReport, UpdateProgress, UpdateReport } from '../../pldm/firmware/agent/update-events.js';
import { printable } from '../command-error.js';
import { rateText } from '../file/progress.js';
import type { Io } from '../io.js';
import { methodsText } from './fw-words.js';

export interface DeviceProgress {
  /** "EID 9 (bench:smbus0/0x1d)" */
  readonly name: string;
  progress: UpdateProgress;
  /** Bytes per second, and ms; null: not known. */
  rate: number | null;
  leftMs: number | null;
  /** Nothing was asked for during the last seconds. */
  stalled: boolean;
}

export interface Room {
  readonly columns: number;
  readonly rows: number;
}

const BAR_CELLS = 16;
/** From all there is to say to what says most, for terminals that get narrower and narrower. */
const FORMS: readonly (readonly (keyof Cells)[])[] = [
  ['name', 'what', 'bar', 'percent', 'rate', 'left'],
  ['shortName', 'what', 'bar', 'percent', 'rate', 'left'],
  ['shortName', 'what', 'percent', 'rate', 'left'],
  ['shortName', 'phase', 'percent', 'left'],
  ['shortName', 'percent'],
];

interface Cells {
  readonly name: string;
  readonly shortName: string;
  readonly what: string;
  readonly phase: string;
  readonly bar: string;
  readonly percent: string;
  readonly rate: string;
  readonly left: string;
}

/** A line per device, in columns, as wide as there is room for; of too many devices, the first ones and how many more. */
export function progressLines(devices: readonly DeviceProgress[], { columns, rows }: Room): string[] {
  const most = Math.max(1, rows - 1);
  const shown = devices.length > most ? devices.slice(0, Math.max(1, most - 1)) : devices;
  const cells = shown.map(cellsOf);
  let lines: string[] = [];
  for (const form of FORMS) {
    const widths = form.map((name) => Math.max(0, ...cells.map((each) => each[name].length)));
    lines = cells.map((each) =>
      form
        .map((name, column) =>
          name === 'percent' ? each[name].padStart(widths[column]!) : each[name].padEnd(widths[column]!),
        )
        .filter((_, column) => widths[column]! > 0)
        .join('  ')
        .trimEnd(),
    );
    if (lines.every((line) => line.length < columns)) break;
  }
  const more = devices.length - shown.length;
  return more > 0 && most > 1 ? [...lines, `and ${more} more`] : lines;
}

/** "EID 9 (serial0): component 0 downloading, 45 %, 9.2 kB/s, 12 s left" */
export function plainLine(device: DeviceProgress): string {
  const { name, what, percent, rate, left } = cellsOf(device);
  return `${name}: ${[what, percent, rate, left].filter((text) => text !== '').join(', ')}`;
}

function cellsOf({ name, progress, rate, leftMs, stalled }: DeviceProgress): Cells {
  const { phase, component, done, size, percent } = progress;
  const downloading = phase === 'downloading';
  const share = downloading ? (size === 0 ? 0 : Math.floor((100 * done) / size)) : percent;
  return {
    name,
    shortName: name.replace(/ \(.*\)/, '').replace('downstream device', 'below'),
    what: component === undefined ? phase : `component ${component} ${phase}`,
    phase,
    bar: downloading ? `[${'#'.repeat(Math.floor((share! * BAR_CELLS) / 100)).padEnd(BAR_CELLS, '.')}]` : '',
    percent: share === undefined ? '' : `${share} %`,
    rate: !downloading ? '' : rate === null ? (stalled ? 'no data' : '') : rateText(rate, 1000),
    left: leftMs === null ? '' : `${durationText(leftMs)} left`,
  };
}

/** "12 s", "3 min 20 s" */
function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

export function componentText(report: ComponentReport): string {
  const { index, version, previousVersion, result, reason } = report;
  const versions = previousVersion === undefined ? version : `${previousVersion} to ${version}`;
  return `component ${index}, ${printable(versions)}: ${result}${reason === '' ? '' : `: ${printable(reason)}`}`;
}

export function reportText(
  { outcome, reason, components, leftInUpdateMode, nonFunctioning, served, elapsedMs }: UpdateReport,
  { colours }: Io,
) {
  if (outcome === 'nothing-to-do') return `nothing to do: ${reason}`;
  const time = (elapsedMs / 1000).toFixed(1);
  const broken =
    nonFunctioning === 0n ? '' : `; components that do not work any more: 0x${nonFunctioning.toString(16)}`;
  const left = leftInUpdateMode ? '; it did not confirm that, and leaves update mode by itself within two minutes' : '';
  if (outcome !== 'updated')
    return `${colours.bad(outcome)}${reason === outcome ? '' : `: ${printable(reason)}`}${left}${broken}`;
  const updated = components.filter(({ result }) => result === 'updated');
  const pending = updated.filter(({ state }) => state === 'pending');
  const methods = methodsText(pending.reduce((all, { activationMethods }) => all | activationMethods, 0));
  const unseen = updated.filter(({ state }) => state === undefined).map(({ index }) => index);
  const states = [
    ...(pending.length > 0 ? [`the new firmware waits for: ${methods || 'an activation'}`] : []),
    ...(unseen.length > 0 ? [`the device does not say which version of component ${unseen.join(', ')} it runs`] : []),
  ];
  const rate = served === 0 ? '' : `, ${rateText(served, elapsedMs)}`;
  return `${colours.good('updated')} in ${time} s${rate}: ${states.join('; ') || 'the new firmware runs'}`;
}
