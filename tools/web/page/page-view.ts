/** What a page of the page is: an element, what it wants to hear, and what it does when something has changed. */

import type { WebTableName } from '../web-documents.js';
import type { LiveWish } from './page-live.js';
import type { PageStore } from './page-store.js';

/** Tables which changed, and `events` and `packets`. */
export type Changed = ReadonlySet<WebTableName | 'events' | 'packets'>;

export interface View {
  readonly title: string;
  readonly element: HTMLElement;
  /** Besides what the frame of the page needs. */
  readonly wish: LiveWish;
  /** At most once per frame of the screen. */
  update(changed: Changed): void;
  /** A key was pressed, and nothing is being written. True: it meant something. */
  key?(key: string): boolean;
  close?(): void;
}

/** What views have of the page. */
export interface Page {
  readonly store: PageStore;
  /** Hear something else from now on. */
  listen(wish: LiveWish): void;
  /** Tell it to those who see and to those who hear. */
  say(text: string): void;
  /** The token is there; if not, it is asked for. */
  mayManage(): Promise<boolean>;
}
