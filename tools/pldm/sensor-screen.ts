/** `sensors --watch` on a terminal: tables that stay where they are, the latest events below them. */

import type { PlatformEvent } from '../../pldm/platform/event-data.js';
import { printable } from '../command-error.js';
import { LiveScreen } from '../format/live-screen.js';
import { sensorLines } from '../format/sensor-table.js';
import type { Size, Terminal } from '../io.js';
import type { World } from '../world.js';
import type { SensorPeer, SensorRow, SensorSource } from './readings.js';
import { eventLine, type SensorViewer } from './sensor-lines.js';

/** Values kept for a sparkline. */
const HISTORY = 64;
/** Events kept below the tables. */
const SHOWN_EVENTS = 8;

export class SensorScreen implements SensorViewer {
  readonly #rows = new Map<SensorSource, readonly SensorRow[]>();
  readonly #history = new Map<SensorSource, Map<number, (number | undefined)[]>>();
  readonly #events: string[] = [];
  readonly #screen: LiveScreen;
  #drawn = false;

  constructor(
    private readonly sources: readonly SensorSource[],
    private readonly world: Pick<World, 'io' | 'time'>,
    terminal: Terminal,
  ) {
    this.#screen = new LiveScreen((size) => this.#fitted(size), terminal);
  }

  readings(peer: SensorSource, rows: readonly SensorRow[]): void {
    this.#rows.set(peer, rows);
    const history = this.#history.get(peer) ?? new Map<number, (number | undefined)[]>();
    this.#history.set(peer, history);
    for (const row of rows) {
      if (row.kind !== 'numeric') continue;
      const values = history.get(row.id) ?? [];
      values.push(row.value ?? undefined);
      history.set(row.id, values.slice(-HISTORY));
    }
    if (!this.#drawn) this.world.io.progress('');
    this.#drawn = true;
    this.#screen.draw();
  }

  event(peer: SensorPeer, event: PlatformEvent): void {
    this.#remember(eventLine(peer, event, this.world));
  }

  remark(peer: Pick<SensorSource, 'target'> | undefined, text: string): void {
    this.#remember(this.world.io.colours.bad(`${peer === undefined ? '' : `${peer.target.name}: `}${printable(text)}`));
  }

  /** What was shown last stays on the terminal. */
  close(): void {
    this.#screen.close();
    if (this.#drawn) for (const line of [...this.#tables(), ...this.#events]) this.world.io.print(line);
    this.#drawn = false;
  }

  #remember(line: string): void {
    this.#events.push(line);
    if (this.#events.length > SHOWN_EVENTS) this.#events.shift();
    if (this.#drawn) this.#screen.draw();
  }

  #tables(): string[] {
    const { colours } = this.world.io;
    return this.sources.flatMap((peer) => {
      const rows = this.#rows.get(peer);
      const { title } = peer;
      if (rows === undefined) return [colours.strong(title), colours.faint('  reading ...')];
      const history = this.#history.get(peer);
      const look = { colours, bars: true, ...(history !== undefined && { history }) };
      return sensorLines(title, rows, look);
    });
  }

  /** Events and the way out are always there; of the tables what fits, and how much does not. */
  #fitted({ rows }: Size): string[] {
    const { colours } = this.world.io;
    const below = [...this.#events.slice(-Math.max(1, Math.floor(rows / 3))), colours.faint('Ctrl-C ends it')];
    const tables = this.#tables();
    const room = Math.max(0, rows - below.length);
    if (tables.length <= room) return [...tables, ...below];
    const shown = tables.slice(0, Math.max(0, room - 1));
    const rest = `${tables.length - shown.length} more lines: name fewer termini, or make the terminal higher`;
    return [...shown, colours.faint(rest), ...below];
  }
}
