/** The terminal, or what stands in for it, as verbs see it. */

import type { Readable, Writable } from 'node:stream';
import type { Colours } from './format/colours.js';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Io {
  /** Results. After `endUnread` and `goOnUnread` what a reader who stands still does not take in time is left out. */
  print(text: string): void;
  /** Remarks, which are not results. */
  note(text: string): void;
  /** Lines on the terminal that the next ones replace; '' takes them away. Nothing when stderr is not a terminal. */
  progress(text: string): void;
  /** Room for `progress`; undefined: stderr is not a terminal, or not one that can take lines back. */
  progressRoom(): Size | undefined;
  readonly colours: Colours;
  /** Results go to a terminal, which can be drawn on. */
  readonly isTerminal: boolean;
  readonly stdin: Readable;
  /** Where results go, for those that are bytes. */
  readonly stdout: Writable;
  /**
   * The lines are all that the verb is for: from now on it ends as soon as nobody can read them any more (`| head -n 1`), not
   * only with the next line.
   */
  endUnread(): void;
  /** Others depend on the verb, whoever reads its lines: it goes on when nobody does. */
  goOnUnread(): void;
  /** Resolves when more may be printed: for output of any length. */
  drained(): Promise<void>;
  /** The line that a person answers; undefined at the end of the input. Not there when nobody can be asked. */
  readonly ask: ((question: string, signal: AbortSignal) => Promise<string | undefined>) | undefined;
  /** Not there when standard output is not a terminal, or not one that can be drawn on. */
  readonly terminal: Terminal | undefined;
}

/** The whole terminal, for views that are drawn again and again. */
export interface Terminal {
  /** Of the window now. */
  size(): Size;
  write(text: string): void;
  /**
   * Change to the second screen, without a cursor; returns how to change back, which happens by itself when the process
   * ends. With `keys`, they are heard as they are pressed; `canHearKeys` says whether that is possible.
   */
  take(view: { resized(): void; keys?(text: string): void }): () => void;
  readonly canHearKeys: boolean;
}
