/** What was recorded of devices, as it is asked for and answered. */

import type { Severity } from '../../stack/watch/index.js';

export interface HistoryDevice {
  /** As `WatchedIdentity.key`. */
  readonly key: string;
  readonly name: string;
  readonly network: number;
  readonly eid: number;
  /** ms since 1970 */
  readonly firstAt: number;
  readonly lastAt: number;
  readonly sensors: readonly HistorySensor[];
}

export interface HistorySensor {
  readonly key: string;
  readonly name: string;
  readonly kind: 'numeric' | 'state';
  readonly unit: string;
  /** Names of states by number. */
  readonly states: Readonly<Record<number, string>>;
}

export interface ReadingsQuery {
  /** Key of a device. */
  readonly device: string;
  /** Key of a sensor; undefined: all of the device. */
  readonly sensor?: string;
  /** ms since 1970; default: everything. */
  readonly from?: number;
  readonly to?: number;
  /** At most so many points of each sensor: the time is cut into so many equal parts; 1..10000, default 1000. */
  readonly points?: number;
}

/** A reading, or several as one. */
export interface HistoryPoint {
  /** Of the first of them; ms since 1970. */
  readonly at: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  /** Of the last of them. */
  readonly last: number;
  readonly count: number;
}

export interface HistorySeries {
  readonly sensor: HistorySensor;
  readonly points: readonly HistoryPoint[];
}

export interface EventsQuery {
  /** ms since 1970 */
  readonly since?: number;
  readonly until?: number;
  readonly device?: string;
  readonly kinds?: readonly string[];
  /** The latest so many; 1..10000, default 1000. */
  readonly limit?: number;
}

export interface HistoryEvent {
  /** Ascending with time. */
  readonly id: number;
  /** ms since 1970 */
  readonly at: number;
  /** A kind of `WatchEvent`, or `linkUp`, `linkDown`, `serving`. */
  readonly kind: string;
  /** Key of the device; null: it is about none. */
  readonly device: string | null;
  readonly deviceName: string | null;
  readonly sensor: string | null;
  readonly severity: Severity;
  /** A sentence for people. */
  readonly text: string;
}

/** What may be asked of a history. */
export interface HistoryReader {
  devices(): HistoryDevice[];
  readings(query: ReadingsQuery): HistorySeries[];
  /** In the order of time. */
  events(query?: EventsQuery): HistoryEvent[];
}
