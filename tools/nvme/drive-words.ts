/** Drives in words: sizes, temperatures, warnings. Pure. */

import type { DriveHealth } from '../../stack/nvme-mi/drive-report.js';
import { WARNING_TEXTS } from '../../stack/nvme-mi/index.js';
import type { Colours } from '../format/colours.js';

/** "3.84 TB" */
export function capacityText(bytes: bigint | null): string {
  if (bytes === null) return '-';
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = Number(bytes);
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${Number(value.toPrecision(3))} ${units[unit]}`;
}

/** "43 °C" */
export function celsiusText(temperature: number | null): string {
  return temperature === null ? '-' : `${temperature} °C`;
}

/** Good, or what is wrong with it. */
export function stateText(health: DriveHealth, colours: Colours): string {
  const troubles = [
    ...(health.functional ? [] : ['not functional']),
    ...health.warnings.map((name) => WARNING_TEXTS[name]),
    ...(health.resetRequired ? ['a reset is required'] : []),
  ];
  return troubles.length === 0 ? colours.good('good') : colours.bad(troubles.join(', '));
}

/** "dataUnitsWritten" as "data units written" */
export function spaced(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
}
