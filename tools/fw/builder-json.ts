/**
 * Descriptions of packages in the form of OpenBMC's pldm_fwup_pkg_creator.py, which NVIDIA's builder takes too: read as a
 * description of our own that gives the same bytes. The images are named behind the package, in the order of the
 * components, or by `file`.
 */

import type {
  ComponentDescription,
  DescriptorDescription,
  DeviceDescription,
  PackageDescription,
} from '../../pldm/firmware/package/build-package.js';
import { formatOfRevision, type PackageRevision } from '../../pldm/firmware/package/package-formats.js';
import { COMPONENT_OPTION, NO_STAMP } from '../../pldm/firmware/package/package-records.js';
import { toHex } from '../../stack/codec/index.js';
import { usageError } from '../command-error.js';
import { type KnownKeys, refuseUnknownKeys } from './description-keys.js';

const descriptor = {
  DescriptorType: null,
  DescriptorData: null,
  VendorDefinedDescriptorTitleString: null,
  VendorDefinedDescriptorData: null,
};

const BUILDER_KEYS: KnownKeys = {
  PackageHeaderInformation: {
    PackageHeaderIdentifier: null,
    PackageHeaderFormatVersion: null,
    PackageHeaderFormatRevision: null,
    PackageReleaseDateTime: null,
    PackageVersionString: null,
  },
  FirmwareDeviceIdentificationArea: {
    DeviceUpdateOptionFlags: null,
    ComponentImageSetVersionString: null,
    ApplicableComponents: null,
    FirmwareDevicePackageData: null,
    Descriptors: descriptor,
    // The form before 2022.
    InitialDescriptor: { InitialDescriptorType: null, InitialDescriptorData: null },
    AdditionalDescriptors: {
      AdditionalDescriptorType: null,
      AdditionalDescriptorData: null,
      VendorDefinedDescriptorTitleString: null,
      VendorDefinedDescriptorData: null,
    },
  },
  ComponentImageInformationArea: {
    file: null,
    ComponentClassification: null,
    ComponentIdentifier: null,
    ComponentOptions: null,
    ComponentComparisonStamp: null,
    RequestedComponentActivationMethod: null,
    ComponentVersionString: null,
    ComponentOpaqueData: null,
  },
};

const VENDOR_DEFINED = 0xffff;
/** Bits that the standard has. */
const MOST_ACTIVATION_BIT = 7;

type Json = Readonly<Record<string, unknown>>;
type WithFile = ComponentDescription & { readonly file?: unknown };

/** Does it have the sections of a builder's description? */
export function isBuilderJson(value: Json): boolean {
  return Object.keys(BUILDER_KEYS).some((section) => Object.hasOwn(value, section));
}

/** `name` is the file, for messages. @throws CommandError (usage) */
export function fromBuilderJson(
  name: string,
  value: Json,
): PackageDescription & { readonly components: readonly WithFile[] } {
  refuseUnknownKeys(name, value, BUILDER_KEYS);
  const reader = new Reader(name);
  const header = reader.object(value.PackageHeaderInformation, 'PackageHeaderInformation');
  const area = 'ComponentImageInformationArea';
  const images = reader.list(value[area], area).map((one, index) => reader.object(one, `${area}[${index}]`));
  const identifiers = images.map((one, index) =>
    reader.number(one.ComponentIdentifier, `${area}[${index}].ComponentIdentifier`, 0xffff),
  );
  const components = images.map((one, index) => component(reader, one, identifiers[index]!, `${area}[${index}]`));
  const devicesAt = 'FirmwareDeviceIdentificationArea';
  const devices = reader
    .list(value[devicesAt], devicesAt)
    .map((one, index) =>
      device(reader, reader.object(one, `${devicesAt}[${index}]`), identifiers, `${devicesAt}[${index}]`),
    );
  const at = 'PackageHeaderInformation';
  const date = header.PackageReleaseDateTime;
  return {
    version: reader.text(header.PackageVersionString, `${at}.PackageVersionString`),
    revision: revisionOf(reader, header, at),
    ...(date === undefined ? {} : { date: dateOf(reader.text(date, `${at}.PackageReleaseDateTime`)) }),
    devices,
    components,
  };
}

