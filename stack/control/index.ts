/** The MCTP control protocol (DSP0236): declarations, messages, requester and responder. */

export * from './commands/index.js';
export { COMPLETION, completionCodeName } from './completion-codes.js';
export {
  CONTROL_TIMING,
  ControlClient,
  type ControlClientOptions,
  type ControlRequestOptions,
} from './control-client.js';
export {
  CONTROL_HEADER_SIZE,
  type ControlHeader,
  type ControlMessage,
  type ControlMessageClass,
  classifyControl,
  controlHeader,
  decodeControlMessage,
  decodeControlRequest,
  decodeControlResponse,
  encodeControlFailure,
  encodeControlRequest,
  encodeControlResponse,
  MAX_CONTROL_PAYLOAD,
} from './control-message.js';
export {
  type ControlAnswer,
  type ControlContext,
  type ControlHandler,
  ControlResponder,
  type ControlResponderOptions,
  NO_ANSWER,
} from './control-responder.js';
export { BASE_SPECIFICATION, MCTP_VERSIONS, MessageTypeRegistry, type VendorSet } from './message-types.js';
export { type EidAssignment, type EndpointHost, type EndpointState, serveEndpoint } from './serve-endpoint.js';
