/** The roles our own stack can take. */

export { BridgeRole, type BridgeRoleOptions } from './bridge-role.js';
export { BusOwnerRole, type BusOwnerRoleOptions } from './bus-owner-role.js';
export { EndpointRole, type EndpointRoleOptions, type OwnBusOwner } from './endpoint-role.js';
export { type EidSet, Firewall, type FirewallCounters, type FirewallOptions, type FirewallRule } from './firewall.js';
export { routeUpstream } from './host-routes.js';
export type { RoutingEntry } from './learned-routes.js';
export { type RateLimit, type RateLimitAbilities, RateLimitedLink, serveRateLimits } from './rate-limit.js';
