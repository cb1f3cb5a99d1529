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

/** What a line has besides the drive, its temperature and its state. */
interface Layout {
  /** Of a sparkline; 0: none. */
  readonly picture: number;
  readonly model: boolean;
  readonly used: boolean;
  readonly temperature: boolean;
}

/** From wide to narrow: the state, which is last, stays. */
const LAYOUTS: readonly Layout[] = [
  ...[24, 12, 6, 0].map((picture) => ({ picture, model: true, used: true, temperature: true })),
  { picture: 0, model: false, used: true, temperature: true },
  { picture: 0, model: false, used: false, temperature: true },
  { picture: 0, model: false, used: false, temperature: false },
];

/** Of a drive, when its name is cut. */
const LEAST_NAME = 4;

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
    if (this.#drawn) for (const line of this.#table(LAYOUTS[0]!)) print(line);
    this.#drawn = false;
  }

  /** In the widest layout that fits; a name of a drive that is too long for the last one is cut. */
  #lines(columns: number): string[] {
    const tried = LAYOUTS.map((layout) => this.#table(layout));
    const fits = tried.find((lines) => lines.every((line) => visibleWidth(line) <= columns));
    if (fits !== undefined) return fits;
    const narrow = LAYOUTS.at(-1)!;
    const tooWide = Math.max(...tried.at(-1)!.map(visibleWidth)) - columns;
    const longest = Math.max(...this.drives.map(({ target }) => printable(target.name).length));
    return this.#table(narrow, Math.max(LEAST_NAME, longest - tooWide));
  }

  #table({ picture, model: withModel, used, temperature }: Layout, nameWidth = Number.POSITIVE_INFINITY): string[] {
    const { colours } = this;
    const columns: readonly (readonly [head: string, align: 'left' | 'right', shown: boolean])[] = [
      ['drive', 'left', true],
      ['model', 'left', withModel],
      ['temperature', 'right', temperature],
      ['', 'left', picture > 0],
      ['used', 'right', used],
      ['', 'left', picture > 0 && this.plot],
      ['state', 'left', true],
    ];
    const shown = <T>(cells: readonly T[]): T[] => cells.filter((_, index) => columns[index]![2]);
    const rows = this.drives.map(({ target, model, health, failure, history }) =>
      shown([
        shortened(printable(target.name), nameWidth),
        printable(model),
        celsiusText(health?.temperature ?? null),
        sparkline(temperatures(history), picture),
        health === undefined ? '' : `${health.used} %`,
        sparkline(wear(history), picture),
        failure !== undefined
          ? colours.bad('no answer')
          : health === undefined
            ? 'asking ...'
            : stateText(health, colours),
      ]),
    );
    const heads = shown(columns.map(([head]) => (head === '' ? '' : colours.faint(head))));
    return tableLines([heads, ...rows], shown(columns.map(([, align]) => align)));
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

/** The end of a name says which drive it is. */
function shortened(name: string, width: number): string {
  return name.length <= width ? name : `…${name.slice(name.length - width + 1)}`;
}
