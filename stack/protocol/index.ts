/** One engine for request/response protocols: declare one, and get its requester, its responder and its decoder. */

export { completionCodeName } from './code-names.js';
export { assemble, type DissectedMessage, type Dissection, dissect, type UndissectedMessage } from './dissect.js';
export {
  fail,
  type Handler,
  type HandlerResult,
  Handlers,
  NO_ANSWER,
  type RequestContext,
} from './handlers.js';
export { type IdPool, idPoolOf } from './id-pool.js';
export { Messages, type ResponseOf } from './message.js';
export {
  CommandTable,
  isAnswer,
  type MessageHeader,
  type MessageKind,
  type NotReadyPolicy,
  type Protocol,
  type ProtocolTiming,
  type ResponderCodes,
} from './protocol.js';
export { type CallOptions, Requester, type RequesterCounters, type RequesterOptions } from './requester.js';
export { Responder, type ResponderCounters, type ResponderOptions } from './responder.js';
