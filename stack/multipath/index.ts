/** Devices with several ways. */

export {
  type DeviceGroup,
  type DeviceGroups,
  type GroupOptions,
  groupDevices,
  type UuidConflict,
} from './device-groups.js';
export type { MultipathPeer, PeerOptions, WayEvent } from './multipath-peer.js';
export { type MultipathOptions, MultipathTransport } from './multipath-transport.js';
export type { Way, WayOptions, WayState } from './way.js';
export { WAY_POLICIES, type WayPolicy } from './way-choice.js';
