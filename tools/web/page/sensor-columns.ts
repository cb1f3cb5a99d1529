/** Columns of tables of sensors. */

import type { WebSensor } from '../web-documents.js';
import { stateText, thingOf, valueText } from './endpoint-words.js';
import { h, setAttribute } from './page-dom.js';
import type { PageStore } from './page-store.js';
import type { Column } from './virtual-table.js';

export interface SensorRow {
  readonly key: string;
  readonly sensor: WebSensor;
}

/** A row whose sensor is always the latest that is known. */
export class LiveRow implements SensorRow {
  #sensor: WebSensor;

  constructor(
    readonly key: string,
    sensor: WebSensor,
    private readonly all: ReadonlyMap<string, WebSensor>,
  ) {
    this.#sensor = sensor;
  }

  get sensor(): WebSensor {
    this.#sensor = this.all.get(this.key) ?? this.#sensor;
    return this.#sensor;
  }
}

/** `device`: with which device it is of. */
export function sensorColumns(store: PageStore, device: boolean): Column<SensorRow>[] {
  return [
    ...(device
      ? [
          { title: 'EID', class: 'c-eid', cell: ({ sensor }: SensorRow) => String(sensor.eid) },
          {
            title: 'Device',
            class: 'c-device wide',
            cell: ({ sensor: { network, eid } }: SensorRow) => thingOf(store, `${network}:${eid}`),
          },
        ]
      : []),
    { title: 'Sensor', class: 'c-name', cell: ({ sensor }) => sensor.name },
    { title: 'Part of', class: 'c-entity wide', cell: ({ sensor }) => sensor.entity },
    { title: 'Value', class: 'c-value', cell: ({ sensor }) => valueText(sensor) },
    { title: 'State', class: 'c-state', cell: ({ sensor }) => stateText(sensor) },
    { title: 'Range', class: 'c-gauge wide', cell: () => '', draw: drawGauge },
  ];
}

export function sensorLook({ sensor: { severity } }: SensorRow): string {
  return `is-${severity}`;
}

/** Where the value is between what can be read, and where the limits are. */
function drawGauge(cell: HTMLTableCellElement, { sensor }: SensorRow): void {
  let gauge = cell.firstElementChild as HTMLElement | null;
  const span = spanOf(sensor);
  if (span === undefined || sensor.value === null) {
    if (gauge !== null) gauge.hidden = true;
    return;
  }
  if (gauge === null) {
    gauge = h('span', { class: 'gauge', 'aria-hidden': 'true' }, h('i'), h('b'), h('b'));
    cell.append(gauge);
  }
  gauge.hidden = false;
  const at = (value: number): number => Math.max(0, Math.min(1, (value - span.low) / (span.high - span.low)));
  gauge.style.setProperty('--at', at(sensor.value).toFixed(3));
  const { limits } = sensor;
  const low = limits.lowerWarning ?? limits.lowerCritical ?? limits.lowerFatal;
  const high = limits.upperWarning ?? limits.upperCritical ?? limits.upperFatal;
  gauge.style.setProperty('--low', (low === undefined ? 0 : at(low)).toFixed(3));
  gauge.style.setProperty('--high', (high === undefined ? 1 : at(high)).toFixed(3));
  setAttribute(gauge, 'data-severity', sensor.severity);
}

/** What is worth showing: the limits with some room, from zero where there is no lower one. What can be read is far more. */
function spanOf({ limits, unit, value }: WebSensor): { readonly low: number; readonly high: number } | undefined {
  const all = Object.values(limits);
  if (unit === '%') return { low: 0, high: 100 };
  if (all.length === 0 || value === null) return undefined;
  const least = Math.min(...all, value);
  const most = Math.max(...all, value);
  const room = (most - least || Math.abs(most) || 1) * 0.25;
  const hasLower = Object.keys(limits).some((name) => name.startsWith('lower'));
  return { low: hasLower ? least - room : Math.min(0, least), high: most + room / 2 };
}
