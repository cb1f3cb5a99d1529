/** The asking side of PLDM. */

export * from '../base/multipart-requester.js';
export * from '../base/pldm-client.js';
export * from '../bios/bios-requester.js';
export * from '../fru/fru-requester.js';
export * from '../platform/effecter-requester.js';
export * from '../platform/entity-tree.js';
export * from '../platform/event-poll.js';
export * from '../platform/event-receiver.js';
export * from '../platform/pdr-find.js';
export * from '../platform/pdr-repository.js';
export * from '../platform/pdr-view.js';
export * from '../platform/sensor-requester.js';
export * from '../platform/state-part.js';
export * from '../terminus/terminus.js';
