/** Sensors as lines of a table: value and unit, state by colour, a bar between the ends. Pure. */

import { printable } from '../command-error.js';
import type { NumericRow, SensorRow, StateRow } from '../pldm/readings.js';
import { bar, sparkline } from './bars.js';
import type { Colours } from './colours.js';
import { tableLines } from './columns.js';

export interface SensorLook {
  readonly colours: Colours;
  /** On a terminal. */
  readonly bars: boolean;
  /** Values so far, by the sensor's id: a sparkline instead of the bar. */
  readonly history?: ReadonlyMap<number, readonly (number | undefined)[]>;
}

const BAR_WIDTH = 16;
const GOOD = ['normal', 'Normal', 'Enabled', 'OK', 'Present', 'Connected', 'On', 'In service', 'Valid', 'Fully on'];
/** Words in the names of states that want attention; most others are neither good nor bad. */
const BAD =
  /critical|fatal|warning|fail|error|fault|degraded|lost|invalid|missing|hung|trip|stressed|not (present|responding|installed)|disconnected|unverified|disabled|offline|abort|unavailable/i;

/** A block of lines for one terminus, its name first. */
export function sensorLines(title: string, rows: readonly SensorRow[], look: SensorLook): string[] {
  const cells = rows.flatMap((row) => (row.kind === 'numeric' ? [numericCells(row, look)] : stateCells(row, look)));
  const heading = look.colours.strong(title);
  if (rows.length === 0) return [heading, look.colours.faint('  no sensors')];
  return [heading, ...tableLines(cells, ['right', 'left', 'right']).map((line) => `  ${line}`)];
}

function numericCells(row: NumericRow, { colours, bars, history }: SensorLook): string[] {
  const id = colours.faint(String(row.id));
  const name = printable(row.name);
  if (row.error !== null) return [id, name, '-', '', colours.bad(printable(row.error))];
  const past = history?.get(row.id);
  const picture = !bars ? '' : past === undefined ? barOf(row) : sparkline(past, BAR_WIDTH);
  return [id, name, steadyText(row, past), printable(row.unit), stateText(row, colours), picture, limitsText(row)];
}

/** Between what can be read, or else between the limits that are known. */
function barOf(row: NumericRow): string {
  const { limits, min, max, value } = row;
  const low = limits.lowerFatal ?? limits.lowerCritical ?? (min === null || min < -200 ? 0 : min);
  const high = limits.upperFatal ?? limits.upperCritical ?? limits.upperWarning ?? max;
  if (value === null || high === null || high <= low || high - low > 1e6) return '';
  return bar((value - low) / (high - low), BAR_WIDTH);
}

export function valueText({ value }: Pick<NumericRow, 'value'>): string {
  return value === null ? '-' : String(Number(value.toPrecision(7)));
}

/** With as many decimals as any value so far, so that the columns stay where they are. */
function steadyText(row: NumericRow, past: readonly (number | undefined)[] = []): string {
  if (row.value === null) return valueText(row);
  const places = past.map((value) => (value === undefined ? 0 : decimals(valueText({ value }))));
  const text = valueText(row);
  const most = Math.max(0, ...places);
  return most > decimals(text) && !text.includes('e') ? row.value.toFixed(most) : text;
}

function decimals(text: string): number {
  return /\.(\d+)$/.exec(text)?.[1]?.length ?? 0;
}

function stateText({ operationalState, presentState }: NumericRow, colours: Colours): string {
  if (operationalState !== 'enabled') return colours.bad(printable(operationalState));
  return coloured(presentState, colours);
}

function coloured(state: string, colours: Colours): string {
  const text = printable(state);
  return GOOD.includes(state) ? colours.good(text) : BAD.test(state) ? colours.bad(text) : text;
}

const LIMITS = [
  ['lowerFatal', 'lower fatal'],
  ['lowerCritical', 'lower critical'],
  ['lowerWarning', 'lower warning'],
  ['upperWarning', 'warning'],
  ['upperCritical', 'critical'],
  ['upperFatal', 'fatal'],
] as const;

function limitsText({ limits }: NumericRow): string {
  return LIMITS.flatMap(([name, text]) => (limits[name] === undefined ? [] : [`${text} ${limits[name]}`])).join(', ');
}

function stateCells(row: StateRow, { colours }: SensorLook): string[][] {
  const id = colours.faint(String(row.id));
  if (row.error !== null) return [[id, printable(row.name), '-', '', colours.bad(printable(row.error))]];
  return row.states.map((part, index) => {
    const state = part.operationalState === 'enabled' ? part.stateName : part.operationalState;
    const what = part.name === part.stateSet ? '' : colours.faint(printable(part.stateSet));
    return [index === 0 ? id : '', printable(part.name), '', '', coloured(state, colours), '', what];
  });
}
