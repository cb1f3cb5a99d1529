/** Type 7: file transfer (DSP0242 1.0). Data moves with MultipartReceive and MultipartSend. */

import { flags, le } from '../../stack/codec/index.js';
import { commandsOf } from '../base/pldm-command.js';
import { PLDM_TYPE } from '../base/pldm-types.js';
import { ifLong } from '../base/shared-fields.js';

export const FILE_CODES = {
  INVALID_FILE_DESCRIPTOR: 0x80,
  INVALID_DF_ATTRIBUTE: 0x81,
  ZEROLENGTH_NOT_ALLOWED: 0x82,
  EXCLUSIVE_OWNERSHIP_NOT_ESTABLISHED: 0x83,
  EXCLUSIVE_OWNERSHIP_NOT_ALLOWED: 0x84,
  EXCLUSIVE_OWNERSHIP_NOT_AVAILABLE: 0x85,
  INVALID_FILE_IDENTIFIER: 0x86,
  DFOPEN_DIR_NOT_ALLOWED: 0x87,
  MAX_NUM_FDS_EXCEEDED: 0x88,
  FILE_OPEN: 0x89,
  UNABLE_TO_OPEN_FILE: 0x8a,
} as const;

const declare = commandsOf(PLDM_TYPE.fileTransfer, 'DSP0242 §9', FILE_CODES);

export const DfOpen = declare({
  name: 'DfOpen',
  code: 0x01,
  request: {
    fileIdentifier: le.u16,
    dfOpenAttributes: flags(le.u16, { write: 0, exclusive: 1, fifo: 2, pushed: 3 }),
  },
  response: { fileDescriptor: le.u16 },
});

export const DfClose = declare({
  name: 'DfClose',
  code: 0x02,
  request: { fileDescriptor: le.u16, dfCloseOptions: flags(le.u16, { zeroLength: 0 }) },
  response: {},
});

/** Intervals in ms: asked for, and the one that holds. */
export const DfHeartbeat = declare({
  name: 'DfHeartbeat',
  code: 0x03,
  request: { fileDescriptor: le.u16, requesterMaxInterval: le.u32.unit('ms') },
  response: { responderMaxInterval: le.u32.unit('ms') },
});

/** One property per request. Some requesters put a file descriptor in front (unverified which is right). */
export const DfProperties = declare({
  name: 'DfProperties',
  code: 0x10,
  request: {
    fileDescriptor: ifLong(6, le.u16),
    dfProperty: flags(le.u32, { maxConcurrentMedium: 0, maxFileDescriptors: 1 }),
  },
  response: { value: le.u32 },
  idempotent: true,
});

/** One attribute per request; names of the bits unverified. */
export const DfGetFileAttribute = declare({
  name: 'DfGetFileAttribute',
  code: 0x11,
  request: {
    fileIdentifier: le.u16,
    dfAttribute: flags(le.u32, { zeroLengthOnly: 0, requestCi: 16, maximumPollInterval: 17 }),
  },
  response: { value: le.u32 },
  idempotent: true,
});

/** The width of dfAttribute is unverified. */
export const DfSetFileAttribute = declare({
  name: 'DfSetFileAttribute',
  code: 0x12,
  request: { fileIdentifier: le.u16, dfAttribute: le.u16.asHex(), value: le.u32 },
  response: {},
});
