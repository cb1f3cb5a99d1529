/** The bus owner role. */

export type { VendorSet } from '../control/index.js';
export { BusOwner } from './bus-owner.js';
export { isUsefulUuid, placeName } from './device.js';
export { EidPool, type EidPoolOptions } from './eid-pool.js';
export * from './endpoint.js';
export { EndpointEvents, type EndpointListener, EventReader, type EventsOptions } from './events.js';
export type { BusOwnerHost, RouteRequest } from './host.js';
export { type BusOwnerState, busOwnerState } from './memory.js';
export {
  BUS_OWNER_DEFAULTS,
  type BusOwnerOptions,
  type DevicePolicy,
  type DiscoverOptions,
  type IdentityPart,
  type PolicySubject,
  type StaticAssignment,
} from './options.js';
