/** What reading the header does not show: checksums over the images, and things that are odd but no errors. */

import { hexNumber } from '../../../stack/util/text.js';
import { DESCRIPTOR_TYPE } from '../device-descriptors.js';
import { COMPONENT_CLASSIFICATION } from '../firmware-enums.js';
import { timestampFault } from './package-date.js';
import { hex32 } from './package-header.js';
import type { PackageRecord } from './package-model.js';
import { COMPONENT_OPTION, NO_STAMP } from './package-records.js';
import { crc32OfSource, type ScanOptions, sliceSource } from './package-source.js';
import { type FirmwarePackage, imageOf } from './read-package.js';

export interface PackageFinding {
  readonly severity: 'error' | 'warning';
  /** "components[2]" */
  readonly where: string;
  readonly what: string;
}

export interface PackageCheck {
  readonly findings: readonly PackageFinding[];
  /** CRC-32 of each component's image. */
  readonly imageCrc32: readonly number[];
}

/** Goes through all images once, and through a payload with a checksum once more; memory stays the same. */
export async function checkPackage(pkg: FirmwarePackage, options: ScanOptions = {}): Promise<PackageCheck> {
  const findings = [...headerFindings(pkg), ...recordFindings(pkg), ...componentFindings(pkg)];
  const imageCrc32: number[] = [];
  let done = 0;
  const scan = (signal = options.signal) => ({
    signal,
    onProgress: options.onProgress === undefined ? undefined : (bytes: number) => options.onProgress!(done + bytes),
  });
  for (const component of pkg.components) {
    imageCrc32.push(await crc32OfSource(imageOf(pkg, component), scan()));
    done += component.componentSize;
  }
  const { packagePayloadChecksum: expected, packageHeaderSize } = pkg;
  if (expected !== undefined) {
    const payload = sliceSource(pkg.source, packageHeaderSize, pkg.size - packageHeaderSize);
    const actual = await crc32OfSource(payload, scan());
    if (actual !== expected) {
      const what = `the payload checksum is ${hex32(expected)}, but the payload has ${hex32(actual)}`;
      findings.push({ severity: 'error', where: 'packagePayloadChecksum', what });
    }
  }
  return { findings, imageCrc32 };
}

function* headerFindings({
  packageHeaderSurplus: surplus = 0,
  packageReleaseDateTime: date,
}: FirmwarePackage): Generator<PackageFinding> {
  if (surplus > 0) {
    const bytes = surplus === 1 ? '1 byte' : `${surplus} bytes`;
    const what = `the header has ${bytes} behind its last component that no field accounts for`;
    yield { severity: 'warning', where: 'packageHeaderSize', what };
  }
  const fault = timestampFault(date);
  if (fault !== undefined) yield { severity: 'warning', where: 'packageReleaseDateTime', what: fault };
}

function* recordFindings(pkg: FirmwarePackage): Generator<PackageFinding> {
  const all: readonly (readonly [string, readonly PackageRecord[]])[] = [
    ['firmwareDeviceIdRecords', pkg.firmwareDeviceIdRecords],
    ['downstreamDeviceIdRecords', pkg.downstreamDeviceIdRecords ?? []],
  ];
  if (all.every(([, records]) => records.length === 0)) {
    yield { severity: 'warning', where: 'package', what: 'it is for no device at all' };
  }
  for (const [name, records] of all) {
    for (const [index, { recordDescriptors, applicableComponents }] of records.entries()) {
      const where = `${name}[${index}]`;
      if (!isVendorIdentity(recordDescriptors[0]!.descriptorType)) {
        yield { severity: 'warning', where, what: 'the first descriptor is not the identity of a vendor' };
      }
      if (applicableComponents.length === 0) yield { severity: 'warning', where, what: 'it applies to no component' };
    }
  }
}

function isVendorIdentity(type: number): boolean {
  return type <= DESCRIPTOR_TYPE.scsiVendorId || type === DESCRIPTOR_TYPE.vendorDefined;
}

function* componentFindings({ components, ...pkg }: FirmwarePackage): Generator<PackageFinding> {
  const used = new Set(
    [...pkg.firmwareDeviceIdRecords, ...(pkg.downstreamDeviceIdRecords ?? [])].flatMap((r) => r.applicableComponents),
  );
  for (const [index, component] of components.entries()) {
    const where = `components[${index}]`;
    const { componentClassification: classification, componentOptions, componentComparisonStamp } = component;
    if (component.componentSize === 0) yield { severity: 'warning', where, what: 'its image is empty' };
    if (!used.has(index)) yield { severity: 'warning', where, what: 'it belongs to no record' };
    if (classification > COMPONENT_CLASSIFICATION.bundle && classification < 0x8000) {
      yield { severity: 'warning', where, what: `classification ${hex16(classification)} is reserved` };
    }
    if ((componentOptions & COMPONENT_OPTION.useComparisonStamp) === 0 && componentComparisonStamp !== NO_STAMP) {
      yield { severity: 'warning', where, what: 'it has a comparison stamp that its options say not to use' };
    }
  }
}

function hex16(value: number): string {
  return hexNumber(value, 4);
}
