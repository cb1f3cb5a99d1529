/** Enumerations of type 5 (DSP0267). Reserved numbers are kept as they are. */

import { enumOf, flags, hex, le, range, u8 } from '../../stack/codec/index.js';

export const FWUP_CODES = {
  NOT_IN_UPDATE_MODE: 0x80,
  ALREADY_IN_UPDATE_MODE: 0x81,
  DATA_OUT_OF_RANGE: 0x82,
  INVALID_TRANSFER_LENGTH: 0x83,
  INVALID_STATE_FOR_COMMAND: 0x84,
  INCOMPLETE_UPDATE: 0x85,
  BUSY_IN_BACKGROUND: 0x86,
  CANCEL_PENDING: 0x87,
  COMMAND_NOT_EXPECTED: 0x88,
  RETRY_REQUEST_FW_DATA: 0x89,
  UNABLE_TO_INITIATE_UPDATE: 0x8a,
  ACTIVATION_NOT_REQUIRED: 0x8b,
  SELF_CONTAINED_ACTIVATION_NOT_PERMITTED: 0x8c,
  NO_DEVICE_METADATA: 0x8d,
  RETRY_REQUEST_UPDATE: 0x8e,
  NO_PACKAGE_DATA: 0x8f,
  INVALID_TRANSFER_HANDLE: 0x90,
  INVALID_TRANSFER_OPERATION_FLAG: 0x91,
  ACTIVATE_PENDING_IMAGE_NOT_PERMITTED: 0x92,
  PACKAGE_DATA_ERROR: 0x93,
  NO_OPAQUE_DATA: 0x94,
  UPDATE_SECURITY_REVISION_NOT_PERMITTED: 0x95,
  DOWNSTREAM_DEVICE_LIST_CHANGED: 0x96,
} as const;

export const FD_STATE = {
  idle: 0,
  learnComponents: 1,
  readyXfer: 2,
  download: 3,
  verify: 4,
  apply: 5,
  activate: 6,
} as const;
export const fdState = enumOf(u8, FD_STATE);

export const AUX_STATE = {
  operationInProgress: 0,
  operationSuccessful: 1,
  operationFailed: 2,
  idleLearnOrReady: 3,
  selfContainedActivationFailed: 4,
} as const;
export const auxState = enumOf(u8, AUX_STATE);
export const auxStateStatus = enumOf(
  u8,
  { ok: 0, timeout: 9, genericError: 0x0a, selfContainedActivationFailure: 0x0b },
  { allow: [[0x70, 0xef]] },
);

/** Why a firmware device went to IDLE. */
export const REASON_CODE = {
  initialization: 0,
  activateFirmware: 1,
  cancelUpdate: 2,
  timeoutLearnComponents: 3,
  timeoutReadyXfer: 4,
  timeoutDownload: 5,
  timeoutVerify: 6,
  timeoutApply: 7,
} as const;
export const reasonCode = enumOf(u8, REASON_CODE, { allow: [[200, 255]] });

export const PROGRESS_NOT_SUPPORTED = 101;
export const progressPercent = range(u8, 0, PROGRESS_NOT_SUPPORTED);

const VENDOR_RESPONSES = { allow: [[0xd0, 0xef]] } as const;
export const COMPONENT_RESPONSE_CODE = {
  ok: 0,
  comparisonStampIdentical: 1,
  comparisonStampLower: 2,
  invalidComparisonStamp: 3,
  conflict: 4,
  prerequisitesNotMet: 5,
  notSupported: 6,
  securityRestrictions: 7,
  incompleteImageSet: 8,
  notUpdateableOrMismatch: 9,
  versionStringIdentical: 0x0a,
  versionStringLower: 0x0b,
} as const;
export const componentResponseCode = enumOf(u8, COMPONENT_RESPONSE_CODE, VENDOR_RESPONSES);
export const componentResponse = enumOf(u8, { canBeUpdated: 0, mayNotBeUpdateable: 1 });
export const componentCompatibilityResponse = enumOf(u8, { canBeUpdated: 0, willNotBeUpdated: 1 });

const ABORTS = {
  timeout: 0x09,
  genericError: 0x0a,
  abortedLowPower: 0x0b,
  abortedResetNeeded: 0x0c,
  abortedStorage: 0x0d,
  abortedOpaqueData: 0x0e,
  abortedDownstreamDevice: 0x0f,
  abortedSecurityRevision: 0x10,
} as const;
export const TRANSFER_RESULT = { success: 0, imageCorrupt: 1, versionMismatch: 2, fdAborted: 3, ...ABORTS } as const;
export const VERIFY_RESULT = {
  success: 0,
  verificationFailure: 1,
  versionMismatch: 2,
  failedSecurityChecks: 3,
  imageIncomplete: 4,
  timeout: 0x09,
  genericError: 0x0a,
  securityRevision: 0x10,
} as const;
export const APPLY_RESULT = {
  success: 0,
  successActivationModified: 1,
  memoryWriteIssue: 2,
  timeout: 0x09,
  genericError: 0x0a,
  securityRevision: 0x10,
} as const;
export const transferResult = enumOf(u8, TRANSFER_RESULT, { allow: [[0x70, 0x8f]] });
export const verifyResult = enumOf(u8, VERIFY_RESULT, { allow: [[0x90, 0xaf]] });
export const applyResult = enumOf(u8, APPLY_RESULT, { allow: [[0xb0, 0xcf]] });

/** compActivationMethods, requestedComponentActivationMethod. */
export const activationMethods = flags(le.u16, {
  automatic: 0,
  selfContained: 1,
  mediumSpecificReset: 2,
  systemReboot: 3,
  dcPowerCycle: 4,
  acPowerCycle: 5,
  activatePendingImage: 6,
  activatePendingImageSet: 7,
});
export const updateOptionFlags = flags(le.u32, { forceUpdate: 0 });
export const deviceCapabilities = flags(le.u32, {
  noRevertOnFailure: 0,
  noRetryWithoutLeaving: 1,
  hostFunctionalityReduced: 2,
  partialUpdates: 3,
  notWithActiveHostOs: 4,
  downgradeRestrictions: 8,
  securityRevisionUpdate: 9,
});
export const componentCapabilities = flags(le.u32, { autoApply: 0, downgradeNotAllowed: 2 });

export const COMPONENT_CLASSIFICATION = {
  unknown: 0,
  other: 1,
  driver: 2,
  configurationSoftware: 3,
  application: 4,
  instrumentation: 5,
  firmwareBios: 6,
  diagnostic: 7,
  operatingSystem: 8,
  middleware: 9,
  firmware: 0x0a,
  biosFCode: 0x0b,
  supportServicePack: 0x0c,
  bundle: 0x0d,
  downstreamDevice: 0xffff,
} as const;
export const componentClassification = enumOf(le.u16, COMPONENT_CLASSIFICATION, { allow: [[0x8000, 0xfffe]] });

/** Eight ASCII digits YYYYMMDD, or zeros; hex here. */
export const releaseDate = hex(8, 'YYYYMMDD', (value) => {
  const text = (value.match(/../g) ?? []).map((byte) => String.fromCharCode(Number.parseInt(byte, 16))).join('');
  return /^\d{8}$/.test(text) ? text : value === '0000000000000000' ? 'none' : value;
});
