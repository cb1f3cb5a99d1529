/** PLDM: every command declared once, and both sides of it: requester (terminus) and responder. */

export * from './base.js';
export * from './bios/commands.js';
export * from './bios/entries.js';
export * from './bios/tables.js';
export {
  type AnyPldmCommand,
  commandsOf,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  PldmCommand,
  type ResponseOf,
} from './command.js';
export * from './completion-codes.js';
export * from './crc.js';
export {
  bitfieldBytes,
  bitfieldHex,
  bitfieldNumbers,
  encodingOfStringType,
  transferFlag,
  transferOperationFlag,
} from './fields.js';
export * from './file/index.js';
export * from './file-transfer.js';
export * from './firmware/index.js';
export * from './firmware-update/descriptors.js';
export * from './firmware-update/enums.js';
export * from './firmware-update/inventory.js';
export { TOLERANT } from './firmware-update/tolerant.js';
export * from './firmware-update/update.js';
export * from './fru/commands.js';
export * from './fru/fields.js';
export * from './fru/table.js';
export * from './header.js';
export * from './multipart.js';
export * from './platform/effecters.js';
export * from './platform/entity-types.js';
export * from './platform/enums.js';
export * from './platform/event-data.js';
export * from './platform/events.js';
export * from './platform/pdr/index.js';
export * from './platform/repository.js';
export * from './platform/sensors.js';
export * from './platform/state-sets.js';
export * from './platform/units.js';
export * from './registry.js';
export * from './requester/index.js';
export * from './responder/index.js';
export { TIMING } from './timing.js';
export { withTrailer } from './trailer.js';
export * from './types.js';
export { compareVersions, ver32Text } from './versions.js';
