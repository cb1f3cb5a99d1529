/** The update agent side: inventory, matching, planning, updating. */

export * from './cancel-update.js';
export type { UpdateOptions } from './device-update.js';
export { responseText } from './enter-update-mode.js';
export * from './match-package.js';
export * from './read-inventory.js';
export type { ComponentKey, ResumePoint } from './resume-point.js';
export * from './update-agent.js';
export * from './update-events.js';
export * from './update-plan.js';
