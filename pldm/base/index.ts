/** PLDM base, type 0 (DSP0240), and what every PLDM type stands on: commands, headers, client, responder, multipart transfer. */

export * from './base-commands.js';
export * from './base-responder.js';
export * from './crc.js';
export * from './multipart-commands.js';
export * from './multipart-requester.js';
export * from './multipart-responder.js';
export * from './pldm-client.js';
export * from './pldm-command.js';
export * from './pldm-completion-codes.js';
export * from './pldm-handlers.js';
export { decodeHeader, encodeHeader, HEADER_SIZE, INSTANCE_IDS, type PldmHeader, pldmHeader } from './pldm-header.js';
export * from './pldm-protocol.js';
export * from './pldm-responder.js';
export { TIMING } from './pldm-timing.js';
export * from './pldm-types.js';
export {
  bitfieldBytes,
  bitfieldHex,
  bitfieldNumbers,
  encodingOfStringType,
  transferFlag,
  transferOperationFlag,
} from './shared-fields.js';
export { withTrailer } from './table-trailer.js';
export { compareVersions, ver32Text } from './ver32.js';
