/** The terminal of a process, drawn on as a whole. */

import type { ReadStream, WriteStream } from 'node:tty';
import type { Size, Terminal } from './io.js';

/** Columns and rows of a terminal that does not say. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';

/** A terminal that does not know its size says 0. */
export function sizeOf(out: Pick<WriteStream, 'columns' | 'rows'>): Size {
  return { columns: out.columns || DEFAULT_COLUMNS, rows: out.rows || DEFAULT_ROWS };
}

export function terminalOf(stdin: ReadStream, stdout: WriteStream): Terminal {
  return {
    canHearKeys: stdin.isTTY === true,
    size: () => sizeOf(stdout),
    write: (text) => void stdout.write(text),
    take: ({ resized, keys }) => {
      const onKeys = (chunk: Buffer | string): void => keys?.(String(chunk));
      if (keys !== undefined) {
        stdin.setRawMode(true);
        stdin.resume();
        stdin.on('data', onKeys);
      }
      let given = false;
      const giveBack = (): void => {
        if (given) return;
        given = true;
        stdout.write(LEAVE);
        if (keys !== undefined) {
          stdin.setRawMode(false);
          stdin.off('data', onKeys);
          stdin.pause();
        }
        stdout.off('resize', resized);
        process.off('exit', giveBack);
      };
      stdout.on('resize', resized);
      // However we end, the shell wants its terminal and its cursor back.
      process.on('exit', giveBack);
      stdout.write(ENTER);
      return giveBack;
    },
  };
}
