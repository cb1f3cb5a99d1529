/** What the parts of a bus owner share. */

import type { NetworkId } from '../ids.js';
import type { KeyedTurnstiles } from '../util/line.js';
import type { DeviceClient } from './device-client.js';
import type { EidHistory } from './eid-history.js';
import type { EidPool } from './eid-pool.js';
import type { EidSelection } from './eid-selection.js';
import type { EndpointEvents } from './endpoint-events.js';
import type { EndpointRegistry, UuidClaims } from './endpoint-registry.js';
import type { Lifetime } from './lifetime.js';

export interface OwnerContext {
  readonly network: NetworkId;
  /** Are EIDs given on that link? */
  readonly mayAssign: (link: string) => boolean;
  readonly devices: DeviceClient;
  readonly pool: EidPool;
  readonly selection: EidSelection;
  readonly history: EidHistory;
  readonly registry: EndpointRegistry;
  readonly uuids: UuidClaims;
  readonly events: EndpointEvents;
  /** By place: nothing is done twice to one device at a time. */
  readonly setUps: KeyedTurnstiles;
  readonly lifetime: Lifetime;
}
