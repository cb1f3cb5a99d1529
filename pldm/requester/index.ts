/** The asking side of PLDM. */

export * from './bios.js';
export * from './client.js';
export * from './effecters.js';
export * from './entities.js';
export * from './event-poll.js';
export * from './events.js';
export * from './fru.js';
export * from './multipart.js';
export * from './pdr-find.js';
export * from './pdr-repository.js';
export * from './pdr-view.js';
export * from './sensors.js';
export * from './state-part.js';
export * from './terminus.js';
