/**
 * What was recorded since the last transaction, in a plain file: appended once a second, which costs next to nothing, while
 * a transaction of the database waits for the disk. A process which is killed leaves it, and the next run reads it.
 */

import { closeSync, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';

export class HistoryJournal<Line> {
  readonly #file: number;
  #written = 0;
  /** Of whole lines. */
  #bytes: number;

  private constructor(
    private readonly path: string,
    file: number,
    bytes: number,
  ) {
    this.#file = file;
    this.#bytes = bytes;
  }

  /** `left`: what a run before left; a line which is not whole is the last one, and is passed over. @throws errors of the system */
  static open<Line>(path: string): { readonly journal: HistoryJournal<Line>; readonly left: Line[] } {
    const file = openSync(path, 'a+', 0o644);
    const left: Line[] = [];
    const whole = readFileSync(path);
    for (const text of whole.toString('utf8').split('\n')) {
      try {
        if (text !== '') left.push(JSON.parse(text) as Line);
      } catch {
        break;
      }
    }
    return { journal: new HistoryJournal<Line>(path, file, whole.length), left };
  }

  /** All of `lines` is what waits; those which are written already are its beginning. @throws errors of the system */
  write(lines: readonly Line[]): void {
    if (lines.length === this.#written) return;
    // What a run before left is among them.
    if (this.#written === 0) this.clear();
    const bytes = Buffer.from(
      lines
        .slice(this.#written)
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
    } catch (error) {
      // Half a line would hide those which come after it.
      ftruncateSync(this.#file, this.#bytes);
      throw error;
    }
    this.#bytes += bytes.length;
    this.#written = lines.length;
  }

  /** It is in the database now. @throws errors of the system */
  clear(): void {
    if (this.#bytes > 0) ftruncateSync(this.#file, 0);
    this.#bytes = 0;
    this.#written = 0;
  }

  /** Nothing is left to read. */
  close(): void {
    closeSync(this.#file);
    rmSync(this.path, { force: true });
  }
}
