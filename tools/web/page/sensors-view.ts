/** All sensors of all devices, the worst first if wanted, with a plot of the one which is chosen. */

import { byAddress, thingOf } from './endpoint-words.js';
import { h } from './page-dom.js';
import { countText } from './page-format.js';
import type { Page, View } from './page-view.js';
import { type SensorRow, sensorColumns, sensorLook } from './sensor-columns.js';
import { SensorPlot } from './sensor-plot.js';
import { VirtualTable } from './virtual-table.js';

const WEIGHT = { critical: 0, warning: 1, unknown: 2, ok: 3 } as const;

export function sensorsView(page: Page, key: string): View {
  const { store } = page;
  const { sensors } = store.tables;
  const plot = new SensorPlot(() => store.tables.server.get('server')?.hasHistory === true);
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
  const update = (): void => {
    const words = search.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const rows: SensorRow[] = [];
    for (const [id, sensor] of sensors) {
      const text =
        `${sensor.name} ${sensor.entity} ${sensor.state} ${sensor.severity} eid ${sensor.eid} ${thingOf(store, `${sensor.network}:${sensor.eid}`)}`.toLowerCase();
      if (words.every((word) => text.includes(word))) rows.push({ key: id, sensor });
    }
    rows.sort(
      (a, b) =>
        (worst.checked ? WEIGHT[a.sensor.severity] - WEIGHT[b.sensor.severity] : 0) || byAddress(a.sensor, b.sensor),
    );
    table.rows = rows;
    const bad = rows.filter(({ sensor }) => sensor.severity !== 'ok').length;
    count.textContent = `${countText(rows.length, 'sensor')}${bad > 0 ? `, ${bad} not well` : ''}`;
    if (wanted !== '' && sensors.has(wanted)) {
      table.select(rows.find((row) => row.key === wanted));
      wanted = '';
    }
    if (plot.key !== undefined) plot.update(sensors.get(plot.key));
  };
  search.addEventListener('input', update);
  worst.addEventListener('change', update);
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
