/** The files of a terminus as its File Descriptor PDRs tell of them: names, sizes, directories (DSP0248, type 30). */

import { ver32Text } from '../base/ver32.js';
import { FILE_CLASSIFICATION } from '../platform/pdr/entity-pdrs.js';
import type { FileDescriptorPdr } from '../platform/pdr/pdr-codec.js';

export interface FileEntry {
  readonly identifier: number;
  /** As the terminus says; any characters but NUL. */
  readonly name: string;
  /** "/logs/boot.log" */
  readonly path: string;
  readonly isDirectory: boolean;
  /** "bootLog", "telemetryDataFile"; the OEM name where there is one; "classification 17". */
  readonly classification: string;
  readonly isFifo: boolean;
  /** Bytes it can have. How many it has now, no command tells. */
  readonly maximumSize: number;
  readonly maximumDescriptors: number;
  /** The meaning of its bits is unverified. */
  readonly capabilities: number;
  /** "1.0.0" */
  readonly version: string;
  readonly pdr: FileDescriptorPdr;
}

export interface FileNode {
  readonly item: FileEntry;
  readonly children: readonly FileNode[];
}

const CLASSIFICATION_NAMES = new Map<number, string>(
  Object.entries(FILE_CLASSIFICATION).map(([name, value]) => [value, name]),
);
const FIFOS: readonly number[] = [FILE_CLASSIFICATION.serialTxFifo, FILE_CLASSIFICATION.serialRxFifo];

export function classificationName({
  fileClassification,
  oemFileClassificationName,
}: Pick<FileDescriptorPdr, 'fileClassification' | 'oemFileClassificationName'>): string {
  if (oemFileClassificationName !== undefined && oemFileClassificationName !== '') return oemFileClassificationName;
  return CLASSIFICATION_NAMES.get(fileClassification) ?? `classification ${fileClassification}`;
}

/**
 * Every PDR once, in its directory and the terminus's order. Files whose directory does not exist, or leads in a
 * circle, are at the root; a second PDR of an identifier is left out.
 */
export function fileTree(pdrs: readonly FileDescriptorPdr[]): FileNode[] {
  const byIdentifier = new Map<number, FileDescriptorPdr>();
  for (const pdr of pdrs) if (!byIdentifier.has(pdr.fileIdentifier)) byIdentifier.set(pdr.fileIdentifier, pdr);
  const parentOf = ({ superiorDirectoryFileIdentifier: id }: FileDescriptorPdr) =>
    id === 0 ? undefined : byIdentifier.get(id);
  const reachesRoot = (pdr: FileDescriptorPdr): boolean => {
    const seen = new Set<FileDescriptorPdr>();
    for (let at: FileDescriptorPdr | undefined = pdr; at !== undefined; at = parentOf(at)) {
      if (seen.has(at)) return false;
      seen.add(at);
    }
    return true;
  };
  const children = new Map<number, FileDescriptorPdr[]>();
  for (const pdr of byIdentifier.values()) {
    const parent = reachesRoot(pdr) ? parentOf(pdr) : undefined;
    const home = parent?.fileIdentifier ?? 0;
    children.set(home, [...(children.get(home) ?? []), pdr]);
  }
  const nodes = (home: number, path: string): FileNode[] =>
    (children.get(home) ?? []).map((pdr) => {
      const item = entryOf(pdr, `${path}/${pdr.fileName}`);
      return { item, children: pdr.fileIdentifier === 0 ? [] : nodes(pdr.fileIdentifier, item.path) };
    });
  return nodes(0, '');
}

/** The tree's entries, directories before what is in them. */
export function fileEntries(nodes: readonly FileNode[]): FileEntry[] {
  return nodes.flatMap(({ item, children }) => [item, ...fileEntries(children)]);
}

function entryOf(pdr: FileDescriptorPdr, path: string): FileEntry {
  return {
    identifier: pdr.fileIdentifier,
    name: pdr.fileName,
    path,
    isDirectory: pdr.fileClassification === FILE_CLASSIFICATION.directory,
    classification: classificationName(pdr),
    isFifo: FIFOS.includes(pdr.fileClassification),
    maximumSize: pdr.fileMaximumSize,
    maximumDescriptors: pdr.fileMaximumFileDescriptorCount,
    capabilities: pdr.fileCapabilities,
    version: ver32Text(pdr.fileVersion),
    pdr,
  };
}

/**
 * What somebody means by "/logs/boot.log", "boot.log", or "3": a path, a name that only one has, or an identifier.
 * Undefined when nothing fits, a list when several do.
 */
export function findFile(entries: readonly FileEntry[], wanted: string): FileEntry | readonly FileEntry[] | undefined {
  const path = wanted.startsWith('/') ? wanted : `/${wanted}`;
  const tries: ((entry: FileEntry) => boolean)[] = [
    (entry) => entry.path === path,
    (entry) => entry.name === wanted,
    (entry) => /^\d+$/.test(wanted) && entry.identifier === Number(wanted),
  ];
  for (const fits of tries) {
    const found = entries.filter(fits);
    if (found.length > 0) return found.length === 1 ? found[0] : found;
  }
  return undefined;
}
