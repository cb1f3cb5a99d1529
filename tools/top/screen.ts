/** The terminal as `top` uses it: all of it, keys as they are pressed, and given back as it was. */

import type { Colours } from '../format/colours.js';
import type { Terminal } from '../io.js';
import { render } from './render.js';
import type { TopModel } from './top-model.js';
import { FIRST_VIEW, pressed, readKeys, showsSensors, type View } from './view.js';

const HOME = '\u001b[H';
const CLEAR_TO_LINE_END = '\u001b[K';
const CLEAR_TO_END = '\u001b[J';

export class Screen {
  #view: View;
  #closed = false;
  readonly #giveBack: () => void;

  constructor(
    private readonly model: TopModel,
    private readonly colours: Colours,
    private readonly terminal: Terminal,
    private readonly time: () => number,
    private readonly quit: () => void,
    /** Sensors are looked at. */
    private readonly wantSensors: () => void,
    page: View['page'] = 'overview',
  ) {
    this.#view = { ...FIRST_VIEW, page };
    this.#giveBack = terminal.take({ resized: () => this.draw(), keys: (text) => this.#keys(text) });
  }

  draw(): void {
    if (this.#closed) return;
    const lines = render(this.model, this.#view, this.terminal.size(), this.colours, new Date(this.time()));
    this.terminal.write(`${HOME}${lines.map((line) => `${line}${CLEAR_TO_LINE_END}`).join('\r\n')}${CLEAR_TO_END}`);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#giveBack();
  }

  #keys(text: string): void {
    for (const key of readKeys(text)) {
      const links = this.model.links.length;
      const rows = links + this.model.endpoints.length;
      const next = pressed(this.#view, key, { rows, links, sensors: this.model.sensors.sensors.length });
      if (next === undefined) {
        this.quit();
        return;
      }
      this.#view = next;
    }
    this.model.paused = this.#view.paused;
    this.model.sensors.shown = showsSensors(this.#view) && !this.#view.paused;
    if (this.model.sensors.shown) this.wantSensors();
    this.draw();
  }
}
