/** The terminal as `top` uses it: all of it, keys as they are pressed, and given back as it was. */

import type { Colours } from '../format/colours.js';
import { render } from './render.js';
import type { TopModel } from './top-model.js';
import { FIRST_VIEW, pressed, readKeys, showsSensors, type View } from './view.js';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_TO_LINE_END = '\u001b[K';
const CLEAR_TO_END = '\u001b[J';

export class Screen {
  #view: View;
  #closed = false;
  readonly #onKeys = (chunk: Buffer | string): void => this.#keys(String(chunk));
  readonly #onResize = (): void => this.draw();
  readonly #onExit = (): void => this.close();

  constructor(
    private readonly model: TopModel,
    private readonly colours: Colours,
    private readonly quit: () => void,
    /** Sensors are looked at. */
    private readonly wantSensors: () => void,
    page: View['page'] = 'overview',
  ) {
    this.#view = { ...FIRST_VIEW, page };
    const { stdin, stdout } = process;
    stdin.setRawMode(true);
    stdin.resume();
    stdin.on('data', this.#onKeys);
    stdout.on('resize', this.#onResize);
    // However we end, the shell wants its terminal back.
    process.on('exit', this.#onExit);
    stdout.write(ENTER);
  }

  draw(): void {
    if (this.#closed) return;
    // A terminal that does not know its size says 0.
    const size = { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 };
    const lines = render(this.model, this.#view, size, this.colours, new Date());
    process.stdout.write(`${HOME}${lines.map((line) => `${line}${CLEAR_TO_LINE_END}`).join('\r\n')}${CLEAR_TO_END}`);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { stdin, stdout } = process;
    stdout.write(LEAVE);
    stdin.setRawMode(false);
    stdin.off('data', this.#onKeys);
    stdin.pause();
    stdout.off('resize', this.#onResize);
    process.off('exit', this.#onExit);
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
