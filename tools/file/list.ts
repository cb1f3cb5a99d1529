/** `mctpkit file ADDRESS ls` */

import { type FileEntry, fileEntries } from '../../pldm/file/file-tree.js';
import { EXIT, printable } from '../command-error.js';
import { treeLines } from '../format/box-tree.js';
import { tableLines } from '../format/columns.js';
import type { Io } from '../io.js';
import type { FileDocument } from '../schema/firmware-documents.js';
import { sizeText } from './progress.js';
import type { Files } from './with-files.js';

export async function listFiles({ tree, name }: Files, io: Io, json: boolean): Promise<number> {
  if (json) {
    io.print(JSON.stringify(listDocument(name, fileEntries(tree)), null, 2));
    return EXIT.done;
  }
  if (tree.length === 0) {
    io.print(`${name} has no files`);
    return EXIT.done;
  }
  io.print(name);
  const rows = treeLines(tree).map(({ prefix, item }) => [
    `${prefix}${printable(item.name)}${item.isDirectory ? '/' : ''}`,
    String(item.identifier),
    item.isDirectory ? '' : printable(item.classification),
    item.isDirectory ? '' : `at most ${sizeText(item.maximumSize)}`,
  ]);
  for (const line of tableLines(rows, ['left', 'right', 'left', 'right'])) io.print(line);
  return EXIT.done;
}

function listDocument(target: string, entries: readonly FileEntry[]): FileDocument {
  return { target, files: entries.map(entryJson) };
}

function entryJson(entry: FileEntry) {
  const { identifier, path, name, isDirectory, classification, maximumSize, maximumDescriptors, capabilities } = entry;
  return {
    identifier,
    path,
    name,
    directory: isDirectory,
    classification,
    maximumSize,
    maximumDescriptors,
    capabilities,
    version: entry.version,
  };
}
