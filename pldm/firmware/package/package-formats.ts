/** The revisions of the package header (DSP0267 §7.1), and what each of them has. */

export type PackageRevision = 1 | 2 | 3 | 4;

export interface PackageFormat {
  readonly revision: PackageRevision;
  /** packageHeaderIdentifier, 16 bytes as hex. */
  readonly identifier: string;
  /** The specification it came with. */
  readonly since: string;
  readonly downstreamRecords: boolean;
  readonly opaqueData: boolean;
  /** Reference manifests, and a checksum over everything behind the header. */
  readonly payloadChecksum: boolean;
}

export const PACKAGE_FORMATS: readonly PackageFormat[] = [
  format(1, '1.0', 'f018878ccb7d49439800a02f059aca02'),
  format(2, '1.1', '1244d2648d7d4718a030fc8a56587d5a'),
  format(3, '1.2', '3119ce2fe80a4a99af6d46f8b121f6bf'),
  format(4, '1.3', '7b291c996db64208801b02026e463c78'),
];

function format(revision: PackageRevision, since: string, identifier: string): PackageFormat {
  return {
    revision,
    identifier,
    since,
    downstreamRecords: revision >= 2,
    opaqueData: revision >= 3,
    payloadChecksum: revision >= 4,
  };
}

export function formatOfRevision(revision: number): PackageFormat | undefined {
  return PACKAGE_FORMATS.find((entry) => entry.revision === revision);
}

export function formatOfIdentifier(identifier: string): PackageFormat | undefined {
  return PACKAGE_FORMATS.find((entry) => entry.identifier === identifier);
}

/** Bytes up to and including packageHeaderSize: identifier 16, revision 1, size 2. */
export const PREAMBLE_SIZE = 19;
/** packageHeaderSize is 16 bits: no header is longer. */
export const MAX_HEADER_SIZE = 0xffff;
/** Component bitmaps and image counts are bounded by the header; this many is far beyond any device. */
export const MAX_COMPONENTS = 4096;
