/** Commands of the PDR repository (DSP0248 §26). */

import { bytes, computed, derived, enumOf, le, rest, timestamp104, u8, when } from '../../stack/codec/index.js';
import { crc8 } from '../base/crc.js';
import { commandsOf } from '../base/pldm-command.js';
import { PLDM_TYPE } from '../base/pldm-types.js';
import { transferOperationFlag } from '../base/shared-fields.js';
import { PLATFORM_TRANSFER_FLAG, platformTransferFlag, REPOSITORY_STATE } from './platform-enums.js';

const declare = commandsOf(PLDM_TYPE.platform, 'DSP0248 §26');

/** Sizes in bytes. dataTransferHandleTimeout: 0 none, 1 the default minimum, 2..254 s, 255 more. */
export const GetPDRRepositoryInfo = declare({
  name: 'GetPDRRepositoryInfo',
  code: 0x50,
  request: {},
  response: {
    repositoryState: enumOf(u8, REPOSITORY_STATE),
    updateTime: timestamp104,
    oemUpdateTime: timestamp104,
    recordCount: le.u32,
    repositorySize: le.u32,
    largestRecordSize: le.u32,
    dataTransferHandleTimeout: u8,
  },
  idempotent: true,
});

export const GET_PDR_CODES = {
  INVALID_DATA_TRANSFER_HANDLE: 0x80,
  INVALID_TRANSFER_OPERATION_FLAG: 0x81,
  INVALID_RECORD_HANDLE: 0x82,
  INVALID_RECORD_CHANGE_NUMBER: 0x83,
  TRANSFER_TIMEOUT: 0x84,
  REPOSITORY_UPDATE_IN_PROGRESS: 0x85,
} as const;

/** transferCrc is the CRC-8 of the whole record, all parts; so it is not checked here. */
export const GetPDR = declare({
  name: 'GetPDR',
  code: 0x51,
  request: {
    recordHandle: le.u32,
    dataTransferHandle: le.u32,
    transferOperationFlag,
    requestCount: le.u16.unit('bytes'),
    recordChangeNumber: le.u16,
  },
  response: {
    nextRecordHandle: le.u32,
    nextDataTransferHandle: le.u32,
    transferFlag: platformTransferFlag,
    responseCount: derived(le.u16),
    recordData: bytes('responseCount'),
    transferCrc: when(
      'transferFlag',
      PLATFORM_TRANSFER_FLAG.end,
      computed(u8.asHex(), (earlier) => crc8(earlier.bytes('recordData')), { check: false }),
    ),
  },
  completionCodes: GET_PDR_CODES,
  idempotent: true,
});

export const FIND_OPERATION = { findNext: 0, findFirst: 1 } as const;

export const FIND_PDR_CODES = {
  INVALID_FIND_HANDLE: 0x80,
  INVALID_FIND_OPERATION_FLAG: 0x81,
  INVALID_PDR_TYPE: 0x82,
  INVALID_PARAMETER_FORMAT_NUMBER: 0x83,
  INVALID_FIND_PARAMETERS: 0x84,
  REPOSITORY_UPDATE_IN_PROGRESS: 0x85,
} as const;

/**
 * The forms of findParameters are unverified: format 0 without parameters finds by type alone. What is left of a record
 * that does not fit is asked for by GetPDR, with nextDataTransferHandle.
 */
export const FindPDR = declare({
  name: 'FindPDR',
  code: 0x52,
  request: {
    findHandle: le.u32,
    findOperationFlag: enumOf(u8, FIND_OPERATION),
    requestCount: le.u16.unit('bytes'),
    pdrType: le.u16.note('0 any'),
    parameterFormatNumber: u8,
    wildcards: le.u16,
    findParameters: rest,
  },
  response: {
    nextFindHandle: le.u32,
    nextDataTransferHandle: le.u32,
    transferFlag: platformTransferFlag,
    responseCount: derived(le.u16),
    recordData: bytes('responseCount'),
  },
  completionCodes: FIND_PDR_CODES,
  idempotent: true,
});

/** DSP0248 1.2. Changes when the repository does. */
export const GetPDRRepositorySignature = declare({
  name: 'GetPDRRepositorySignature',
  code: 0x53,
  request: {},
  response: { pdrRepositorySignature: le.u32.asHex() },
  idempotent: true,
});

/** Sensors as they come up, for the condition and the terminus named. */
export const RunInitAgent = declare({
  name: 'RunInitAgent',
  code: 0x58,
  request: { initConditionEmulation: u8, tid: u8 },
  response: {},
});
