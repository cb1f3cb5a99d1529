/** One sensor over time, with its limits. */

import type { WebSensor } from '../web-documents.js';
import { stateText, valueText } from './endpoint-words.js';
import { fill, h, setAttribute, setText } from './page-dom.js';
import { numberText, timeText, wordsText } from './page-format.js';
import { Plot } from './page-plot.js';
import { ask } from './page-token.js';

export class SensorPlot {
  readonly element = h('section', { class: 'panel plot-panel', 'aria-label': 'Sensor over time' });
  #plot: Plot | undefined;
  #key: string | undefined;
  #value = h('span', { class: 'now' });
  #addedAt = 0;

  constructor() {
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
      h('a', { href: `#/device/${sensor.network}:${sensor.eid}`, class: 'faint' }, `EID ${sensor.eid}`),
      ' ',
      this.#value,
    );
    setAttribute(this.element, 'aria-label', `${sensor.name} over time`);
    if (sensor.kind === 'state') {
      fill(this.element, title, h('p', { class: 'faint' }, 'A state is not plotted.'));
      this.update(sensor);
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
    fill(this.element, title, plot.element);
    this.update(sensor);
    ask<{ times: number[]; values: (number | null)[] }>('trace', { key }).then(
      ({ times, values }) => {
        if (this.#plot === plot) plot.set([times, values]);
      },
      // Then it begins now.
      () => {},
    );
  }

  update(sensor: WebSensor | undefined): void {
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
