/** PLDM FRU data, type 4 (DSP0257): records and tables, both sides. */

export * from './fru-commands.js';
export * from './fru-fields.js';
export * from './fru-requester.js';
export { FruResponder, type FruResponderOptions } from './fru-responder.js';
export * from './fru-table.js';
