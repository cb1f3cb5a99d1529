/** PLDM platform monitoring and control, type 2 (DSP0248): PDRs, sensors, effecters and events, both sides. */

export * from './effecter-commands.js';
export * from './effecter-requester.js';
export * from './entity-tree.js';
export * from './entity-types.js';
export * from './event-commands.js';
export * from './event-data.js';
export * from './event-poll.js';
export * from './event-receiver.js';
export * from './event-source.js';
export { FILE_CLASSIFICATION, TERMINUS_LOCATOR_TYPE } from './pdr/entity-pdrs.js';
export * from './pdr/pdr-codec.js';
export { PDR_HEADER_SIZE, PDR_TYPE, pdrHeader, pdrTypeName } from './pdr/pdr-common.js';
export { buildPdrs } from './pdr-builder.js';
export * from './pdr-commands.js';
export * from './pdr-find.js';
export * from './pdr-repository.js';
export * from './pdr-responder.js';
export * from './pdr-view.js';
export * from './platform-enums.js';
export * from './scale.js';
export * from './sensor-commands.js';
export * from './sensor-requester.js';
export { SensorResponder } from './sensor-responder.js';
export * from './state-part.js';
export * from './state-sets.js';
export * from './thresholds.js';
export * from './units.js';
