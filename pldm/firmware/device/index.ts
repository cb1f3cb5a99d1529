/** The firmware device side of an update. */

export { type FdState, LEGAL_CHANGES, type StateChange } from './device-status.js';
export { nextRequest } from './download.js';
export * from './firmware-device.js';
export type * from './firmware-hardware.js';
export * from './memory-firmware.js';
