/** Reading a package: the header into memory, the images where they are. Whatever the bytes, the work is bounded. */

import { CodecError, decode, Fault } from '../../../stack/codec/index.js';
import { MctpError } from '../../../stack/errors.js';
import { type PackageFormat, PREAMBLE_SIZE } from './package-formats.js';
import { formatOf, packageHeader, packagePreamble } from './package-header.js';
import type { PackageComponent, PackageHeader } from './package-model.js';
import { type ByteSource, sliceSource } from './package-source.js';

const WHAT = 'firmware package';

/** A package that could be read; `checkPackage` looks into the images too. */
export interface FirmwarePackage extends PackageHeader {
  /** Bytes of the whole package. */
  readonly size: number;
  readonly source: ByteSource;
}

/**
 * Read and check the header: identifier, revision, lengths, strings, descriptors, header checksum, places of the images.
 * @throws CodecError for a header that does not decode; MctpError EBADMSG for images out of place, EIO from the source
 */
export async function readPackage(source: ByteSource): Promise<FirmwarePackage> {
  if (source.size < PREAMBLE_SIZE) {
    throw new CodecError('length', WHAT, '', 0, `${source.size} bytes are not a firmware package`);
  }
  const preamble = decode(packagePreamble, await source.read(0, PREAMBLE_SIZE), { what: WHAT });
  const size = preamble.packageHeaderSize;
  assertFormat(preamble);
  if (size > source.size) {
    const text = `the header has ${size} bytes, but the file ends after ${source.size}`;
    throw new CodecError('length', WHAT, 'packageHeaderSize', 17, text);
  }
  if (size < PREAMBLE_SIZE) throw new CodecError('value', WHAT, 'packageHeaderSize', 17, `${size} is too small`);
  const header = decode(packageHeader, await source.read(0, size), { what: WHAT });
  const fault = placeFault(header, source.size);
  if (fault !== undefined) throw new MctpError('EBADMSG', `${WHAT}: ${fault}`);
  return { ...header, size: source.size, source };
}

/** The image of a component. */
export function imageOf(pkg: Pick<FirmwarePackage, 'source'>, component: PackageComponent): ByteSource {
  return sliceSource(pkg.source, component.componentLocationOffset, component.componentSize);
}

function assertFormat(preamble: Parameters<typeof formatOf>[0]): PackageFormat {
  try {
    return formatOf(preamble);
  } catch (error) {
    if (error instanceof Fault) throw new CodecError(error.reason, WHAT, '', error.position, error.detail);
    throw error;
  }
}

/** Images outside of the file, on one another, or named by a record and not there. */
function placeFault(header: PackageHeader, size: number): string | undefined {
  const { components, packageHeaderSize: headerSize } = header;
  for (const [index, { componentLocationOffset: start, componentSize }] of components.entries()) {
    const end = start + componentSize;
    if (start < headerSize)
      return `components[${index}]: the image begins at ${start}, inside the header of ${headerSize}`;
    if (end > size) return `components[${index}]: the image ends at ${end}, but the file has ${size} bytes`;
  }
  const sorted = components
    .map(({ componentLocationOffset: start, componentSize }, index) => ({ index, start, end: start + componentSize }))
    .filter(({ start, end }) => end > start)
    .sort((a, b) => a.start - b.start || a.end - b.end);
  for (let at = 1; at < sorted.length; at++) {
    const [a, b] = [sorted[at - 1]!, sorted[at]!];
    // One image for several components is a way to save room.
    if (b.start < a.end && !(a.start === b.start && a.end === b.end)) {
      return `components[${a.index}] and components[${b.index}]: their images overlap at byte ${b.start}`;
    }
  }
  const records = [
    ...header.firmwareDeviceIdRecords.map((record, index) => ({ record, name: `firmwareDeviceIdRecords[${index}]` })),
    ...(header.downstreamDeviceIdRecords ?? []).map((record, index) => ({
      record,
      name: `downstreamDeviceIdRecords[${index}]`,
    })),
  ];
  for (const { record, name } of records) {
    const missing = record.applicableComponents.find((component) => component >= components.length);
    if (missing !== undefined) return `${name} applies to component ${missing}, but there are ${components.length}`;
  }
  return undefined;
}
