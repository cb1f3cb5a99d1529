/** The header of a package, from its identifier to its checksums: one codec for all revisions (DSP0267 §7.1). */

import {
  type AnyCodec,
  Codec,
  derived,
  Fault,
  type Fields,
  hex,
  le,
  type Picker,
  type Reader,
  struct,
  timestamp104,
  u8,
  type Writer,
} from '../../../stack/codec/index.js';
import { hexNumber } from '../../../stack/util/text.js';
import { crc32 } from '../../base/crc.js';
import { bitfieldBytes, bitfieldNumbers, typedString } from '../../base/shared-fields.js';
import { formatOfIdentifier, formatOfRevision, MAX_COMPONENTS, type PackageFormat } from './package-formats.js';
import type { DeviceIdRecord, DownstreamIdRecord, PackageComponent, PackageHeader } from './package-model.js';
import {
  componentEntry,
  componentEntryWithOpaqueData,
  deviceRecord,
  deviceRecordWithManifest,
  downstreamRecord,
  downstreamRecordWithManifest,
  knownStringType,
} from './package-records.js';

/** Identifier, revision and size: what tells how to read the rest. */
export const packagePreamble = struct('', {
  packageHeaderIdentifier: hex(16),
  packageHeaderFormatRevision: u8,
  packageHeaderSize: le.u16,
});

const fixedPart = struct('', {
  packageReleaseDateTime: timestamp104,
  componentBitmapBitLength: le.u16,
  packageVersionStringType: knownStringType,
  packageVersionStringLength: derived(u8),
  packageVersionString: typedString('packageVersionStringType', 'packageVersionStringLength'),
});

/** The format that a preamble names. @throws Fault */
export function formatOf({
  packageHeaderIdentifier: id,
  packageHeaderFormatRevision: revision,
}: Fields<typeof packagePreamble>) {
  const format = formatOfIdentifier(id);
  if (format === undefined) throw new Fault('value', `${id} is not an identifier of a firmware package`, 0);
  if (format.revision !== revision) {
    const known = formatOfRevision(revision) === undefined ? 'unknown' : 'not that of the identifier';
    throw new Fault('value', `header format revision ${revision} is ${known}: it should be ${format.revision}`, 16);
  }
  return format;
}

/** Reads exactly the header: the reader's range is it. */
class PackageHeaderCodec extends Codec<PackageHeader> {
  readonly type = 'package header';

  read(reader: Reader): PackageHeader {
    const start = reader.position;
    const preamble = packagePreamble.read(reader, undefined);
    const format = formatOf(preamble);
    const fixed = fixedPart.read(reader, undefined);
    const { packageVersionStringLength: _length, ...rest } = fixed;
    const bits = fixed.componentBitmapBitLength;
    if (bits === 0 || bits % 8 !== 0) {
      throw new Fault('value', `a component bitmap of ${bits} bits: it must be a multiple of 8`, reader.position);
    }
    const firmwareDeviceIdRecords = deviceCodec(format, bits / 8)(reader);
    const downstreamDeviceIdRecords = format.downstreamRecords ? downstreamCodec(format, bits / 8)(reader) : undefined;
    const components = componentCodec(format)(reader);
    // The checksums are the end of the header, whatever lies between.
    const checksummed = Math.max(reader.position, reader.end - checksumBytes(format));
    const surplus = checksummed - reader.position;
    reader.position = checksummed;
    const packageHeaderChecksum = le.u32.read(reader);
    const packagePayloadChecksum = format.payloadChecksum ? le.u32.read(reader) : undefined;
    const expected = crc32(reader.buffer, start, checksummed);
    if (packageHeaderChecksum !== expected) {
      const text = `the header checksum is ${hex32(packageHeaderChecksum)}, but the header has ${hex32(expected)}`;
      throw new Fault('rule', text, checksummed);
    }
    return {
      ...preamble,
      packageHeaderFormatRevision: format.revision,
      ...rest,
      firmwareDeviceIdRecords,
      ...(downstreamDeviceIdRecords === undefined ? {} : { downstreamDeviceIdRecords }),
      components,
      packageHeaderChecksum,
      ...(packagePayloadChecksum === undefined ? {} : { packagePayloadChecksum }),
      ...(surplus === 0 ? {} : { packageHeaderSurplus: surplus }),
    };
  }