function revisionOf(reader: Reader, header: Json, at: string): PackageRevision {
  const given = header.PackageHeaderFormatVersion ?? header.PackageHeaderFormatRevision ?? 1;
  const revision = reader.number(given, `${at}.PackageHeaderFormatVersion`, 255);
  const format = formatOfRevision(revision);
  if (format === undefined) throw reader.wrong(`${at}.PackageHeaderFormatVersion: ${revision} is unknown: use 1 to 4`);
  const { PackageHeaderIdentifier: identifier } = header;
  if (identifier !== undefined) {
    const plain = reader.text(identifier, `${at}.PackageHeaderIdentifier`).replaceAll('-', '').toLowerCase();
    if (plain !== format.identifier)
      throw reader.wrong(`${at}.PackageHeaderIdentifier: that of version ${revision} is ${format.identifier}`);
  }
  return format.revision;
}

/** "2026-03-14 09:26:53", or "14/03/2026 09:26:53" as older builders have it. */
function dateOf(text: string): string {
  return text.replace(/^(\d\d)\/(\d\d)\/(\d{4})/, '$3-$2-$1');
}

function device(reader: Reader, one: Json, identifiers: readonly number[], at: string): DeviceDescription {
  const flags = reader.bits(one.DeviceUpdateOptionFlags, `${at}.DeviceUpdateOptionFlags`, 0);
  return {
    version: reader.text(one.ComponentImageSetVersionString, `${at}.ComponentImageSetVersionString`),
    continueAfterFailure: flags !== 0,
    components: applicable(reader, one.ApplicableComponents, identifiers, `${at}.ApplicableComponents`),
    descriptors: descriptors(reader, one, at),
    ...(one.FirmwareDevicePackageData === undefined
      ? {}
      : { packageData: reader.text(one.FirmwareDevicePackageData, `${at}.FirmwareDevicePackageData`) }),
  };
}

/** Places in the list of components; identifiers, as older builders have it, where they can be nothing else. */
function applicable(reader: Reader, value: unknown, identifiers: readonly number[], at: string): readonly number[] {
  const numbers = reader.list(value, at).map((one, index) => reader.number(one, `${at}[${index}]`, 0xffff));
  if (numbers.every((number) => number < identifiers.length)) return numbers;
  const places = numbers.flatMap((number) =>
    identifiers.flatMap((identifier, place) => (identifier === number ? [place] : [])),
  );
  if (numbers.every((number) => identifiers.includes(number))) return places;
  throw reader.wrong(
    `${at}: [${numbers.join(', ')}] are neither places (0 to ${identifiers.length - 1}) nor identifiers`,
  );
}

function descriptors(reader: Reader, one: Json, at: string): DescriptorDescription[] {
  if (one.Descriptors !== undefined) {
    const list = reader.list(one.Descriptors, `${at}.Descriptors`);
    return list.map((entry, index) => descriptorOf(reader, entry, 'Descriptor', `${at}.Descriptors[${index}]`));
  }
  const more = reader.list(one.AdditionalDescriptors ?? [], `${at}.AdditionalDescriptors`);
  return [
    descriptorOf(reader, one.InitialDescriptor, 'InitialDescriptor', `${at}.InitialDescriptor`),
    ...more.map((entry, index) =>
      descriptorOf(reader, entry, 'AdditionalDescriptor', `${at}.AdditionalDescriptors[${index}]`),
    ),
  ];
}

