/** What `sensors --watch` sees, as lines: of JSON, or of text for what is new. */

import type { PlatformEvent } from '../../pldm/platform/event-data.js';
import { printable } from '../errors.js';
import type { Colours } from '../format/colours.js';
import { eventWords } from '../format/event-lines.js';
import { clockTime } from '../format/live.js';
import { valueText } from '../format/sensor-table.js';
import type { Io } from '../io.js';
import type { SensorsWatchDocument } from '../schema/pldm-documents.js';
import { jsonText } from './open-termini.js';
import type { SensorPeer, SensorRow } from './readings.js';

/** Where readings and events go. */
export interface SensorViewer {
  readings(peer: SensorPeer, rows: readonly SensorRow[]): void;
  event(peer: SensorPeer, event: PlatformEvent): void;
  remark(peer: SensorPeer | undefined, text: string): void;
  close(): void;
}

function now(): number {
  return Date.now() * 1000;
}

export class JsonLines implements SensorViewer {
  constructor(readonly io: Io) {}

  readings(peer: SensorPeer, sensors: readonly SensorRow[]): void {
    this.#line({ time: this.#time(), event: 'readings', ...about(peer), sensors });
  }

  event(peer: SensorPeer, event: PlatformEvent): void {
    const { subject, what } = eventWords(event, peer.repository.view);
    this.#line({ time: this.#time(), event: 'event', ...about(peer), subject, what, fields: event });
  }

  remark(peer: SensorPeer | undefined, what: string): void {
    this.#line({ time: this.#time(), event: 'trouble', ...(peer === undefined ? {} : about(peer)), what });
  }

  close(): void {}

  #time(): string {
    return new Date().toISOString();
  }

  #line(document: SensorsWatchDocument): void {
    this.io.print(jsonText(document));
  }
}

function about({ target }: SensorPeer) {
  return { target: target.name, eid: target.endpoint?.eid ?? target.to.eid };
}

export function eventLine(peer: SensorPeer, event: PlatformEvent, colours: Colours): string {
  const { subject, what, isGood } = eventWords(event, peer.repository.view);
  const text = printable(what);
  return `${colours.faint(clockTime(now()).slice(0, 12))}  ${peer.target.name}  event  ${printable(subject)}  ${isGood ? text : colours.bad(text)}`;
}

/** No terminal: a line for everything that is new. */
export class Lines implements SensorViewer {
  readonly #last = new Map<string, string>();

  constructor(readonly io: Io) {}

  readings(peer: SensorPeer, rows: readonly SensorRow[]): void {
    for (const row of rows) {
      const text =
        row.error !== null
          ? row.error
          : row.kind === 'numeric'
            ? `${valueText(row)} ${row.unit}  ${row.operationalState === 'enabled' ? row.presentState : row.operationalState}`
            : row.states.map(({ stateName }) => stateName).join(', ');
      const key = `${peer.terminus.key}/${row.kind}/${row.id}`;
      if (this.#last.get(key) === text) continue;
      this.#last.set(key, text);
      this.io.print(
        `${clockTime(now()).slice(0, 12)}  ${peer.target.name}  ${printable(row.name)}  ${printable(text)}`,
      );
    }
  }

  event(peer: SensorPeer, event: PlatformEvent): void {
    this.io.print(eventLine(peer, event, this.io.colours));
  }

  remark(peer: SensorPeer | undefined, text: string): void {
    this.io.note(`${peer === undefined ? '' : `${peer.target.name}: `}${printable(text)}`);
  }

  close(): void {}
}
