/** `fw inspect`: a package explained, and checked to its last byte. */

import { basename } from 'node:path';
import { descriptorText } from '../../pldm/firmware/agent/match-package.js';
import { checkPackage, type PackageCheck } from '../../pldm/firmware/package/check-package.js';
import { formatOfRevision } from '../../pldm/firmware/package/package-formats.js';
import { packageJson } from '../../pldm/firmware/package/package-json.js';
import type { PackageRecord } from '../../pldm/firmware/package/package-model.js';
import type { FirmwarePackage } from '../../pldm/firmware/package/read-package.js';
import { timestampText } from '../../stack/codec/index.js';
import { hexDigits } from '../../stack/util/text.js';
import { EXIT, printable } from '../command-error.js';
import { sizeText } from '../file/progress.js';
import { tableLines } from '../format/columns.js';
import type { Io } from '../io.js';
import type { FwDocument } from '../schema/firmware-documents.js';
import { classificationName, methodsText } from './fw-words.js';
import { openPackage, sha256 } from './package-file.js';

export async function inspect(path: string, json: boolean, io: Io, signal: AbortSignal): Promise<number> {
  const file = await openPackage(path);
  try {
    const { pkg } = file;
    const onProgress = (done: number): void =>
      io.progress(`${path}: ${sizeText(done)} of ${sizeText(pkg.size)} checked`);
    const check = await checkPackage(pkg, { signal, onProgress });
    const hash = await sha256(file.source, { signal });
    io.progress('');
    const { findings, imageCrc32 } = check;
    if (json) {
      const document: FwDocument = {
        file: basename(path),
        size: pkg.size,
        sha256: hash,
        ...packageJson(pkg, imageCrc32),
        findings,
      };
      io.print(JSON.stringify(document, null, 2));
    } else for (const line of packageLines(path, pkg, check, io)) io.print(line);
    const errors = findings.filter(({ severity }) => severity === 'error');
    for (const { where, what } of errors) io.note(`${path}: ${where}: ${what}`);
    return errors.length > 0 ? EXIT.refused : EXIT.done;
  } finally {
    await file.close();
  }
}

function packageLines(path: string, pkg: FirmwarePackage, { findings, imageCrc32 }: PackageCheck, { colours }: Io) {
  const format = formatOfRevision(pkg.packageHeaderFormatRevision)!;
  const lines = [
    `${colours.strong(path)}  ${quoted(pkg.packageVersionString)}, ${sizeText(pkg.size)}, DSP0267 ${format.since} (header revision ${format.revision})`,
    `released  ${timestampText(pkg.packageReleaseDateTime)}`,
  ];
  const record = (name: string, index: number, one: PackageRecord, details: readonly string[]): void => {
    lines.push(`${colours.name(`${name} ${index}`)}  ${details.join(', ')}`);
    for (const descriptor of one.recordDescriptors) lines.push(`  ${printable(descriptorText(descriptor))}`);
    lines.push(`  components ${one.applicableComponents.join(', ') || 'none'}`);
  };
  for (const [index, one] of pkg.firmwareDeviceIdRecords.entries()) {
    record('device', index, one, [
      `image set ${quoted(one.componentImageSetVersionString)}`,
      ...((one.deviceUpdateOptionFlags & 1) !== 0 ? ['goes on after a failed component'] : []),
      ...dataText(one.firmwareDevicePackageData, 'package data'),
      ...dataText(one.referenceManifestData, 'reference manifest'),
    ]);
  }
  for (const [index, one] of (pkg.downstreamDeviceIdRecords ?? []).entries()) {
    const version = one.selfContainedActivationMinVersionString;
    record('downstream device', index, one, [
      version === '' ? 'any version' : `activates by itself from version ${quoted(version)}`,
      ...dataText(one.packageData, 'package data'),
      ...dataText(one.referenceManifestData, 'reference manifest'),
    ]);
  }
  const rows = pkg.components.map((component, index) => [
    colours.name(`component ${index}`),
    classificationName(component.componentClassification),
    `id ${component.componentIdentifier}`,
    quoted(component.componentVersionString),
    sizeText(component.componentSize),
    `at ${component.componentLocationOffset}`,
    `CRC-32 ${hexDigits(imageCrc32[index]!, 8)}`,
    (component.componentOptions & 2) === 0 ? '' : `stamp 0x${component.componentComparisonStamp.toString(16)}`,
    (component.componentOptions & 1) === 0 ? '' : 'forced',
    methodsText(component.requestedComponentActivationMethod),
    ...dataText(component.componentOpaqueData, 'opaque data'),
  ]);
  lines.push(...tableLines(rows));
  const errors = findings.some(({ severity }) => severity === 'error');
  for (const { severity, where, what } of findings) {
    if (severity === 'warning') lines.push(`${colours.strong('warning')}  ${where}: ${what}`);
  }
  if (!errors) lines.push(colours.good('header and images are in order'));
  return lines;
}

function quoted(text: string): string {
  return `"${printable(text)}"`;
}

function dataText(data: Uint8Array | undefined, what: string): string[] {
  return data === undefined || data.length === 0 ? [] : [`${data.length} bytes of ${what}`];
}