function descriptorOf(reader: Reader, value: unknown, prefix: string, at: string): DescriptorDescription {
  const entry = reader.object(value, at);
  const type = reader.number(entry[`${prefix}Type`], `${at}.${prefix}Type`, 0xffff);
  if (type !== VENDOR_DEFINED) return { type, data: reader.hex(entry[`${prefix}Data`], `${at}.${prefix}Data`) };
  const title = reader.text(entry.VendorDefinedDescriptorTitleString, `${at}.VendorDefinedDescriptorTitleString`);
  const data = reader.hex(entry.VendorDefinedDescriptorData, `${at}.VendorDefinedDescriptorData`);
  const bytes = [1, title.length, ...new TextEncoder().encode(title)];
  if (bytes.length !== title.length + 2 || title.length > 255)
    throw reader.wrong(`${at}.VendorDefinedDescriptorTitleString: use up to 255 characters of ASCII`);
  return { type, data: `${toHex(Uint8Array.from(bytes))}${data}` };
}

function component(reader: Reader, one: Json, identifier: number, at: string): WithFile {
  const options = reader.bits(one.ComponentOptions ?? [], `${at}.ComponentOptions`, 1);
  const usesStamp = (options & COMPONENT_OPTION.useComparisonStamp) !== 0;
  const stamp = one.ComponentComparisonStamp;
  const activation = one.RequestedComponentActivationMethod ?? [];
  return {
    identifier,
    version: reader.text(one.ComponentVersionString, `${at}.ComponentVersionString`),
    classification: reader.number(one.ComponentClassification, `${at}.ComponentClassification`, 0xffff),
    forceUpdate: (options & COMPONENT_OPTION.forceUpdate) !== 0,
    activationMethod: reader.bits(activation, `${at}.RequestedComponentActivationMethod`, MOST_ACTIVATION_BIT),
    // Without the option the builders leave the stamp out.
    ...(usesStamp && {
      comparisonStamp:
        stamp === undefined ? NO_STAMP : reader.number(stamp, `${at}.ComponentComparisonStamp`, NO_STAMP, 16),
    }),
    ...(one.ComponentOpaqueData === undefined
      ? {}
      : { opaqueData: reader.hex(one.ComponentOpaqueData, `${at}.ComponentOpaqueData`) }),
    ...(one.file === undefined ? {} : { file: one.file }),
  };
}

/** Values with complaints that name their place. */
class Reader {
  constructor(readonly name: string) {}

  wrong(what: string): Error {
    return usageError(`${this.name}: ${what}`);
  }

  object(value: unknown, at: string): Json {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
    throw this.wrong(value === undefined ? `${at} is missing` : `${at} is not an object`);
  }

  list(value: unknown, at: string): readonly unknown[] {
    if (Array.isArray(value)) return value;
    throw this.wrong(value === undefined ? `${at} is missing` : `${at} is not a list`);
  }

  text(value: unknown, at: string): string {
    if (typeof value === 'string') return value;
    throw this.wrong(value === undefined ? `${at} is missing` : `${at} is not a text`);
  }

  hex(value: unknown, at: string): string {
    const plain = this.text(value, at).replace(/^0x/i, '').replaceAll(/[\s-]/g, '');
    if (/^([0-9a-f]{2})*$/i.test(plain)) return plain.toLowerCase();
    throw this.wrong(`${at}: "${String(value)}" is not hex`);
  }

  /** A number, or a text of one: "0x0a" or, in hex (`radix` 16), "0a". */
  number(value: unknown, at: string, most: number, radix = 10): number {
    const number = typeof value === 'string' ? textNumber(value, radix) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= most) return number;
    throw this.wrong(value === undefined ? `${at} is missing` : `${at}: use a whole number from 0 to ${most}`);
  }

  /** A list of the numbers of bits. */
  bits(value: unknown, at: string, most: number): number {
    let bits = 0;
    for (const [index, bit] of this.list(value, at).entries()) bits |= 1 << this.number(bit, `${at}[${index}]`, most);
    return bits;
  }
}

function textNumber(text: string, radix: number): number {
  if (/^0x[0-9a-f]+$/i.test(text)) return Number(text);
  return (radix === 16 ? /^[0-9a-f]+$/i : /^\d+$/).test(text) ? Number.parseInt(text, radix) : Number.NaN;
}
