/** A managed terminus of one moment: plain data. */

import type { WatchedDevice } from '../../stack/watch/index.js';
import type { EventMode } from '../platform/event-receiver.js';

export interface PldmTypeSnapshot {
  readonly type: number;
  /** "platform" */
  readonly name: string;
  /** "1.2.1" */
  readonly versions: readonly string[];
  /** Codes of the commands it supports. */
  readonly commands: readonly number[];
}

export interface FruSetSnapshot {
  readonly recordSet: number;
  /** General fields by name: `serialNumber`. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

export interface RepositorySnapshot {
  readonly records: number;
  readonly bytes: number;
  /** Null: the terminus has none. */
  readonly signature: number | null;
  readonly updateTime: string;
}

export interface TerminusSnapshot extends WatchedDevice {
  /** 0: none. */
  readonly tid: number;
  readonly types: readonly PldmTypeSnapshot[];
  readonly fru: readonly FruSetSnapshot[];
  /** Null: it has no platform type, or was not read yet. */
  readonly pdrs: RepositorySnapshot | null;
  /** How its events come; null: they do not. */
  readonly events: EventMode | null;
}
