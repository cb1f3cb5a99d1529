/** Making a package from a description: the layout is computed, images are streamed. */

import { encode, fromHex } from '../../../stack/codec/index.js';
import { MctpError } from '../../../stack/errors.js';
import { DESCRIPTOR_TYPE, type Descriptor, descriptorSize } from '../device-descriptors.js';
import { timestampOf } from './package-date.js';
import { formatOfRevision, MAX_HEADER_SIZE, type PackageRevision } from './package-formats.js';
import { packageHeader } from './package-header.js';
import type { DeviceIdRecord, DownstreamIdRecord, PackageComponent, PackageHeader } from './package-model.js';
import { COMPONENT_OPTION, DEVICE_OPTION, DOWNSTREAM_OPTION, NO_STAMP } from './package-records.js';
import { type ByteSource, chunks, crc32OfSource, type ScanOptions } from './package-source.js';

/** By name or number, the data as hex in wire order, or a number (little-endian): `{ type: 'pciVendorId', data: 0x1ab4 }`. */
export interface DescriptorDescription {
  readonly type: keyof typeof DESCRIPTOR_TYPE | number;
  readonly data: string | number;
}

export interface RecordDescription {
  readonly descriptors: readonly DescriptorDescription[];
  /** Indices of components; default all. */
  readonly components?: readonly number[];
  /** Hex. */
  readonly packageData?: string;
  /** Hex; revision 4. */
  readonly referenceManifest?: string;
}

export interface DeviceDescription extends RecordDescription {
  /** Of the image set; default that of the package. */
  readonly version?: string;
  readonly continueAfterFailure?: boolean;
}

export interface DownstreamDescription extends RecordDescription {
  readonly minVersion?: string;
  readonly minVersionStamp?: number;
}

export interface ComponentDescription {
  /** 0..65535 */
  readonly identifier: number;
  readonly version: string;
  /** Default 0x0a, firmware. */
  readonly classification?: number;
  /** Makes the update agent compare stamps. */
  readonly comparisonStamp?: number;
  readonly forceUpdate?: boolean;
  /** Bits of compActivationMethods; default 0. */
  readonly activationMethod?: number;
  /** Hex; from revision 3. */
  readonly opaqueData?: string;
}

export interface PackageDescription {
  readonly version: string;
  /** Default: the least that has what is asked for. */
  readonly revision?: PackageRevision;
  /** "2026-11-21", "2026-11-21T10:30:00"; default unspecified. */
  readonly date?: string;
  readonly devices: readonly DeviceDescription[];
  readonly downstream?: readonly DownstreamDescription[];
  readonly components: readonly ComponentDescription[];
}

export interface BuiltPackage {
  readonly header: Uint8Array;
  /** Bytes of it all. */
  readonly size: number;
  /** Header and images, in order. */
  chunks(options?: ScanOptions): AsyncGenerator<Uint8Array>;
}

/**
 * Lay out a package; images in the order of the components, right behind the header. Goes through the images once for the
 * payload checksum of revision 4, and once more in `chunks`.
 * @throws MctpError EINVAL naming what is wrong in the description
 */
export async function buildPackage(
  description: PackageDescription,
  images: readonly ByteSource[],
  options: ScanOptions = {},
): Promise<BuiltPackage> {
  if (images.length !== description.components.length) {
    throw new MctpError('EINVAL', `${images.length} images for ${description.components.length} components`);
  }
  const draft = headerOf(description, images);
  const headerSize = encode(packageHeader, draft, 'firmware package').length;
  if (headerSize > MAX_HEADER_SIZE) {
    throw new MctpError('EINVAL', `the header has ${headerSize} bytes; at most ${MAX_HEADER_SIZE} fit`);
  }
  let offset = headerSize;
  const components = draft.components.map((component) => {
    const componentLocationOffset = offset;
    offset += component.componentSize;
    return { ...component, componentLocationOffset };
  });
  if (offset > 0xffff_ffff) throw new MctpError('EINVAL', `a package of ${offset} bytes: less than 4 GiB are possible`);
  let packagePayloadChecksum = 0;
  if (formatOfRevision(draft.packageHeaderFormatRevision)!.payloadChecksum) {
    for (const image of images) packagePayloadChecksum = await crc32OfSource(image, options, packagePayloadChecksum);
  }
  const header = encode(packageHeader, { ...draft, components, packagePayloadChecksum }, 'firmware package');
  return {
    header,
    size: offset,
    async *chunks(scan = {}) {
      yield header;
      for (const image of images) yield* chunks(image, scan);
    },
  };
}

