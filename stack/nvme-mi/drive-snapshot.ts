/** A watched drive of one moment: plain data. */

import type { WatchedDevice } from '../watch/index.js';

export interface DriveSnapshot extends WatchedDevice {
  /** '' before it was read. */
  readonly model: string;
  readonly serial: string;
  /** Bytes as text; null: it does not tell. */
  readonly capacity: string | null;
}
