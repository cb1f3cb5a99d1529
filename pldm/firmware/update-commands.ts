/** Commands of an update (DSP0267 §12). Packages and the update agent are elsewhere. */

import {
  bool8,
  checked,
  derived,
  eitherWidth,
  enumOf,
  le,
  optional,
  rest,
  struct,
  u8,
  when,
} from '../../stack/codec/index.js';
import { stringType, transferFlag, typedString } from '../base/shared-fields.js';
import {
  APPLY_RESULT,
  AUX_STATE,
  activationMethods,
  applyResult,
  auxState,
  auxStateStatus,
  componentClassification,
  componentCompatibilityResponse,
  componentResponse,
  componentResponseCode,
  FD_STATE,
  fdState,
  progressPercent,
  reasonCode,
  transferResult,
  updateOptionFlags,
  verifyResult,
} from './firmware-enums.js';
import { declare, maximumOutstandingTransferRequests, maximumTransferSize } from './inventory-commands.js';

const componentVersion = {
  componentVersionStringType: stringType,
  componentVersionStringLength: derived(u8),
  componentVersionString: typedString('componentVersionStringType', 'componentVersionStringLength'),
} as const;

const componentId = {
  componentClassification,
  componentIdentifier: le.u16,
  componentClassificationIndex: u8,
} as const;

/** packageDataLength 0: there is none. fdWillSendGetPackageDataCommand 2: a size follows (its width is unverified). */
export const RequestUpdate = declare({
  name: 'RequestUpdate',
  code: 0x10,
  request: {
    maximumTransferSize,
    numberOfComponents: le.u16,
    maximumOutstandingTransferRequests,
    packageDataLength: le.u16,
    componentImageSetVersionStringType: stringType,
    componentImageSetVersionStringLength: derived(u8),
    componentImageSetVersionString: typedString(
      'componentImageSetVersionStringType',
      'componentImageSetVersionStringLength',
    ),
  },
  response: {
    firmwareDeviceMetaDataLength: le.u16,
    fdWillSendGetPackageDataCommand: enumOf(u8, { no: 0, yes: 1, yesWithSize: 2 }),
    getPackageDataMaximumTransferSize: when(
      'fdWillSendGetPackageDataCommand',
      2,
      optional(eitherWidth(le.u16, { 4: le.u32 })),
    ),
  },
});

/** transferFlag: start for the first component, end for the last, startAndEnd for the only one. */
export const PassComponentTable = declare({
  name: 'PassComponentTable',
  code: 0x13,
  request: { transferFlag, ...componentId, componentComparisonStamp: le.u32.asHex(), ...componentVersion },
  response: { componentResponse, componentResponseCode },
});

/** componentImageSize in bytes, the estimate in seconds. */
export const UpdateComponent = declare({
  name: 'UpdateComponent',
  code: 0x14,
  request: {
    ...componentId,
    componentComparisonStamp: le.u32.asHex(),
    componentImageSize: le.u32.unit('bytes'),
    updateOptionFlags,
    ...componentVersion,
  },
  response: {
    componentCompatibilityResponse,
    componentCompatibilityResponseCode: componentResponseCode,
    updateOptionFlagsEnabled: updateOptionFlags,
    estimatedTimeBeforeSendingRequestFirmwareData: le.u16.unit('s'),
  },
});

/** Sent by the firmware device. Bytes of the component image; some devices ask for fewer than 32 at its end. */
export const RequestFirmwareData = declare({
  name: 'RequestFirmwareData',
  code: 0x15,
  request: {
    offset: le.u32,
    length: checked(
      le.u32,
      (length) => (length > 0 ? undefined : 'asks for nothing'),
      'rule',
      (pick) => pick.integer(1, 0xffff_ffff),
    ),
  },
  response: { componentImagePortion: rest },
  idempotent: true,
});

/** Sent by the firmware device. */
export const TransferComplete = declare({
  name: 'TransferComplete',
  code: 0x16,
  request: { transferResult },
  response: {},
});

/** Sent by the firmware device. */
export const VerifyComplete = declare({
  name: 'VerifyComplete',
  code: 0x17,
  request: { verifyResult },
  response: {},
});

/** The fields without their rule: see tolerant.ts. */
export const applyFields = { applyResult, componentActivationMethodsModification: activationMethods } as const;

/** Sent by the firmware device. */
export const ApplyComplete = declare({
  name: 'ApplyComplete',
  code: 0x18,
  request: struct('ApplyComplete', applyFields, {
    rules: [
      ({ applyResult: result, componentActivationMethodsModification: methods }) =>
        methods === 0 || result === APPLY_RESULT.successActivationModified
          ? undefined
          : 'activation methods go with applyResult 1 only',
    ],
  }),
  response: {},
});

export const ActivateFirmware = declare({
  name: 'ActivateFirmware',
  code: 0x1a,
  request: { selfContainedActivationRequest: bool8 },
  response: { estimatedTimeForSelfContainedActivation: le.u16.unit('s') },
});

/** The fields without their rule: see tolerant.ts. */
export const statusFields = {
  currentState: fdState,
  previousState: fdState,
  auxState,
  auxStateStatus,
  progressPercent,
  reasonCode,
  updateOptionFlagsEnabled: updateOptionFlags,
} as const;

function auxStateFits(state: number, aux: number): boolean {
  if (state > FD_STATE.readyXfer || aux === AUX_STATE.idleLearnOrReady) return true;
  return state === FD_STATE.idle && aux === AUX_STATE.selfContainedActivationFailed;
}

export const GetStatus = declare({
  name: 'GetStatus',
  code: 0x1b,
  request: {},
  response: struct('GetStatus', statusFields, {
    rules: [
      ({ currentState, auxState: aux }) =>
        auxStateFits(currentState, aux) ? undefined : `auxState ${aux} does not go with state ${currentState}`,
    ],
  }),
  idempotent: true,
});

export const CancelUpdateComponent = declare({
  name: 'CancelUpdateComponent',
  code: 0x1c,
  request: {},
  response: {},
});

/** Bit n of the bitmap: component n of the table does not work any more. */
export const CancelUpdate = declare({
  name: 'CancelUpdate',
  code: 0x1d,
  request: {},
  response: {
    nonFunctioningComponentIndication: enumOf(u8, { allFunctioning: 0, someNotFunctioning: 1 }),
    nonFunctioningComponentBitmap: le.u64,
  },
});

export const ActivatePendingComponentImageSet = declare({
  name: 'ActivatePendingComponentImageSet',
  code: 0x1e,
  request: {},
  response: { estimatedTimeForActivation: le.u16.unit('s') },
});

export const ActivatePendingComponentImage = declare({
  name: 'ActivatePendingComponentImage',
  code: 0x1f,
  request: componentId,
  response: { estimatedTimeForActivation: le.u16.unit('s') },
});

export const RequestDownstreamDeviceUpdate = declare({
  name: 'RequestDownstreamDeviceUpdate',
  code: 0x20,
  request: {
    maximumDownstreamDeviceTransferSize: maximumTransferSize,
    maximumOutstandingTransferRequests,
    downstreamDevicePackageDataLength: le.u16,
  },
  response: {
    downstreamDeviceMetaDataLength: le.u16,
    ddWillSendGetPackageDataCommand: enumOf(u8, { no: 0, yes: 1, yesWithSize: 2 }),
    getPackageDataMaximumTransferSize: le.u16,
  },
});

export const UpdateSecurityRevision = declare({
  name: 'UpdateSecurityRevision',
  code: 0x22,
  request: componentId,
  response: {},
});
