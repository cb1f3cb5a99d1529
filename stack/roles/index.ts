export { BridgeRole, type BridgeRoleOptions } from './bridge-role.js';
export { EndpointRole, type EndpointRoleOptions, type OwnBusOwner } from './endpoint-role.js';
