/** PLDM: every command declared once, and both sides of it: requester (terminus) and responder. */

export * from './base/base-commands.js';
export * from './base/crc.js';
export * from './base/multipart-commands.js';
export {
  type AnyPldmCommand,
  commandsOf,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  PldmCommand,
  type ResponseOf,
} from './base/pldm-command.js';
export * from './base/pldm-completion-codes.js';
export * from './base/pldm-header.js';
export { TIMING } from './base/pldm-timing.js';
export * from './base/pldm-types.js';
export {
  bitfieldBytes,
  bitfieldHex,
  bitfieldNumbers,
  encodingOfStringType,
  transferFlag,
  transferOperationFlag,
} from './base/shared-fields.js';
export { withTrailer } from './base/table-trailer.js';
export { compareVersions, ver32Text } from './base/ver32.js';
export * from './bios/bios-commands.js';
export * from './bios/bios-tables.js';
export * from './bios/table-entries.js';
export * from './command-registry.js';
export * from './file/file-commands.js';
export * from './file/index.js';
export * from './firmware/device-descriptors.js';
export * from './firmware/firmware-enums.js';
export * from './firmware/index.js';
export * from './firmware/inventory-commands.js';
export { TOLERANT } from './firmware/tolerant.js';
export * from './firmware/update-commands.js';
export * from './fru/fru-commands.js';
export * from './fru/fru-fields.js';
export * from './fru/fru-table.js';
export * from './platform/effecter-commands.js';
export * from './platform/entity-types.js';
export * from './platform/event-commands.js';
export * from './platform/event-data.js';
export * from './platform/pdr/index.js';
export * from './platform/pdr-commands.js';
export * from './platform/platform-enums.js';
export * from './platform/sensor-commands.js';
export * from './platform/state-sets.js';
export * from './platform/units.js';
export * from './requester/index.js';
export * from './responder/index.js';
