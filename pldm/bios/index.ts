/** PLDM BIOS control and configuration, type 3 (DSP0247): tables and attributes, both sides. */

export * from './bios-commands.js';
export * from './bios-requester.js';
export * from './bios-responder.js';
export * from './bios-tables.js';
export * from './table-entries.js';
