/** Where the page has sensors and names of devices from. */

import type { HistoryPoints } from './sensor-traces.js';

export interface DeviceFeed {
  /** Somebody looks, or nobody does. */
  set wanted(wanted: boolean);
  /** Called before each round of messages. */
  look(): void;
  /** What a device says it is; '' while that is not known. */
  thingOf(network: number, eid: number): string;
  /** There are values from before the page was opened. */
  readonly hasHistory: boolean;
  /** Values of a sensor from then on, by its key in the table; undefined: those which are kept in memory are all. */
  trace(key: string, fromMs: number): HistoryPoints | undefined;
  close(): Promise<void>;
}
