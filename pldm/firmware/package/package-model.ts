/** A package as it is read: its header, with the names of DSP0267, and where the images are. */

import type { Descriptor } from '../device-descriptors.js';
import type { PackageRevision } from './package-formats.js';

/** What device and downstream records have in common. */
export interface PackageRecord {
  /** Indices of component images, ascending. */
  readonly applicableComponents: readonly number[];
  /** All of them must be among the device's. */
  readonly recordDescriptors: readonly Descriptor[];
  /** Revision 4. */
  readonly referenceManifestData?: Uint8Array;
}

export interface DeviceIdRecord extends PackageRecord {
  /** Bit 0: go on after a component that failed. */
  readonly deviceUpdateOptionFlags: number;
  readonly componentImageSetVersionStringType: number;
  readonly componentImageSetVersionString: string;
  readonly firmwareDevicePackageData: Uint8Array;
}

export interface DownstreamIdRecord extends PackageRecord {
  readonly updateOptionFlags: number;
  /** Type 0 and '': there is none. */
  readonly selfContainedActivationMinVersionStringType: number;
  readonly selfContainedActivationMinVersionString: string;
  readonly selfContainedActivationMinVersionComparisonStamp?: number;
  readonly packageData: Uint8Array;
}

export interface PackageComponent {
  readonly componentClassification: number;
  readonly componentIdentifier: number;
  /** 0xffffffff without bit 1 of the options. */
  readonly componentComparisonStamp: number;
  /** Bit 0 force update, bit 1 use the comparison stamp. */
  readonly componentOptions: number;
  readonly requestedComponentActivationMethod: number;
  /** From the start of the package; bytes. */
  readonly componentLocationOffset: number;
  readonly componentSize: number;
  readonly componentVersionStringType: number;
  readonly componentVersionString: string;
  /** From revision 3. */
  readonly componentOpaqueData?: Uint8Array;
}

export interface PackageHeader {
  /** 16 bytes as hex. */
  readonly packageHeaderIdentifier: string;
  readonly packageHeaderFormatRevision: PackageRevision;
  /** Bytes up to the first image, checksums included. */
  readonly packageHeaderSize: number;
  /** timestamp104 as hex. */
  readonly packageReleaseDateTime: string;
  readonly componentBitmapBitLength: number;
  readonly packageVersionStringType: number;
  readonly packageVersionString: string;
  readonly firmwareDeviceIdRecords: readonly DeviceIdRecord[];
  /** From revision 2. */
  readonly downstreamDeviceIdRecords?: readonly DownstreamIdRecord[];
  readonly components: readonly PackageComponent[];
  readonly packageHeaderChecksum: number;
  /** Bytes between the last component and the checksums that no field accounts for; mostly there are none. */
  readonly packageHeaderSurplus?: number;
  /** Revision 4: over everything behind the header. */
  readonly packagePayloadChecksum?: number;
}
