/** What the parts of a bus owner share. */

import type { NetworkId } from '../ids.js';
import type { Claims } from './claims.js';
import type { EidPool } from './eid-pool.js';
import type { EndpointEvents } from './events.js';
import type { Exchange } from './exchange.js';
import type { Lifetime } from './lifetime.js';
import type { Locks } from './locks.js';
import type { EidMemory } from './memory.js';
import type { EndpointRegistry } from './registry.js';
import type { UuidClaims } from './uuid-claims.js';

export interface OwnerContext {
  readonly network: NetworkId;
  readonly exchange: Exchange;
  readonly pool: EidPool;
  readonly claims: Claims;
  readonly memory: EidMemory;
  readonly registry: EndpointRegistry;
  readonly uuids: UuidClaims;
  readonly events: EndpointEvents;
  /** By place: nothing is done twice to one device at a time. */
  readonly locks: Locks;
  readonly lifetime: Lifetime;
}