  /** The header's size and checksum are computed, whatever the value says. */
  write(writer: Writer, header: PackageHeader): void {
    const format = formatOfRevision(header.packageHeaderFormatRevision)!;
    const start = writer.position;
    packagePreamble.write(writer, { ...header, packageHeaderSize: 0 }, undefined);
    fixedPart.write(writer, header, undefined);
    const bitmapBytes = header.componentBitmapBitLength / 8;
    const bitmap = (numbers: readonly number[]) => bitfieldBytes(numbers, bitmapBytes);
    const device = format.payloadChecksum ? deviceRecordWithManifest : deviceRecord;
    writeAll(writer, u8, device(bitmapBytes), header.firmwareDeviceIdRecords, bitmap);
    if (format.downstreamRecords) {
      const downstream = format.payloadChecksum ? downstreamRecordWithManifest : downstreamRecord;
      writeAll(writer, u8, downstream(bitmapBytes), header.downstreamDeviceIdRecords ?? [], bitmap);
    }
    le.u16.write(writer, header.components.length);
    const component: AnyCodec = format.opaqueData ? componentEntryWithOpaqueData : componentEntry;
    for (const entry of header.components) component.write(writer, entry as never, undefined);
    const end = writer.position;
    writer.position = start + 17;
    le.u16.write(writer, end - start + checksumBytes(format));
    writer.position = end;
    le.u32.write(writer, crc32(writer.buffer, start, end));
    if (format.payloadChecksum) le.u32.write(writer, header.packagePayloadChecksum ?? 0);
  }

  sample(_pick: Picker): unknown {
    throw new TypeError('package headers are made by buildPackage');
  }
}

function checksumBytes({ payloadChecksum }: PackageFormat): number {
  return payloadChecksum ? 8 : 4;
}

export const packageHeader = new PackageHeaderCodec();

function deviceCodec({ payloadChecksum }: PackageFormat, bitmapBytes: number) {
  const codec = (payloadChecksum ? deviceRecordWithManifest : deviceRecord)(bitmapBytes);
  return (reader: Reader): DeviceIdRecord[] =>
    counted(reader, 'firmwareDeviceIdRecords', u8, () => {
      const {
        recordLength: _record,
        descriptorCount: _count,
        componentImageSetVersionStringLength: _version,
        firmwareDevicePackageDataLength: _data,
        ...fields
      } = codec.read(reader, undefined);
      return withoutManifestLength({ ...fields, applicableComponents: bitfieldNumbers(fields.applicableComponents) });
    });
}

function downstreamCodec({ payloadChecksum }: PackageFormat, bitmapBytes: number) {
  const codec = (payloadChecksum ? downstreamRecordWithManifest : downstreamRecord)(bitmapBytes);
  return (reader: Reader): DownstreamIdRecord[] =>
    counted(reader, 'downstreamDeviceIdRecords', u8, () => {
      const {
        recordLength: _record,
        descriptorCount: _count,
        selfContainedActivationMinVersionStringLength: _version,
        packageDataLength: _data,
        ...fields
      } = codec.read(reader, undefined);
      return withoutManifestLength({ ...fields, applicableComponents: bitfieldNumbers(fields.applicableComponents) });
    });
}

function componentCodec({ opaqueData }: PackageFormat) {
  return (reader: Reader): PackageComponent[] =>
    counted(reader, 'components', le.u16, () => {
      if (!opaqueData) {
        const { componentVersionStringLength: _version, ...fields } = componentEntry.read(reader, undefined);
        return fields;
      }
      const {
        componentVersionStringLength: _version,
        componentOpaqueDataLength: _opaque,
        ...fields
      } = componentEntryWithOpaqueData.read(reader, undefined);
      return fields;
    });
}

function withoutManifestLength<T extends object>(fields: T): T {
  const { referenceManifestLength: _length, ...rest } = fields as T & { referenceManifestLength?: number };
  return rest as unknown as T;
}

interface Count {
  read(reader: Reader): number;
  write(writer: Writer, value: number): void;
}

function counted<T>(reader: Reader, name: string, count: Count, read: () => T): T[] {
  const items: T[] = [];
  const total = count.read(reader);
  if (total > MAX_COMPONENTS) throw new Fault('value', `${total} ${name}`, reader.position);
  for (let index = 0; index < total; index++) {
    try {
      items.push(read());
    } catch (error) {
      throw error instanceof Fault ? error.within(`${name}[${index}]`) : error;
    }
  }
  return items;
}

function writeAll(
  writer: Writer,
  count: Count,
  codec: AnyCodec,
  records: readonly { readonly applicableComponents: readonly number[] }[],
  bitmap: (numbers: readonly number[]) => Uint8Array,
): void {
  count.write(writer, records.length);
  for (const record of records) {
    codec.write(writer, { ...record, applicableComponents: bitmap(record.applicableComponents) } as never, undefined);
  }
}

export function hex32(value: number): string {
  return hexNumber(value, 8);
}
