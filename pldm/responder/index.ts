/** The answering side of PLDM. */

export * from './base.js';
export * from './bios.js';
export type * from './description.js';
export * from './events.js';
export { FruResponder, type FruResponderOptions } from './fru.js';
export * from './handlers.js';
export * from './multipart.js';
export { buildPdrs } from './pdr-builder.js';
export * from './repository.js';
export * from './responder.js';
export { SensorResponder } from './sensors.js';
export * from './terminus.js';
