/** What `sensors --watch` sees, as lines: of JSON, or of text for what is new. */

import type { PlatformEvent } from '../../pldm/platform/event-data.js';
import { eventWords } from '../../pldm/platform/event-words.js';
import { printable } from '../command-error.js';
import { valueText } from '../format/sensor-table.js';
import { clockTime, isoTime } from '../format/time-text.js';
import type { SensorsWatchDocument } from '../schema/pldm-documents.js';
import type { World } from '../world.js';
import { jsonText } from './open-termini.js';
import type { SensorPeer, SensorRow, SensorSource } from './readings.js';

/** Where readings and events go. */
export interface SensorViewer {
  readings(source: SensorSource, rows: readonly SensorRow[]): void;
  event(peer: SensorPeer, event: PlatformEvent): void;
  remark(peer: Pick<SensorSource, 'target'> | undefined, text: string): void;
  close(): void;
}

/** What lines need: where they go, and what time it is. */
type Desk = Pick<World, 'io' | 'time'>;

export class JsonLines implements SensorViewer {
  constructor(private readonly world: Desk) {}

  readings(source: SensorSource, sensors: readonly SensorRow[]): void {
    this.#line({ time: this.#time(), event: 'readings', ...about(source), sensors });
  }

  event(peer: SensorPeer, event: PlatformEvent): void {
    const { subject, what } = eventWords(event, peer.repository.ownView);
    this.#line({ time: this.#time(), event: 'event', ...about(peer), subject, what, fields: event });
  }

  remark(peer: Pick<SensorSource, 'target'> | undefined, what: string): void {
    this.#line({ time: this.#time(), event: 'trouble', ...(peer === undefined ? {} : about(peer)), what });
  }

  close(): void {}

  #time(): string {
    return isoTime(this.world.time());
  }

  #line(document: SensorsWatchDocument): void {
    this.world.io.print(jsonText(document));
  }
}

function about({ target }: Pick<SensorSource, 'target'>) {
  return { target: target.name, eid: target.endpoint?.eid ?? target.to.eid };
}

/** `14:03:27.123` */
function timeText(time: () => number): string {
  return clockTime(time() * 1000).slice(0, 12);
}

export function eventLine(peer: SensorPeer, event: PlatformEvent, { io: { colours }, time }: Desk): string {
  const { subject, what, isGood } = eventWords(event, peer.repository.ownView);
  const text = printable(what);
  return `${colours.faint(timeText(time))}  ${peer.target.name}  event  ${printable(subject)}  ${isGood ? text : colours.bad(text)}`;
}

/** No terminal: a line for everything that is new. */
export class Lines implements SensorViewer {
  readonly #last = new Map<string, string>();

  constructor(private readonly world: Desk) {}

  readings({ target, key: source }: SensorSource, rows: readonly SensorRow[]): void {
    for (const row of rows) {
      const text =
        row.error !== null
          ? row.error
          : row.kind === 'numeric'
            ? `${valueText(row)} ${row.unit}  ${row.operationalState === 'enabled' ? row.presentState : row.operationalState}`
            : row.states.map(({ stateName }) => stateName).join(', ');
      const key = `${source}/${row.kind}/${row.id}`;
      if (this.#last.get(key) === text) continue;
      this.#last.set(key, text);
      this.world.io.print(`${timeText(this.world.time)}  ${target.name}  ${printable(row.name)}  ${printable(text)}`);
    }
  }

  event(peer: SensorPeer, event: PlatformEvent): void {
    this.world.io.print(eventLine(peer, event, this.world));
  }

  remark(peer: Pick<SensorSource, 'target'> | undefined, text: string): void {
    this.world.io.note(`${peer === undefined ? '' : `${peer.target.name}: `}${printable(text)}`);
  }

  close(): void {}
}
