/** The files of a terminus as its File Descriptor PDRs tell of them: names, sizes, directories (DSP0248, type 30). */

import { ver32Text } from '../base/ver32.js';
import { MAX_TREE_DEPTH } from '../platform/entity-tree.js';
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

interface OpenNode extends FileNode {
  readonly children: OpenNode[];
}

/**
 * Every PDR once, in its directory and the terminus's order. At the root are also files whose directory does not exist,
 * leads in a circle, or lies `MAX_TREE_DEPTH` levels deep; a second PDR of an identifier is left out.
 */
export function fileTree(pdrs: readonly FileDescriptorPdr[]): FileNode[] {
  const byIdentifier = new Map<number, FileDescriptorPdr>();
  for (const pdr of pdrs) if (!byIdentifier.has(pdr.fileIdentifier)) byIdentifier.set(pdr.fileIdentifier, pdr);
  const depths = depthsOf(byIdentifier);
  const depthOf = ({ fileIdentifier }: FileDescriptorPdr): number => Math.max(0, depths.get(fileIdentifier)!);
  const nodes = new Map<number, OpenNode>();
  const roots: OpenNode[] = [];
  // Directories first: a path needs that of the directory. Sorting is stable, so each directory keeps its order.
  for (const pdr of [...byIdentifier.values()].sort((a, b) => depthOf(a) - depthOf(b))) {
    const home = depthOf(pdr) === 0 ? undefined : nodes.get(pdr.superiorDirectoryFileIdentifier);
    const node: OpenNode = { item: entryOf(pdr, `${home?.item.path ?? ''}/${pdr.fileName}`), children: [] };
    nodes.set(pdr.fileIdentifier, node);
    (home?.children ?? roots).push(node);
  }
  return roots;
}

const IN_CIRCLE = -1;
/** No identifier: they are 0 to 65535. */
const NO_DIRECTORY = -1;

/** How many directories lie above each file, or IN_CIRCLE. Every file is looked at once, however deep it lies. */
function depthsOf(byIdentifier: ReadonlyMap<number, FileDescriptorPdr>): ReadonlyMap<number, number> {
  const depths = new Map<number, number>();
  for (const start of byIdentifier.keys()) {
    const chain: number[] = [];
    const open = new Set<number>();
    let at = start;
    while (byIdentifier.has(at) && !depths.has(at) && !open.has(at)) {
      chain.push(at);
      open.add(at);
      at = byIdentifier.get(at)!.superiorDirectoryFileIdentifier || NO_DIRECTORY;
    }
    const above = depths.get(at);
    const circle = open.has(at) || above === IN_CIRCLE;
    let depth = above ?? -1;
    for (const identifier of chain.reverse()) {
      depth = circle ? IN_CIRCLE : (depth + 1) % MAX_TREE_DEPTH;
      depths.set(identifier, depth);
    }
  }
  return depths;
}

/** The tree's entries, directories before what is in them. */
export function fileEntries(nodes: readonly FileNode[]): FileEntry[] {
  const entries: FileEntry[] = [];
  const add = (node: FileNode): void => {
    entries.push(node.item);
    node.children.forEach(add);
  };
  nodes.forEach(add);
  return entries;
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
