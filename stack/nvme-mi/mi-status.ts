/** Status codes of NVMe-MI responses. */

import { namesOfCodes } from '../codec/index.js';

export const MI_STATUS = {
  success: 0x00,
  moreProcessing: 0x01,
  internalError: 0x02,
  invalidOpcode: 0x03,
  invalidParameter: 0x04,
  invalidCommandSize: 0x05,
  invalidInputDataSize: 0x06,
  accessDenied: 0x07,
  unableToAbort: 0x08,
  vpdUpdatesExceeded: 0x20,
  pcieInaccessible: 0x21,
  bufferCleared: 0x22,
  enclosureServicesFailure: 0x23,
  enclosureTransferFailure: 0x24,
  enclosureFailure: 0x25,
  enclosureTransferRefused: 0x26,
  unsupportedEnclosureFunction: 0x27,
  enclosureServicesUnavailable: 0x28,
  enclosureDegraded: 0x29,
  sanitizeInProgress: 0x2a,
} as const;

export const MI_STATUS_NAMES = namesOfCodes(MI_STATUS);
