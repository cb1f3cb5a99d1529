/** The update agent side: inventory, matching, planning, updating. */

export * from './agent.js';
export * from './cancel.js';
export * from './events.js';
export * from './inventory.js';
export * from './match.js';
export { responseText } from './opening.js';
export * from './plan.js';
export type { ComponentKey, ResumePoint } from './resume.js';
export type { UpdateOptions } from './update.js';
