/** Firmware packages (DSP0267 §7): read, check, explain, build. */

export * from './build-package.js';
export * from './check-package.js';
export * from './package-formats.js';
export { packageJson } from './package-json.js';
export type * from './package-model.js';
export { COMPONENT_OPTION, DEVICE_OPTION, DOWNSTREAM_OPTION, NO_STAMP } from './package-records.js';
export * from './package-source.js';
export * from './read-package.js';
