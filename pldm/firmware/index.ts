/** PLDM firmware update, type 5 (DSP0267): commands, packages, the update agent, the firmware device. */

export * from './agent/index.js';
export * from './device/index.js';
export * from './device-descriptors.js';
export * from './firmware-enums.js';
export * from './firmware-timing.js';
export * from './inventory-commands.js';
export * from './package/index.js';
export { TOLERANT } from './tolerant.js';
export * from './update-commands.js';
