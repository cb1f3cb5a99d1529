/** Watched drives as lines: what changed, and sparklines of temperature and wear. Pure. */

import type { DriveEventReport } from '../../stack/nvme-mi/index.js';
import { printable } from '../command-error.js';
import { sparkline } from '../format/bars.js';
import type { Colours } from '../format/colours.js';
import { tableLines } from '../format/columns.js';
import { celsiusText, stateText } from './drive-words.js';
import { squeezed, temperatures, wear } from './health-history.js';
import type { WatchedDrive } from './watched-drive.js';

const PICTURE_WIDTH = 40;

/** Undefined: nothing is new. `now`: ms since 1970. */
export function changeLine(
  drive: WatchedDrive,
  before: WatchedDrive,
  now: number,
  colours: Colours,
): string | undefined {
  const { target, health, failure } = drive;
  const time = colours.faint(new Date(now).toISOString().slice(11, 19));
  if (failure !== undefined) {
    return failure === before.failure ? undefined : `${time}  ${colours.bad(failure)}`;
  }
  if (health === undefined) return undefined;
  const old = before.failure === undefined ? before.health : undefined;
  const same =
    old !== undefined &&
    old.temperature === health.temperature &&
    old.used === health.used &&
    old.functional === health.functional &&
    old.warnings.join() === health.warnings.join();
  if (same) return undefined;
  const numbers = `${celsiusText(health.temperature)}, ${health.used} % used`;
  return `${time}  ${printable(target.name)}: ${numbers}, ${stateText(health, colours)}`;
}

/** What a drive has told by itself. `now`: ms since 1970. */
export function toldLine(
  { target }: WatchedDrive,
  { events, overflow }: DriveEventReport,
  now: number,
  colours: Colours,
): string {
  const time = colours.faint(new Date(now).toISOString().slice(11, 19));
  const more = overflow ? ', and it has lost others' : '';
  return `${time}  ${printable(target.name)} tells: ${events.map(({ name }) => name).join(', ')}${more}`;
}

/** A row per drive: temperature with its range, wear with its range. */
export function pictureLines(drives: readonly WatchedDrive[], colours: Colours): string[] {
  const rows = drives.map(({ target, history }) => {
    const [warm, worn] = [temperatures(history), wear(history)];
    return [
      printable(target.name),
      sparkline(squeezed(warm, PICTURE_WIDTH), PICTURE_WIDTH).trimStart(),
      rangeText(warm, '°C'),
      sparkline(squeezed(worn, PICTURE_WIDTH), PICTURE_WIDTH).trimStart(),
      rangeText(worn, '%'),
    ];
  });
  const heads = ['drive', 'temperature', '', 'life used', ''].map((head) => (head === '' ? '' : colours.faint(head)));
  return tableLines([heads, ...rows]);
}

function rangeText(values: readonly (number | undefined)[], unit: string): string {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return '-';
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return least === most ? `${least} ${unit}` : `${least} to ${most} ${unit}`;
}
