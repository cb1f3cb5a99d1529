/** Descriptors that say what a device is (DSP0267 table 7), in messages and in packages. */

import { bytes, derived, enumOf, type Fields, type Input, le, struct } from '../../stack/codec/index.js';

export const DESCRIPTOR_TYPE = {
  pciVendorId: 0x0000,
  ianaEnterpriseId: 0x0001,
  uuid: 0x0002,
  pnpVendorId: 0x0003,
  acpiVendorId: 0x0004,
  ieeeCompanyId: 0x0005,
  scsiVendorId: 0x0006,
  pciDeviceId: 0x0100,
  pciSubsystemVendorId: 0x0101,
  pciSubsystemId: 0x0102,
  pciRevisionId: 0x0103,
  pnpProductId: 0x0104,
  acpiProductId: 0x0105,
  asciiModelLong: 0x0106,
  asciiModelShort: 0x0107,
  scsiProductId: 0x0108,
  ubmControllerCode: 0x0109,
  ieeeEui64: 0x010a,
  pciRevisionRange: 0x010b,
  vendorDefined: 0xffff,
} as const;

/** Bytes of each type; undefined: any number. Not for pciRevisionRange, where implementations differ. */
const LENGTHS: Readonly<Record<number, number>> = {
  [DESCRIPTOR_TYPE.pciVendorId]: 2,
  [DESCRIPTOR_TYPE.ianaEnterpriseId]: 4,
  [DESCRIPTOR_TYPE.uuid]: 16,
  [DESCRIPTOR_TYPE.pnpVendorId]: 3,
  [DESCRIPTOR_TYPE.acpiVendorId]: 4,
  [DESCRIPTOR_TYPE.ieeeCompanyId]: 3,
  [DESCRIPTOR_TYPE.scsiVendorId]: 8,
  [DESCRIPTOR_TYPE.pciDeviceId]: 2,
  [DESCRIPTOR_TYPE.pciSubsystemVendorId]: 2,
  [DESCRIPTOR_TYPE.pciSubsystemId]: 2,
  [DESCRIPTOR_TYPE.pciRevisionId]: 1,
  [DESCRIPTOR_TYPE.pnpProductId]: 4,
  [DESCRIPTOR_TYPE.acpiProductId]: 4,
  [DESCRIPTOR_TYPE.asciiModelLong]: 40,
  [DESCRIPTOR_TYPE.asciiModelShort]: 10,
  [DESCRIPTOR_TYPE.scsiProductId]: 16,
  [DESCRIPTOR_TYPE.ubmControllerCode]: 4,
  [DESCRIPTOR_TYPE.ieeeEui64]: 8,
};

/** Bytes that a descriptor of this type has; undefined for vendor-defined and unknown ones. */
export function descriptorSize(descriptorType: number): number | undefined {
  return LENGTHS[descriptorType];
}

/** The length of known types is checked; unknown ones are kept. */
export const descriptor = struct(
  'descriptor',
  {
    descriptorType: enumOf(le.u16, DESCRIPTOR_TYPE),
    descriptorLength: derived(le.u16),
    descriptorData: bytes('descriptorLength'),
  },
  {
    rules: [
      ({ descriptorType, descriptorData }) => {
        const size = descriptorSize(descriptorType);
        return size === undefined || size === descriptorData.length
          ? undefined
          : `a descriptor of type 0x${descriptorType.toString(16)} has ${size} bytes, not ${descriptorData.length}`;
      },
    ],
  },
);
export type Descriptor = Fields<typeof descriptor>;
export type DescriptorInput = Input<typeof descriptor>;
