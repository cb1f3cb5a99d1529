/** The firmware device side of an update. */

export * from './device.js';
export { nextRequest } from './download.js';
export type * from './hardware.js';
export * from './memory.js';
export { type FdState, LEGAL_CHANGES, type StateChange } from './status.js';
