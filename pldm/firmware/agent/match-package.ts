/** Which records of a package are for a device: all descriptors of the record are among the device's (DSP0267 §7.2). */

import { toHex } from '../../../stack/codec/index.js';
import { hexNumber } from '../../../stack/util/text.js';
import { DESCRIPTOR_TYPE, type Descriptor } from '../device-descriptors.js';
import type { DeviceIdRecord, DownstreamIdRecord, PackageHeader, PackageRecord } from '../package/package-model.js';
import type { DownstreamDevice, FirmwareInventory } from './read-inventory.js';

export interface DeviceMatch {
  readonly kind: 'device';
  readonly recordIndex: number;
  readonly record: DeviceIdRecord;
}

export interface DownstreamMatch {
  readonly kind: 'downstream';
  readonly recordIndex: number;
  readonly record: DownstreamIdRecord;
  readonly device: DownstreamDevice;
}

export interface MatchResult {
  /** The record for the device itself: the most particular one, when several fit. */
  readonly device: DeviceMatch | undefined;
  readonly downstream: readonly DownstreamMatch[];
  /** Why each of the other records does not fit, in order. */
  readonly reasons: readonly string[];
}

export function matchPackage(pkg: PackageHeader, inventory: FirmwareInventory): MatchResult {
  const reasons: string[] = [];
  const best = (records: readonly PackageRecord[], own: readonly Descriptor[], what: string): number | undefined => {
    let found: number | undefined;
    for (const [index, record] of records.entries()) {
      const missing = record.recordDescriptors.filter((wanted) => !has(own, wanted));
      if (missing.length > 0) reasons.push(`${what} ${index} ${reasonFor(missing[0]!, own)}`);
      else if (found === undefined || record.recordDescriptors.length > records[found]!.recordDescriptors.length) {
        found = index;
      }
    }
    return found;
  };
  const own = best(pkg.firmwareDeviceIdRecords, inventory.descriptors, 'record');
  const downstream = inventory.downstream.flatMap((device): DownstreamMatch[] => {
    const records = pkg.downstreamDeviceIdRecords ?? [];
    const recordIndex = best(records, device.descriptors, `downstream device ${device.downstreamDeviceIndex}: record`);
    return recordIndex === undefined
      ? []
      : [{ kind: 'downstream', recordIndex, record: records[recordIndex]!, device }];
  });
  return {
    device:
      own === undefined ? undefined : { kind: 'device', recordIndex: own, record: pkg.firmwareDeviceIdRecords[own]! },
    downstream,
    reasons,
  };
}

function has(own: readonly Descriptor[], wanted: Descriptor): boolean {
  return own.some((each) => each.descriptorType === wanted.descriptorType && same(each, wanted));
}

function same(a: Descriptor, b: Descriptor): boolean {
  return toHex(a.descriptorData) === toHex(b.descriptorData);
}

function reasonFor(wanted: Descriptor, own: readonly Descriptor[]): string {
  const others = own.filter(({ descriptorType }) => descriptorType === wanted.descriptorType);
  const text = `wants ${descriptorText(wanted)}`;
  return others.length === 0
    ? `${text}, the device has none`
    : `${text}, the device has ${others.map(valueText).join(' and ')}`;
}

const NAMES = new Map<number, string>([
  [DESCRIPTOR_TYPE.pciVendorId, 'PCI vendor'],
  [DESCRIPTOR_TYPE.ianaEnterpriseId, 'IANA enterprise'],
  [DESCRIPTOR_TYPE.uuid, 'UUID'],
  [DESCRIPTOR_TYPE.pnpVendorId, 'PnP vendor'],
  [DESCRIPTOR_TYPE.acpiVendorId, 'ACPI vendor'],
  [DESCRIPTOR_TYPE.ieeeCompanyId, 'IEEE company'],
  [DESCRIPTOR_TYPE.scsiVendorId, 'SCSI vendor'],
  [DESCRIPTOR_TYPE.pciDeviceId, 'PCI device'],
  [DESCRIPTOR_TYPE.pciSubsystemVendorId, 'PCI subsystem vendor'],
  [DESCRIPTOR_TYPE.pciSubsystemId, 'PCI subsystem'],
  [DESCRIPTOR_TYPE.pciRevisionId, 'PCI revision'],
  [DESCRIPTOR_TYPE.pnpProductId, 'PnP product'],
  [DESCRIPTOR_TYPE.acpiProductId, 'ACPI product'],
  [DESCRIPTOR_TYPE.asciiModelLong, 'model'],
  [DESCRIPTOR_TYPE.asciiModelShort, 'model'],
  [DESCRIPTOR_TYPE.scsiProductId, 'SCSI product'],
  [DESCRIPTOR_TYPE.ubmControllerCode, 'UBM controller'],
  [DESCRIPTOR_TYPE.ieeeEui64, 'EUI-64'],
  [DESCRIPTOR_TYPE.pciRevisionRange, 'PCI revisions'],
  [DESCRIPTOR_TYPE.vendorDefined, 'vendor-defined'],
]);

/** "PCI vendor 0x1ab4" */
export function descriptorText(descriptor: Descriptor): string {
  const name = NAMES.get(descriptor.descriptorType) ?? `descriptor 0x${descriptor.descriptorType.toString(16)}`;
  return `${name} ${valueText(descriptor)}`;
}

function valueText({ descriptorType: type, descriptorData: data }: Descriptor): string {
  if (type === DESCRIPTOR_TYPE.uuid) return toHex(data).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  if (type === DESCRIPTOR_TYPE.vendorDefined && data.length >= 2 && 2 + data[1]! <= data.length) {
    return `"${latin(data.subarray(2, 2 + data[1]!))}" ${toHex(data.subarray(2 + data[1]!))}`;
  }
  const printable = data.length > 2 && data.every((byte) => byte === 0 || (byte >= 0x20 && byte < 0x7f));
  if (printable && data[0] !== 0 && type !== DESCRIPTOR_TYPE.ianaEnterpriseId)
    return `"${latin(withoutPadding(data))}"`;
  if (data.length > 4) return toHex(data);
  const number = data.reduceRight((value, byte) => value * 256 + byte, 0);
  if (type === DESCRIPTOR_TYPE.ianaEnterpriseId) return String(number);
  return hexNumber(number, 2 * data.length);
}

/** Without the blanks and NULs at its end. */
function withoutPadding(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0 || bytes[end - 1] === 0x20)) end--;
  return bytes.subarray(0, end);
}

function latin(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}
