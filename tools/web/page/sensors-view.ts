/** All sensors of all devices, the worst first if wanted, with a plot of the one which is chosen. */

import type { WebSensor } from '../web-documents.js';
import { byAddress, thingOf } from './endpoint-words.js';
import { h, setText } from './page-dom.js';
import { countText } from './page-format.js';
import type { Page, View } from './page-view.js';
import { LiveRow, type SensorRow, sensorColumns, sensorLook } from './sensor-columns.js';
import { SensorPlot } from './sensor-plot.js';
import { VirtualTable } from './virtual-table.js';

/** States change the order only from time to time. */
const SORT_MS = 1_000;

const WEIGHT = { critical: 0, warning: 1, unknown: 2, ok: 3 } as const;

export function sensorsView(page: Page, key: string): View {
  const { store } = page;
  const { sensors } = store.tables;
  const plot = new SensorPlot(store);
  const search = h('input', {
    type: 'search',
    id: 'sensor-filter',
    placeholder: 'name, device, state',
    autocomplete: 'off',
  });
  const worst = h('input', { type: 'checkbox', id: 'worst' });
  const count = h('span', { class: 'count' });
  const table = new VirtualTable<SensorRow>({
    label: 'Sensors',
    class: 'sensors',
    columns: sensorColumns(store, true),
    key: (row) => row.key,
    look: sensorLook,
    chosen: (row) => plot.show(row.key, row.sensor),
    empty: 'No sensor has been read yet.',
  });
  let wanted = key;
  let rows: readonly SensorRow[] = [];
  let sortedOf = -1;
  let sortedAt = 0;
  /** Which there are, and in which order: not again for each value. */
  const sort = (): void => {
    const words = search.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const matches = ({ name, entity, state, severity, network, eid }: WebSensor): boolean => {
      const text =
        `${name} ${entity} ${state} ${severity} eid ${eid} ${thingOf(store, `${network}:${eid}`)}`.toLowerCase();
      return words.every((word) => text.includes(word));
    };
    const found: SensorRow[] = [];
    for (const [id, sensor] of sensors) {
      if (words.length === 0 || matches(sensor)) found.push(new LiveRow(id, sensor, sensors));
    }
    const order = (a: SensorRow, b: SensorRow): number => byAddress(a.sensor, b.sensor);
    const worstFirst = (a: SensorRow, b: SensorRow): number =>
      WEIGHT[a.sensor.severity] - WEIGHT[b.sensor.severity] || order(a, b);
    rows = found.sort(worst.checked ? worstFirst : order);
    sortedOf = sensors.size;
    sortedAt = performance.now();
  };
  const update = (): void => {
    if (sensors.size !== sortedOf || performance.now() - sortedAt > SORT_MS) sort();
    table.rows = rows;
    const bad = rows.reduce((count, { sensor }) => (sensor.severity === 'ok' ? count : count + 1), 0);
    setText(count, `${countText(rows.length, 'sensor')}${bad > 0 ? `, ${bad} not well` : ''}`);
    if (wanted !== '' && sensors.has(wanted)) {
      table.select(rows.find((row) => row.key === wanted));
      wanted = '';
    }
    plot.update();
  };
  const again = (): void => {
    sort();
    update();
  };
  search.addEventListener('input', again);
  worst.addEventListener('change', again);
  const element = h(
    'section',
    { class: 'filling' },
    h(
      'div',
      { class: 'bar' },
      h('h1', {}, 'Sensors'),
      h('label', { class: 'spoken', for: 'sensor-filter' }, 'Filter'),
      search,
      h('label', { class: 'check' }, worst, 'worst first'),
      count,
    ),
    plot.element,
    table.element,
  );
  return {
    title: 'Sensors',
    element,
    wish: { tables: ['termini', 'sensors'] },
    update,
    close: () => {
      table.close();
      plot.close();
    },
  };
}
