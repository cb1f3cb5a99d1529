/** Where captures and live views get packets from, whichever stack they pass in. */

import type { CapturedLink } from '../../bindings/capture/capture-file.js';
import type { Recorded, RecorderOptions } from '../../bindings/capture/recorder.js';

export interface PacketSource {
  /** Links that are there now. */
  links(): CapturedLink[];
  /** Hear every packet from when this resolves; resolves with how to stop. */
  record(hear: (recorded: Recorded) => void, options?: RecorderOptions): Promise<() => void>;
}
