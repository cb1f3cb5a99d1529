/** A package as JSON: names of DSP0267, bytes as lower-case hex, numbers as numbers. */

import { type Json, toHex } from '../../../stack/codec/index.js';
import type { PackageHeader, PackageRecord } from './package-model.js';

/** `imageCrc32`: of each component, when it is known. */
export function packageJson(pkg: PackageHeader, imageCrc32: readonly number[] = []): { [name: string]: Json } {
  const { packageHeaderChecksum, packagePayloadChecksum } = pkg;
  return {
    packageHeaderIdentifier: pkg.packageHeaderIdentifier,
    packageHeaderFormatRevision: pkg.packageHeaderFormatRevision,
    packageHeaderSize: pkg.packageHeaderSize,
    packageReleaseDateTime: pkg.packageReleaseDateTime,
    componentBitmapBitLength: pkg.componentBitmapBitLength,
    packageVersionStringType: pkg.packageVersionStringType,
    packageVersionString: pkg.packageVersionString,
    packageHeaderChecksum,
    ...(packagePayloadChecksum === undefined ? {} : { packagePayloadChecksum }),
    firmwareDeviceIdRecords: pkg.firmwareDeviceIdRecords.map(recordJson),
    ...(pkg.downstreamDeviceIdRecords === undefined
      ? {}
      : { downstreamDeviceIdRecords: pkg.downstreamDeviceIdRecords.map(recordJson) }),
    components: pkg.components.map((component, index) => ({
      ...plain(component),
      ...(imageCrc32[index] === undefined ? {} : { imageCrc32: imageCrc32[index] }),
    })),
  };
}

function recordJson(record: PackageRecord): { [name: string]: Json } {
  const { recordDescriptors, ...rest } = record;
  return {
    ...plain(rest),
    recordDescriptors: recordDescriptors.map(({ descriptorType, descriptorData }) => ({
      descriptorType,
      descriptorLength: descriptorData.length,
      descriptorData: toHex(descriptorData),
    })),
  };
}

/** Bytes as hex, the rest as it is. */
function plain(fields: object): { [name: string]: Json } {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => [
      name,
      value instanceof Uint8Array ? toHex(value) : (value as Json),
    ]),
  );
}
