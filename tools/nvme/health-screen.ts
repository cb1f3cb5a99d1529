/** `nvme health --watch` on a terminal: a line per drive that stays where it is. */

import { printable } from '../command-error.js';
import { sparkline } from '../format/bars.js';
import { type Colours, visibleWidth } from '../format/colours.js';
import { tableLines } from '../format/columns.js';
import { LiveScreen } from '../format/live-screen.js';
import type { Size, Terminal } from '../io.js';
import { celsiusText, stateText } from './drive-words.js';
import { temperatures, wear } from './health-history.js';
import type { WatchedDrive } from './watched-drive.js';

/** Of a sparkline: as wide as the terminal lets it be. */
const PICTURE_WIDTHS = [24, 12, 6, 0] as const;

export class HealthScreen {
  readonly #screen: LiveScreen;
  #drawn = false;

  constructor(
    private readonly drives: readonly WatchedDrive[],
    private readonly plot: boolean,
    private readonly colours: Colours,
    terminal: Terminal,
  ) {
    this.#screen = new LiveScreen((size) => this.#fitted(size), terminal);
  }

  draw(): void {
    this.#drawn = true;
    this.#screen.draw();
  }

  /** What was shown last stays on the terminal. */
  close(print: (line: string) => void): void {
    this.#screen.close();
    if (this.#drawn) for (const line of this.#table(PICTURE_WIDTHS[0])) print(line);
    this.#drawn = false;
  }

  /** Sparklines give way to the state, which is last. */
  #lines(columns: number): string[] {
    const tried = PICTURE_WIDTHS.map((width) => this.#table(width));
    return tried.find((lines) => lines.every((line) => visibleWidth(line) <= columns)) ?? tried.at(-1)!;
  }

  #table(pictureWidth: number): string[] {
    const { colours } = this;
    const heads = ['drive', 'model', 'temperature', '', 'used', ...(this.plot ? [''] : []), 'state'];
    const rows = this.drives.map(({ target, model, health, failure, history }) => [
      printable(target.name),
      printable(model),
      celsiusText(health?.temperature ?? null),
      sparkline(temperatures(history), pictureWidth),
      health === undefined ? '' : `${health.used} %`,
      ...(this.plot ? [sparkline(wear(history), pictureWidth)] : []),
      failure !== undefined
        ? colours.bad('no answer')
        : health === undefined
          ? 'asking ...'
          : stateText(health, colours),
    ]);
    const faint = heads.map((head) => (head === '' ? '' : colours.faint(head)));
    return tableLines([faint, ...rows], ['left', 'left', 'right', 'left', 'right']);
  }

  #fitted({ rows, columns }: Size): string[] {
    const lines = this.#lines(columns);
    const below = [this.colours.faint('Ctrl-C ends it')];
    const room = Math.max(1, rows - below.length);
    if (lines.length <= room) return [...lines, ...below];
    const shown = lines.slice(0, Math.max(1, room - 1));
    return [...shown, this.colours.faint(`${lines.length - shown.length} more drives`), ...below];
  }
}
