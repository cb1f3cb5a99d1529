/** What a server which watches devices shows to those who read: the verbs by its sockets, the web page, the metrics. */

import type { RecordedWish } from '../../../bindings/capture/flight-recorder.js';
import type { Recorded } from '../../../bindings/capture/recorder.js';
import type { PldmResponder } from '../../../pldm/base/pldm-responder.js';
import type { PdrRepository } from '../../../pldm/platform/pdr-repository.js';
import type { Terminus } from '../../../pldm/terminus/terminus.js';
import type { TerminusSnapshot } from '../../../pldm/terminus-manager/terminus-snapshot.js';
import type { DriveSnapshot } from '../../../stack/nvme-mi/drive-snapshot.js';
import type { WatchListener } from '../../../stack/watch/index.js';
import type { HistoryReader } from '../../history/history-model.js';

export interface WatchDoor {
  termini(): TerminusSnapshot[];
  drives(): DriveSnapshot[];
  /** Live objects of a terminus by its key, for its PDRs and for calls to it. Undefined: there is no such terminus. */
  terminus(key: string): { readonly terminus: Terminus; readonly repository: PdrRepository } | undefined;
  /** Packets of the flight recorder; undefined: there is none. */
  recorded(wish: RecordedWish): Recorded[] | undefined;
  /** Every event, readings included; returns how to stop. */
  subscribe(hear: WatchListener): () => void;
  /** Answers what termini send; others may answer more with its handlers. */
  readonly responder: PldmResponder;
  /** Undefined: nothing is recorded. */
  readonly history: HistoryReader | undefined;
}