/** Offsets and checksums are still 0. */
function headerOf(description: PackageDescription, images: readonly ByteSource[]): PackageHeader {
  const { version, components, devices, downstream = [] } = description;
  const revision = description.revision ?? leastRevision(description);
  const format = formatOfRevision(revision);
  if (format === undefined) throw new MctpError('EINVAL', `revision ${revision} of packages is unknown: use 1 to 4`);
  const least = leastRevision(description);
  if (revision < least) throw new MctpError('EINVAL', `revision ${revision} has no room for that: use ${least}`);
  const all = components.map((_, index) => index);
  const manifest = (data: string | undefined) =>
    format.payloadChecksum ? { referenceManifestData: bytesOf(data ?? '', 'referenceManifest') } : {};
  const downstreamDeviceIdRecords = downstream.map((record): DownstreamIdRecord => {
    const { minVersion, minVersionStamp } = record;
    return {
      updateOptionFlags: minVersionStamp === undefined ? 0 : DOWNSTREAM_OPTION.minVersionStamp,
      selfContainedActivationMinVersionStringType: minVersion === undefined ? 0 : typeOf(minVersion),
      selfContainedActivationMinVersionString: minVersion ?? '',
      ...(minVersionStamp === undefined ? {} : { selfContainedActivationMinVersionComparisonStamp: minVersionStamp }),
      applicableComponents: applicable(record.components ?? all, components.length),
      recordDescriptors: record.descriptors.map(descriptorOf),
      packageData: bytesOf(record.packageData ?? '', 'packageData'),
      ...manifest(record.referenceManifest),
    };
  });
  return {
    packageHeaderIdentifier: format.identifier,
    packageHeaderFormatRevision: revision,
    packageHeaderSize: 0,
    packageReleaseDateTime: timestampOf(description.date),
    componentBitmapBitLength: 8 * Math.max(1, Math.ceil(components.length / 8)),
    packageVersionStringType: typeOf(version),
    packageVersionString: version,
    firmwareDeviceIdRecords: devices.map(
      (record): DeviceIdRecord => ({
        deviceUpdateOptionFlags: record.continueAfterFailure === true ? DEVICE_OPTION.continueAfterFailure : 0,
        componentImageSetVersionStringType: typeOf(record.version ?? version),
        componentImageSetVersionString: record.version ?? version,
        applicableComponents: applicable(record.components ?? all, components.length),
        recordDescriptors: record.descriptors.map(descriptorOf),
        firmwareDevicePackageData: bytesOf(record.packageData ?? '', 'packageData'),
        ...manifest(record.referenceManifest),
      }),
    ),
    ...(format.downstreamRecords ? { downstreamDeviceIdRecords } : {}),
    components: components.map((component, index): PackageComponent => {
      const stamp = component.comparisonStamp;
      const force = component.forceUpdate === true ? COMPONENT_OPTION.forceUpdate : 0;
      return {
        componentClassification: component.classification ?? 0x0a,
        componentIdentifier: component.identifier,
        componentComparisonStamp: stamp ?? NO_STAMP,
        componentOptions: force | (stamp === undefined ? 0 : COMPONENT_OPTION.useComparisonStamp),
        requestedComponentActivationMethod: component.activationMethod ?? 0,
        componentLocationOffset: 0,
        componentSize: images[index]!.size,
        componentVersionStringType: typeOf(component.version),
        componentVersionString: component.version,
        ...(format.opaqueData ? { componentOpaqueData: bytesOf(component.opaqueData ?? '', 'opaqueData') } : {}),
      };
    }),
    packageHeaderChecksum: 0,
    ...(format.payloadChecksum ? { packagePayloadChecksum: 0 } : {}),
  };
}

function leastRevision({ devices, downstream = [], components }: PackageDescription): PackageRevision {
  if ([...devices, ...downstream].some(({ referenceManifest }) => referenceManifest !== undefined)) return 4;
  if (components.some(({ opaqueData }) => opaqueData !== undefined)) return 3;
  return downstream.length > 0 ? 2 : 1;
}

function applicable(components: readonly number[], count: number): readonly number[] {
  const wrong = components.find((component) => !Number.isInteger(component) || component < 0 || component >= count);
  if (wrong !== undefined) throw new MctpError('EINVAL', `there is no component ${wrong}: they are 0 to ${count - 1}`);
  return [...components].sort((a, b) => a - b);
}

/** @throws MctpError EINVAL */
export function descriptorOf({ type, data }: DescriptorDescription): Descriptor {
  const descriptorType = typeof type === 'number' ? type : DESCRIPTOR_TYPE[type];
  if (descriptorType === undefined) {
    const known = Object.keys(DESCRIPTOR_TYPE).join(', ');
    throw new MctpError('EINVAL', `no descriptor type "${type}": use a number, or one of ${known}`);
  }
  if (typeof data === 'string') {
    const descriptorData = bytesOf(data.replaceAll('-', ''), `descriptor ${type}`);
    return { descriptorType, descriptorLength: descriptorData.length, descriptorData };
  }
  const size = descriptorSize(descriptorType);
  if (size === undefined || size > 4) throw new MctpError('EINVAL', `descriptor ${type}: give its data as hex`);
  if (!Number.isInteger(data) || data < 0 || data >= 2 ** (8 * size)) {
    throw new MctpError('EINVAL', `descriptor ${type}: ${data} does not fit into ${size} bytes`);
  }
  const descriptorData = Uint8Array.from({ length: size }, (_, at) => Math.floor(data / 2 ** (8 * at)) & 0xff);
  return { descriptorType, descriptorLength: size, descriptorData };
}

function bytesOf(text: string, what: string): Uint8Array {
  const bytes = fromHex(text.replaceAll(/\s/g, '').toLowerCase());
  if (bytes === undefined) throw new MctpError('EINVAL', `${what}: "${text}" is not hex`);
  return bytes;
}

/** ASCII where it will do, else UTF-8. */
export function typeOf(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? 1 : 2;
}
