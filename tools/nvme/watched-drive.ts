/** A drive that is watched. */

import type { DriveHealth } from '../../stack/nvme-mi/drive-report.js';
import type { Target } from '../address.js';
import type { HealthHistory } from './health-history.js';

export interface WatchedDrive {
  readonly target: Target;
  readonly history: HealthHistory;
  health: DriveHealth | undefined;
  /** Why the last poll did not work. */
  failure: string | undefined;
  model: string;
  warningTemperature: number | null;
  /** Poll it now: it has told something. Undefined while it is polled. */
  wake: (() => void) | undefined;
}
