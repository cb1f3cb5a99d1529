/** One sensor over time, with its limits. */

import type { WebSensor } from '../web-documents.js';
import { stateText, valueText } from './endpoint-words.js';
import { fill, h, setAttribute, setText } from './page-dom.js';
import { numberText, timeText, wordsText } from './page-format.js';
import { Plot } from './page-plot.js';
import type { PageStore } from './page-store.js';
import { ask } from './page-token.js';
import { deviceAddress, sensorNow } from './page-ways.js';

export class SensorPlot {
  readonly element = h('section', { class: 'panel plot-panel', 'aria-label': 'Sensor over time' });
  readonly #store: PageStore;
  #plot: Plot | undefined;
  #key: string | undefined;
  #value = h('span', { class: 'now' });
  #addedAt = 0;

  constructor(store: PageStore) {
    this.#store = store;
    this.element.hidden = true;
  }

  get key(): string | undefined {
    return this.#key;
  }

  /** Show this one. */
  show(key: string, sensor: WebSensor): void {
    this.#plot?.close();
    this.#plot = undefined;
    this.#key = key;
    this.element.hidden = false;
    const title = h(
      'h2',
      {},
      sensor.name,
      ' ',
      h('a', { href: deviceAddress(this.#store, sensor), class: 'faint' }, `EID ${sensor.eid}`),
      ' ',
      this.#value,
    );
    setAttribute(this.element, 'aria-label', `${sensor.name} over time`);
    if (sensor.kind === 'state') {
      fill(this.element, title, h('p', { class: 'faint' }, 'A state is not plotted.'));
      this.#draw(sensor);
      return;
    }
    const limits = Object.entries(sensor.limits).map(([name, value]) => ({
      value,
      label: `${wordsText(name)} ${numberText(value)}`,
      colour: /warning/i.test(name) ? '--warn' : '--bad',
    }));
    const plot = new Plot({
      label: `${sensor.name} of EID ${sensor.eid} over time`,
      lines: [{ label: sensor.name, colour: '--accent' }],
      value: (value) => `${numberText(value)} ${sensor.unit}`.trimEnd(),
      limits,
    });
    this.#plot = plot;
    this.#addedAt = 0;
    // There is more than what came since a page was opened.
    const span = spanChoice(this.#store.tables.server.get('server')?.hasHistory === true);
    fill(this.element, h('div', { class: 'bar' }, title, span.hidden ? undefined : span), plot.element);
    this.#draw(sensor);
    const load = (hours: string): void => {
      ask<{ times: number[]; values: (number | null)[] }>('trace', { key, hours }).then(
        ({ times, values }) => {
          if (this.#plot === plot) plot.set([times, values]);
        },
        // Then it begins now.
        () => {},
      );
    };
    span.addEventListener('change', () => load(span.value));
    load(span.value);
  }

  /** The sensor as it is now; when its device is reached by another way, it is under another key. */
  update(): void {
    if (this.#key === undefined) return;
    const key = sensorNow(this.#store, this.#key);
    const sensor = this.#store.tables.sensors.get(key);
    if (sensor !== undefined && key !== this.#key) this.show(key, sensor);
    else this.#draw(sensor);
  }

  #draw(sensor: WebSensor | undefined): void {
    if (sensor === undefined) {
      setText(this.#value, 'gone');
      return;
    }
    setText(this.#value, `${valueText(sensor) || stateText(sensor)} at ${timeText(sensor.at)}`);
    setAttribute(this.#value, 'data-severity', sensor.severity);
    if (this.#plot === undefined || sensor.at <= this.#addedAt) return;
    this.#addedAt = sensor.at;
    this.#plot.add(sensor.at / 1000, [sensor.value]);
  }

  close(): void {
    this.#plot?.close();
  }
}

const SPANS = [
  ['0', 'live'],
  ['1', '1 hour'],
  ['24', '1 day'],
  ['168', '1 week'],
  ['720', '30 days'],
  ['8760', '1 year'],
] as const;

/** How far back. */
function spanChoice(hasHistory: boolean): HTMLSelectElement {
  const options = SPANS.map(([hours, text]) =>
    h('option', { value: hours, selected: hasHistory && hours === '1' }, text),
  );
  return h('select', { 'aria-label': 'How far back', hidden: !hasHistory }, ...options);
}
