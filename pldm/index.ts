/**
 * PLDM: every command is declared once and serves both sides, requester and responder. What most programs need is here;
 * commands, tables and roles of one PLDM type are in the namespace of that type.
 *
 *     import { PldmClient, platform } from 'mctpkit/pldm';
 *     const { reading } = await client.request({ eid: 9 }, platform.GetSensorReading, { sensorId: 1, rearmEventState: false });
 */

export * as base from './base/index.js';
export { PldmClient } from './base/pldm-client.js';
export { type AnyPldmCommand, PldmCommand } from './base/pldm-command.js';
export { PLDM, pldmMessages } from './base/pldm-protocol.js';
export { PldmResponder, type PldmResponderOptions } from './base/pldm-responder.js';
export { PLDM_TYPE, pldmTypeName } from './base/pldm-types.js';
export * as bios from './bios/index.js';
export {
  assemblePldm,
  COMMANDS,
  commandName,
  commandNamed,
  commandOf,
  decodeForm,
  dissectPldm,
  encodeForm,
  FORMS,
  type Form,
  type FormName,
  formText,
  type MessageToAssemble,
  pldmCommands,
} from './command-registry.js';
export * as file from './file/index.js';
export * as firmware from './firmware/index.js';
export * as fru from './fru/index.js';
export * as platform from './platform/index.js';
export * as terminus from './terminus/index.js';
export { Terminus } from './terminus/terminus.js';
export type { TerminusDescription } from './terminus/terminus-description.js';
export { PldmTerminus, type PldmTerminusOptions } from './terminus/terminus-responder.js';
export * from './terminus-manager/index.js';
