/** Firmware packages (DSP0267 §7): read, check, explain, build. */

export * from './build.js';
export * from './check.js';
export * from './formats.js';
export { packageJson } from './json.js';
export type * from './model.js';
export * from './read.js';
export { COMPONENT_OPTION, DEVICE_OPTION, DOWNSTREAM_OPTION, NO_STAMP } from './records.js';
export * from './source.js';
