/** SPDM (DSP0274 1.0 to 1.3) over MCTP: its messages taken apart and put together. Nothing is verified. */

export type { SpdmAsked, SpdmContext } from './spdm-context.js';
export {
  type DecodedSpdm,
  decodeSpdm,
  encodeSpdm,
  SECURED_MESSAGE,
  SPDM_MESSAGES,
  type SpdmSurroundings,
} from './spdm-message.js';
export {
  ASYMMETRIC,
  capabilityWords,
  HASHES,
  measurementTypeName,
  SPDM_ERROR,
  SPDM_ERRORS,
  selected,
  spdmVersionText,
} from './spdm-names.js';
export { SpdmObserver } from './spdm-observer.js';
