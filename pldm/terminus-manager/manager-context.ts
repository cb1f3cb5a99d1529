/** What the managed termini of one manager share. */

import type { Clock } from '../../stack/clock.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import type { WatchEvent } from '../../stack/watch/index.js';
import type { PldmClient } from '../base/pldm-client.js';
import type { EventMode, EventReceiver } from '../platform/event-receiver.js';
import type { SensorTiming } from './managed-sensor.js';
import type { TidRegistry } from './tid-registry.js';

export interface ManagerTiming extends SensorTiming {
  readonly checkMs: number;
  readonly heartbeatSeconds: number;
  readonly eventPollMs: number;
}

export interface ManagerContext {
  readonly client: PldmClient;
  readonly clock: Clock;
  /** ms since 1970 */
  readonly time: () => number;
  readonly receiver: EventReceiver | undefined;
  /** Undefined: TIDs are left as they are. */
  readonly tids: TidRegistry | undefined;
  readonly tidsChanged: () => void;
  /** Of now: it may become another one. */
  readonly timing: ManagerTiming;
  /** Undefined: the best that the terminus can. */
  readonly eventMode: EventMode | undefined;
  readonly call: CallOptions;
  readonly mostSensors: number;
  /** Our EID on the network of a terminus; undefined: it has no way to reach us. */
  ownEid(network: number): number | undefined;
  tell(event: WatchEvent): void;
}
