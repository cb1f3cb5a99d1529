export * from './bus-owner.js';
export { EidPool, type EidPoolOptions } from './eid-pool.js';
export * from './endpoint.js';
export type { BusOwnerHost, RouteRequest } from './host.js';
