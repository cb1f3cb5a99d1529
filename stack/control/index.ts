/** The MCTP control protocol (DSP0236): declarations, messages, requester and responder. */

export * from './commands/index.js';
export { COMPLETION } from './completion-codes.js';
export { ControlClient } from './control-client.js';
export {
  CONTROL,
  CONTROL_HEADER_SIZE,
  CONTROL_TIMING,
  type ControlHeader,
  type ControlMessageClass,
  classifyControl,
  controlCommands,
  controlHeader,
  controlMessages,
  dissectControl,
  MAX_CONTROL_PAYLOAD,
} from './control-protocol.js';
export {
  type ControlContext,
  type ControlHandler,
  ControlResponder,
  type ControlResponderOptions,
} from './control-responder.js';
export { BASE_SPECIFICATION, MCTP_VERSIONS, MessageTypeRegistry, type VendorSet } from './message-types.js';
export { type EidAssignment, type EndpointHost, type EndpointState, serveEndpoint } from './serve-endpoint.js';
