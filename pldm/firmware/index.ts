/** Firmware update over PLDM (DSP0267): packages, the update agent, the firmware device. */

export * from './agent/index.js';
export * from './device/index.js';
export * from './firmware-timing.js';
export * from './package/index.js';
