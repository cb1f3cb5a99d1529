/** SPDM (DSP0274 1.0 to 1.3) over MCTP: its messages taken apart and put together. Nothing is verified. */

export type { SpdmAsked, SpdmContext } from './spdm-context.js';
export {
  type DecodedSpdm,
  decodeSpdm,
  encodeSpdm,
  SECURED_MESSAGE,
  SPDM_MESSAGES,
  type SpdmSurroundings,
  spdmMessageNamed,
  spdmMessageOf,
} from './spdm-message.js';
export type { SpdmMessageType } from './spdm-message-type.js';
export {
  ASYMMETRIC,
  capabilityWords,
  DHE,
  HASHES,
  measurementTypeName,
  SPDM_ERROR,
  SPDM_ERRORS,
  selected,
  spdmVersionText,
} from './spdm-names.js';
export { SpdmObserver } from './spdm-observer.js';
