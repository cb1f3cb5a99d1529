/** Commands that ask what a firmware device is and has (DSP0267 §11): answered in every state. */

import { checked, derived, flags, le, list, rest, struct, u8 } from '../../stack/codec/index.js';
import { commandsOf } from '../base/pldm-command.js';
import { PLDM_TYPE } from '../base/pldm-types.js';
import { stringType, transferFlag, transferOperationFlag, typedString } from '../base/shared-fields.js';
import { descriptor } from './device-descriptors.js';
import {
  activationMethods,
  componentCapabilities,
  componentClassification,
  deviceCapabilities,
  FWUP_CODES,
  releaseDate,
} from './firmware-enums.js';

/** Declares commands of type 5. */
export const declare = commandsOf(PLDM_TYPE.firmwareUpdate, 'DSP0267 §11', FWUP_CODES);

const nextPart = { dataTransferHandle: le.u32, transferOperationFlag } as const;

export const QueryDeviceIdentifiers = declare({
  name: 'QueryDeviceIdentifiers',
  code: 0x01,
  request: {},
  response: {
    deviceIdentifiersLength: derived(le.u32),
    descriptorCount: derived(u8),
    descriptors: list(descriptor, { bytes: 'deviceIdentifiersLength', count: 'descriptorCount' }),
  },
  idempotent: true,
});

/** What a component and a downstream device have in common; strings follow at the end of the entry. */
const versions = {
  activeCompComparisonStamp: le.u32.asHex(),
  activeCompVersionStringType: stringType,
  activeCompVersionStringLength: derived(u8),
  activeCompReleaseDate: releaseDate,
  pendingCompComparisonStamp: le.u32.asHex(),
  pendingCompVersionStringType: stringType,
  pendingCompVersionStringLength: derived(u8),
  pendingCompReleaseDate: releaseDate,
  compActivationMethods: activationMethods,
  capabilitiesDuringUpdate: componentCapabilities,
  activeCompVersionString: typedString('activeCompVersionStringType', 'activeCompVersionStringLength'),
  pendingCompVersionString: typedString('pendingCompVersionStringType', 'pendingCompVersionStringLength'),
} as const;

/** Pending version of type 0 and length 0: none. */
export const componentParameter = struct('component', {
  compClassification: componentClassification,
  compIdentifier: le.u16,
  compClassificationIndex: u8,
  ...versions,
});

export const GetFirmwareParameters = declare({
  name: 'GetFirmwareParameters',
  code: 0x02,
  request: {},
  response: {
    capabilitiesDuringUpdate: deviceCapabilities,
    componentCount: derived(le.u16),
    activeCompImageSetVersionStringType: stringType,
    activeCompImageSetVersionStringLength: derived(u8),
    pendingCompImageSetVersionStringType: stringType,
    pendingCompImageSetVersionStringLength: derived(u8),
    activeCompImageSetVersionString: typedString(
      'activeCompImageSetVersionStringType',
      'activeCompImageSetVersionStringLength',
    ),
    pendingCompImageSetVersionString: typedString(
      'pendingCompImageSetVersionStringType',
      'pendingCompImageSetVersionStringLength',
    ),
    componentParameterTable: list(componentParameter, { count: 'componentCount' }),
  },
  idempotent: true,
});

export const QueryDownstreamDevices = declare({
  name: 'QueryDownstreamDevices',
  code: 0x03,
  request: {},
  response: {
    downstreamDeviceUpdateSupported: u8,
    numberOfDownstreamDevices: le.u16,
    maxNumberOfDownstreamDevices: le.u16,
    capabilities: flags(le.u32, { attach: 0, removeAtRunTime: 1, severalAtOnce: 2 }),
  },
  idempotent: true,
});

/** downstreamDevicesLength: bytes of this part. */
export const QueryDownstreamIdentifiers = declare({
  name: 'QueryDownstreamIdentifiers',
  code: 0x04,
  request: nextPart,
  response: {
    nextDataTransferHandle: le.u32,
    transferFlag,
    downstreamDevicesLength: derived(le.u32),
    numberOfDownstreamDevices: derived(le.u16),
    downstreamDevices: list(
      struct('downstreamDevice', {
        downstreamDeviceIndex: le.u16,
        downstreamDescriptorCount: derived(u8),
        downstreamDescriptors: list(descriptor, { count: 'downstreamDescriptorCount' }),
      }),
      { bytes: 'downstreamDevicesLength', count: 'numberOfDownstreamDevices' },
    ),
  },
  idempotent: true,
});

export const GetDownstreamFirmwareParameters = declare({
  name: 'GetDownstreamFirmwareParameters',
  code: 0x05,
  request: nextPart,
  response: {
    nextDataTransferHandle: le.u32,
    transferFlag,
    fdpCapabilitiesDuringUpdate: deviceCapabilities,
    downstreamDeviceCount: derived(le.u16),
    downstreamDevices: list(struct('downstreamDevice', { downstreamDeviceIndex: le.u16, ...versions }), {
      count: 'downstreamDeviceCount',
    }),
  },
  idempotent: true,
});

/** Sent by the firmware device. */
export const GetPackageData = declare({
  name: 'GetPackageData',
  code: 0x11,
  request: nextPart,
  response: { nextDataTransferHandle: le.u32, transferFlag, portionOfPackageData: rest },
  idempotent: true,
});

export const GetDeviceMetaData = declare({
  name: 'GetDeviceMetaData',
  code: 0x12,
  request: nextPart,
  response: { nextDataTransferHandle: le.u32, transferFlag, portionOfMetaData: rest },
  idempotent: true,
});

/** Sent by the firmware device. */
export const GetMetaData = declare({
  name: 'GetMetaData',
  code: 0x19,
  request: nextPart,
  response: { nextDataTransferHandle: le.u32, transferFlag, portionOfMetaData: rest },
  idempotent: true,
});

/** DSP0267 1.2, sent by the firmware device; unverified. */
export const GetComponentOpaqueData = declare({
  name: 'GetComponentOpaqueData',
  code: 0x21,
  request: nextPart,
  response: { nextDataTransferHandle: le.u32, transferFlag, portionOfOpaqueData: rest },
  idempotent: true,
});

/** Bytes; what an update agent offers at least. */
export const BASELINE_TRANSFER_SIZE = 32;

export const maximumTransferSize = checked(
  le.u32.unit('bytes'),
  (size) => (size >= BASELINE_TRANSFER_SIZE ? undefined : `is less than ${BASELINE_TRANSFER_SIZE}`),
  'value',
  (pick) => pick.integer(BASELINE_TRANSFER_SIZE, 0xffff_ffff),
);
export const maximumOutstandingTransferRequests = checked(
  u8,
  (count) => (count >= 1 ? undefined : 'is less than 1'),
  'value',
  (pick) => pick.integer(1, 255),
);
