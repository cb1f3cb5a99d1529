/** A view that is drawn again and again on a terminal of its own size, and then given back with the last of it. */

import type { Size, Terminal } from '../io.js';
import { visibleWidth } from './colours.js';

const HOME = '\u001b[H';
const CLEAR_TO_LINE_END = '\u001b[K';
const CLEAR_TO_END = '\u001b[J';

/** On the terminal's second screen, so that lines of any length and any resizing leave nothing behind on the first. */
export class LiveScreen {
  #giveBack: (() => void) | undefined;

  constructor(
    /** Lines for a size. What is wider is cut, what is higher is left out. */
    private readonly lines: (size: Size) => readonly string[],
    private readonly terminal: Terminal,
  ) {}

  draw(): void {
    this.#giveBack ??= this.terminal.take({ resized: () => this.draw() });
    const size = this.terminal.size();
    const lines = this.lines(size).slice(0, size.rows);
    // Cleared before it is written: behind a line as wide as the terminal its last character would be cleared, too.
    const text = lines.map((line, index) => {
      const clear = index === lines.length - 1 ? CLEAR_TO_END : CLEAR_TO_LINE_END;
      return `${clear}${cut(line, size.columns)}`;
    });
    this.terminal.write(`${HOME}${text.join('\r\n')}`);
  }

  close(): void {
    this.#giveBack?.();
    this.#giveBack = undefined;
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
