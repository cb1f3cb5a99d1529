/** A view that is drawn again and again on a terminal of its own size, and then given back with the last of it. */

import { visibleWidth } from './colours.js';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_TO_LINE_END = '\u001b[K';
const CLEAR_TO_END = '\u001b[J';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** On the terminal's second screen, so that lines of any length and any resizing leave nothing behind on the first. */
export class LiveScreen {
  #open = false;
  readonly #draw = (): void => this.draw();
  readonly #close = (): void => this.close();

  constructor(
    /** Lines for a size. What is wider is cut, what is higher is left out. */
    private readonly lines: (size: ScreenSize) => readonly string[],
    private readonly out: NodeJS.WriteStream = process.stdout,
  ) {}

  draw(): void {
    if (!this.#open) {
      this.#open = true;
      this.out.on('resize', this.#draw);
      // However we end, the shell wants its terminal and its cursor back.
      process.on('exit', this.#close);
      this.out.write(ENTER);
    }
    // A terminal that does not know its size says 0.
    const size = { columns: this.out.columns || 80, rows: this.out.rows || 24 };
    const lines = this.lines(size).slice(0, size.rows);
    // Cleared before it is written: behind a line as wide as the terminal its last character would be cleared, too.
    const text = lines.map((line, index) => {
      const clear = index === lines.length - 1 ? CLEAR_TO_END : CLEAR_TO_LINE_END;
      return `${clear}${cut(line, size.columns)}`;
    });
    this.out.write(`${HOME}${text.join('\r\n')}`);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.out.off('resize', this.#draw);
    process.off('exit', this.#close);
    this.out.write(LEAVE);
  }
}

/** To the width of the screen, colours not counted. */
export function cut(line: string, columns: number): string {
  if (visibleWidth(line) <= columns) return line;
  let width = 0;
  let out = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour
  for (const part of line.split(/(\u001b\[[0-9;]*m)/)) {
    if (part.startsWith('\u001b')) out += part;
    else {
      const taken = [...part].slice(0, columns - width);
      width += taken.length;
      out += taken.join('');
    }
  }
  return out;
}
