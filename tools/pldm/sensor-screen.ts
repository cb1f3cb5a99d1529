/** `sensors --watch` on a terminal: all of it, tables that stay where they are, the latest events below them. */

import type { PlatformEvent } from '../../pldm/index.js';
import { printable } from '../errors.js';
import type { Colours } from '../format/colours.js';
import { sensorLines } from '../format/sensors.js';
import { FullScreen, type Size } from '../full-screen.js';
import type { Io } from '../io.js';
import { readKeys } from '../top/view.js';
import { type SensorPeer, type SensorRow, titleOf } from './readings.js';
import { eventLine, type WatchView } from './watch-views.js';

/** Values kept for a sparkline. */
const HISTORY = 64;
/** Events kept below the tables. */
const SHOWN_EVENTS = 8;
const PAGE = 10;

export class SensorScreen implements WatchView {
  readonly #rows = new Map<SensorPeer, readonly SensorRow[]>();
  readonly #history = new Map<SensorPeer, Map<number, (number | undefined)[]>>();
  readonly #events: string[] = [];
  /** Lines scrolled down. */
  #top = 0;
  readonly #full = new FullScreen(
    (text) => this.#keys(text),
    () => this.#draw(),
  );

  constructor(
    private readonly io: Io,
    private readonly peers: readonly SensorPeer[],
    private readonly quit: () => void,
  ) {
    this.#draw();
  }

  readings(peer: SensorPeer, rows: readonly SensorRow[]): void {
    this.#rows.set(peer, rows);
    const history = this.#history.get(peer) ?? new Map<number, (number | undefined)[]>();
    this.#history.set(peer, history);
    for (const row of rows) {
      if (row.kind !== 'numeric') continue;
      const values = history.get(row.id) ?? [];
      values.push(row.value ?? undefined);
      history.set(row.id, values.slice(-HISTORY));
    }
    this.#draw();
  }

  event(peer: SensorPeer, event: PlatformEvent): void {
    this.#remember(eventLine(peer, event, this.io.colours));
  }

  remark(peer: SensorPeer | undefined, text: string): void {
    this.#remember(this.io.colours.bad(`${peer === undefined ? '' : `${peer.target.name}: `}${printable(text)}`));
  }

  /** The last picture stays, whole, where the shell goes on. */
  close(): void {
    this.#full.close();
    for (const line of [...this.#tables(this.#readable), ...this.#events]) this.io.print(line);
  }

  /** The others have been complained of before. */
  get #readable(): readonly SensorPeer[] {
    return this.peers.filter(({ error }) => error === undefined);
  }

  #tables(peers: readonly SensorPeer[]): string[] {
    const { colours } = this.io;
    return peers.flatMap((peer) => {
      const rows = this.#rows.get(peer);
      const title = titleOf(peer);
      if (peer.error !== undefined) return [colours.strong(title), `  ${colours.bad(printable(peer.error.message))}`];
      if (rows === undefined) return [colours.strong(title), colours.faint('  reading ...')];
      return sensorLines(title, rows, { colours, bars: true, history: this.#history.get(peer)! });
    });
  }

  #draw(): void {
    const picture = watchPicture(this.#tables(this.peers), this.#events, this.#top, this.#full.size, this.io.colours);
    this.#top = picture.top;
    this.#full.draw(picture.lines);
  }

  #keys(text: string): void {
    for (const key of readKeys(text)) {
      if (key === 'q' || key === 'ctrl-c') this.quit();
      else if (key === 'up' || key === 'k') this.#top -= 1;
      else if (key === 'down' || key === 'j') this.#top += 1;
      else if (key === 'pageUp') this.#top -= PAGE;
      else if (key === 'pageDown' || key === ' ') this.#top += PAGE;
    }
    this.#draw();
  }

  #remember(line: string): void {
    this.#events.push(line);
    if (this.#events.length > SHOWN_EVENTS) this.#events.shift();
    this.#draw();
  }
}

/** As many lines as the screen has: tables from `top` on, the latest events, keys. Pure. */
export function watchPicture(
  tables: readonly string[],
  events: readonly string[],
  top: number,
  { rows }: Size,
  colours: Colours,
): { readonly lines: readonly string[]; readonly top: number } {
  const below = Math.min(events.length, Math.floor(rows / 3));
  const room = Math.max(1, rows - 1 - below);
  const first = Math.max(0, Math.min(top, tables.length - room));
  const shown = tables.slice(first, first + room);
  const hidden =
    tables.length > room ? `${first + 1} to ${first + shown.length} of ${tables.length} lines  up/down scroll  ` : '';
  const filled = [...shown, ...new Array<string>(room - shown.length).fill('')];
  const latest = below === 0 ? [] : events.slice(-below);
  return { lines: [...filled, ...latest, colours.faint(`${hidden}q quit`)], top: first };
}
