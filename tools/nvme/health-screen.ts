/** `nvme health --watch` on a terminal: a line per drive that stays where it is. */

import { printable } from '../command-error.js';
import { sparkline } from '../format/bars.js';
import type { Colours } from '../format/colours.js';
import { tableLines } from '../format/columns.js';
import { LiveScreen } from '../format/live-screen.js';
import type { Size, Terminal } from '../io.js';
import { celsiusText, stateText } from './drive-words.js';
import { temperatures, wear } from './health-history.js';
import type { WatchedDrive } from './watched-drive.js';

const PICTURE_WIDTH = 24;

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
    if (this.#drawn) for (const line of this.#lines()) print(line);
    this.#drawn = false;
  }

  #lines(): string[] {
    const { colours } = this;
    const heads = ['drive', 'model', 'temperature', '', 'used', ...(this.plot ? [''] : []), 'state'];
    const rows = this.drives.map(({ target, model, health, failure, history }) => [
      printable(target.name),
      printable(model),
      celsiusText(health?.temperature ?? null),
      sparkline(temperatures(history), PICTURE_WIDTH),
      health === undefined ? '' : `${health.used} %`,
      ...(this.plot ? [sparkline(wear(history), PICTURE_WIDTH)] : []),
      failure !== undefined
        ? colours.bad('no answer')
        : health === undefined
          ? 'asking ...'
          : stateText(health, colours),
    ]);
    const faint = heads.map((head) => (head === '' ? '' : colours.faint(head)));
    return tableLines([faint, ...rows], ['left', 'left', 'right', 'left', 'right']);
  }

  #fitted({ rows }: Size): string[] {
    const lines = this.#lines();
    const below = [this.colours.faint('Ctrl-C ends it')];
    const room = Math.max(1, rows - below.length);
    if (lines.length <= room) return [...lines, ...below];
    const shown = lines.slice(0, Math.max(1, room - 1));
    return [...shown, this.colours.faint(`${lines.length - shown.length} more drives`), ...below];
  }
}
