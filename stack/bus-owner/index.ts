/** The bus owner role. */

export type { VendorSet } from '../control/index.js';
export { isUsefulUuid } from '../useful-uuid.js';
export { BusOwner } from './bus-owner.js';
export {
  BUS_OWNER_DEFAULTS,
  type BusOwnerOptions,
  type DevicePolicy,
  type DiscoverOptions,
  type IdentityPart,
  type PolicySubject,
  type StaticAssignment,
  type WantedEndpoint,
} from './bus-owner-options.js';
export { type BusOwnerState, busOwnerState } from './eid-history.js';
export { EidPool, type EidPoolOptions } from './eid-pool.js';
export {
  type EndpointChange,
  type EndpointEvent,
  EndpointEvents,
  type EndpointListener,
  EventReader,
  type EventsOptions,
} from './endpoint-events.js';
export type { Connectivity, EndpointInfo } from './endpoint-registry.js';
export type { NetworkStack, RouteRequest } from './network-stack.js';
