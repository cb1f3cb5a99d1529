/** The bus owner role. */

export type { VendorSet } from '../control/index.js';
export { BusOwner } from './bus-owner.js';
export { isUsefulUuid, placeName } from './device-place.js';
export { type BusOwnerState, busOwnerState } from './eid-history.js';
export { EidPool, type EidPoolOptions } from './eid-pool.js';
export { EndpointEvents, type EndpointListener, EventReader, type EventsOptions } from './endpoint-events.js';
export * from './endpoint-info.js';
export type { NetworkStack, RouteRequest } from './network-stack.js';
export {
  BUS_OWNER_DEFAULTS,
  type BusOwnerOptions,
  type DevicePolicy,
  type DiscoverOptions,
  type IdentityPart,
  type PolicySubject,
  type StaticAssignment,
} from './owner-options.js';
