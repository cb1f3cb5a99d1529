/** The answering side of PLDM. */

export * from '../base/base-responder.js';
export * from '../base/handlers.js';
export * from '../base/multipart-responder.js';
export * from '../base/pldm-responder.js';
export * from '../bios/bios-responder.js';
export { FruResponder, type FruResponderOptions } from '../fru/fru-responder.js';
export * from '../platform/event-source.js';
export { buildPdrs } from '../platform/pdr-builder.js';
export * from '../platform/pdr-responder.js';
export { SensorResponder } from '../platform/sensor-responder.js';
export type * from '../terminus/terminus-description.js';
export * from '../terminus/terminus-responder.js';
