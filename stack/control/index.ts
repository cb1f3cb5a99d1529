/** The MCTP control protocol (DSP0236): declarations, messages, requester and responder. */

export {
  CONTROL_TIMING,
  ControlClient,
  type ControlClientOptions,
  type ControlRequestOptions,
} from './client.js';
export { COMPLETION, completionCodeName } from './codes.js';
export * from './commands/index.js';
export { type EidAssignment, type EndpointHost, type EndpointState, serveEndpoint } from './endpoint.js';
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
} from './message.js';
export {
  type ControlAnswer,
  type ControlContext,
  type ControlHandler,
  ControlResponder,
  type ControlResponderOptions,
  NO_ANSWER,
} from './responder.js';
export { BASE_SPECIFICATION, MCTP_VERSIONS, MessageTypeRegistry, type VendorSet } from './types.js';
