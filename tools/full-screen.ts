/** The whole terminal, borrowed: keys as they are pressed, pictures as large as it is, given back as it was. */

import { cut } from './format/colours.js';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_TO_LINE_END = '\u001b[K';
const CLEAR_TO_END = '\u001b[J';

/** Both ends of a terminal: what is asked of it first. */
export function hasFullScreen(): boolean {
  return process.stdout.isTTY === true && process.stdin.isTTY === true && process.env.TERM !== 'dumb';
}

export class FullScreen {
  #closed = false;
  readonly #onKeys: (chunk: Buffer | string) => void;
  readonly #onExit = (): void => this.close();

  constructor(
    /** What was typed, byte for byte: Ctrl-C, too. */
    onKeys: (text: string) => void,
    private readonly onResize: () => void,
  ) {
    this.#onKeys = (chunk) => onKeys(String(chunk));
    const { stdin, stdout } = process;
    stdin.setRawMode(true);
    stdin.resume();
    stdin.on('data', this.#onKeys);
    stdout.on('resize', this.onResize);
    // However we end, the shell wants its terminal back.
    process.on('exit', this.#onExit);
    stdout.write(ENTER);
  }

  get size(): Size {
    // A terminal that does not know its size says 0.
    return { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 };
  }

  /** Lines that are too long are cut, for one that wraps would shift all below it; those that are too many are not seen. */
  draw(lines: readonly string[]): void {
    if (this.#closed) return;
    const { columns, rows } = this.size;
    // Cleared before it is written: behind a line as wide as the screen the last character would be cleared, too.
    const seen = lines.slice(0, rows).map((line) => `${CLEAR_TO_LINE_END}${cut(line, columns)}`);
    const below = seen.length < rows ? `\r\n${CLEAR_TO_END}` : '';
    process.stdout.write(`${HOME}${seen.join('\r\n')}${below}`);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { stdin, stdout } = process;
    stdout.write(LEAVE);
    stdin.setRawMode(false);
    stdin.off('data', this.#onKeys);
    stdin.pause();
    stdout.off('resize', this.onResize);
    process.off('exit', this.#onExit);
  }
}
