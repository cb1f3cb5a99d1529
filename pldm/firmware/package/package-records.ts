/** The records of a package header as declarations (DSP0267 §7.2 to §7.4). */

import { bytes, checked, derived, le, list, restSize, struct, u8, when } from '../../../stack/codec/index.js';
import { stringType, typedString } from '../../base/shared-fields.js';
import { DESCRIPTOR_TYPE, type Descriptor, descriptor } from '../device-descriptors.js';
import { activationMethods, componentClassification } from '../firmware-enums.js';

const MAX_STRING_TYPE = 5;
/** Options of a component: bit 0 force update, bit 1 use the comparison stamp. */
export const COMPONENT_OPTION = { forceUpdate: 1, useComparisonStamp: 2 } as const;
/** Options of a device record: bit 0 go on after a component that failed. */
export const DEVICE_OPTION = { continueAfterFailure: 1 } as const;
/** Options of a downstream record: bit 0 the minimum version has a comparison stamp. */
export const DOWNSTREAM_OPTION = { minVersionStamp: 1 } as const;
/** The stamp of a component that has none. */
export const NO_STAMP = 0xffff_ffff;

/** Types of version strings, those of the standard alone: another one would make the rest a guess. */
export const knownStringType = checked(stringType, (type) =>
  type <= MAX_STRING_TYPE ? undefined : 'is not a string type',
);

const descriptors = list(descriptor, { count: 'descriptorCount' });

function descriptorFault({ recordDescriptors }: { readonly recordDescriptors: readonly Descriptor[] }) {
  if (recordDescriptors.length === 0) return 'a record without descriptors would fit every device';
  return recordDescriptors.map(vendorFault).find((fault) => fault !== undefined);
}

/** Vendor-defined descriptors have an inside: title type, title length, title, data. */
function vendorFault({ descriptorType, descriptorData: data }: Descriptor): string | undefined {
  if (descriptorType !== DESCRIPTOR_TYPE.vendorDefined) return undefined;
  if (data.length < 2) return 'a vendor-defined descriptor without a title';
  if (data[0]! > MAX_STRING_TYPE) return `${data[0]} is not a string type, in a vendor-defined descriptor`;
  return 2 + data[1]! > data.length ? 'the title of a vendor-defined descriptor is longer than it is' : undefined;
}

// The revisions differ in a few fields, each at its place.
const recordLength = { recordLength: restSize(le.u16, { plus: 2 }) } as const;
const manifestLength = { referenceManifestLength: derived(le.u32) } as const;
const manifestData = { referenceManifestData: bytes('referenceManifestLength') } as const;

const deviceHead = {
  ...recordLength,
  descriptorCount: derived(u8),
  deviceUpdateOptionFlags: le.u32,
  componentImageSetVersionStringType: knownStringType,
  componentImageSetVersionStringLength: derived(u8),
  firmwareDevicePackageDataLength: derived(le.u16),
} as const;

const deviceTail = (bitmapBytes: number) =>
  ({
    applicableComponents: bytes(bitmapBytes),
    componentImageSetVersionString: typedString(
      'componentImageSetVersionStringType',
      'componentImageSetVersionStringLength',
    ),
    recordDescriptors: descriptors,
    firmwareDevicePackageData: bytes('firmwareDevicePackageDataLength'),
  }) as const;

function emptySetVersion({
  componentImageSetVersionStringLength: length,
}: {
  componentImageSetVersionStringLength: number;
}) {
  return length === 0 ? 'the version string of the image set is empty' : undefined;
}

export const deviceRecord = (bitmapBytes: number) =>
  struct('', { ...deviceHead, ...deviceTail(bitmapBytes) }, { rules: [emptySetVersion, descriptorFault] });

/** Revision 4. */
export const deviceRecordWithManifest = (bitmapBytes: number) =>
  struct(
    '',
    { ...deviceHead, ...manifestLength, ...deviceTail(bitmapBytes), ...manifestData },
    { rules: [emptySetVersion, descriptorFault] },
  );

const downstreamHead = {
  ...recordLength,
  descriptorCount: derived(u8),
  updateOptionFlags: le.u32,
  selfContainedActivationMinVersionStringType: knownStringType,
  selfContainedActivationMinVersionStringLength: derived(u8),
  packageDataLength: derived(le.u16),
} as const;

const downstreamTail = (bitmapBytes: number) =>
  ({
    applicableComponents: bytes(bitmapBytes),
    selfContainedActivationMinVersionString: typedString(
      'selfContainedActivationMinVersionStringType',
      'selfContainedActivationMinVersionStringLength',
    ),
    selfContainedActivationMinVersionComparisonStamp: when(
      'updateOptionFlags',
      (flags: number) => (flags & DOWNSTREAM_OPTION.minVersionStamp) !== 0,
      le.u32,
    ),
    recordDescriptors: descriptors,
    packageData: bytes('packageDataLength'),
  }) as const;

/** From revision 2. */
export const downstreamRecord = (bitmapBytes: number) =>
  struct('', { ...downstreamHead, ...downstreamTail(bitmapBytes) }, { rules: [descriptorFault] });

/** Revision 4. */
export const downstreamRecordWithManifest = (bitmapBytes: number) =>
  struct(
    '',
    { ...downstreamHead, ...manifestLength, ...downstreamTail(bitmapBytes), ...manifestData },
    { rules: [descriptorFault] },
  );

const componentMembers = {
  componentClassification,
  componentIdentifier: le.u16,
  componentComparisonStamp: le.u32,
  componentOptions: le.u16,
  requestedComponentActivationMethod: activationMethods,
  componentLocationOffset: le.u32,
  componentSize: le.u32,
  componentVersionStringType: knownStringType,
  componentVersionStringLength: derived(u8),
  componentVersionString: typedString('componentVersionStringType', 'componentVersionStringLength'),
} as const;

export const componentEntry = struct('', componentMembers);

/** From revision 3. */
export const componentEntryWithOpaqueData = struct('', {
  ...componentMembers,
  componentOpaqueDataLength: derived(le.u32),
  componentOpaqueData: bytes('componentOpaqueDataLength'),
});
