/** The screen of `top`: what keys do, and what is drawn. */

import type { Colours } from '../format/colours.js';
import { FullScreen } from '../full-screen.js';
import type { TopModel } from './model.js';
import { render } from './render.js';
import { FIRST_VIEW, pressed, readKeys, showsSensors, type View } from './view.js';

export class Screen {
  #view: View;
  readonly #full = new FullScreen(
    (text) => this.#keys(text),
    () => this.draw(),
  );

  constructor(
    private readonly model: TopModel,
    private readonly colours: Colours,
    private readonly quit: () => void,
    /** Sensors are looked at. */
    private readonly wantSensors: () => void,
    page: View['page'] = 'overview',
  ) {
    this.#view = { ...FIRST_VIEW, page };
  }

  draw(): void {
    this.#full.draw(render(this.model, this.#view, this.#full.size, this.colours, new Date()));
  }

  close(): void {
    this.#full.close();
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
