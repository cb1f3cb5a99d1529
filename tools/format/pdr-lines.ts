/** A PDR repository as lines: the entities with what they have, or record by record. Pure. */

import { formText } from '../../pldm/command-registry.js';
import { type EntityNode, sameEntity } from '../../pldm/platform/entity-tree.js';
import { decodePdr, ownBytes } from '../../pldm/platform/pdr/pdr-codec.js';
import { pdrTypeName } from '../../pldm/platform/pdr/pdr-common.js';
import type { PdrRecord } from '../../pldm/platform/pdr-repository.js';
import type { PdrView, StatePart } from '../../pldm/platform/pdr-view.js';
import { printable } from '../command-error.js';
import { type TreeNode, treeLines } from './box-tree.js';
import type { Colours } from './colours.js';
import { shortHex } from './hex.js';

/** Entities as branches; their sensors, effecters, FRU sets and files as leaves. */
export function entityLines(view: PdrView, colours: Colours): string[] {
  const nodes = view.entities.map((node) => branch(node, view, colours));
  return treeLines(nodes).map(({ prefix, item }) => `${colours.faint(prefix)}${item}`);
}

function branch(node: EntityNode, view: PdrView, colours: Colours): TreeNode<string> {
  const title = colours.strong(printable(node.name)) + (node.physical ? '' : colours.faint(' (logical)'));
  const leaves = leavesOf(node, view, colours).map((item) => ({ item, children: [] }));
  return { item: title, children: [...leaves, ...node.children.map((child) => branch(child, view, colours))] };
}

/** What an entity itself has, a line each. */
export function leavesOf({ entity }: EntityNode, view: PdrView, colours: Colours): string[] {
  const here = <T extends { readonly entity: Parameters<typeof sameEntity>[0] }>(all: readonly T[]): T[] =>
    all.filter((one) => sameEntity(one.entity, entity));
  const leaf = (kind: string, id: number, name: string, detail: string): string =>
    `${kind} ${id}  ${colours.name(printable(name))}${detail === '' ? '' : `  ${colours.faint(printable(detail))}`}`;
  return [
    ...here(view.numericSensors).map((one) =>
      leaf('sensor', one.sensorId, one.name, unitRange(one.scale.unit, one.minReadable, one.maxReadable)),
    ),
    ...here(view.stateSensors).map((one) => leaf('sensor', one.sensorId, one.name, partsText(one.sensors))),
    ...here(view.numericEffecters).map((one) =>
      leaf('effecter', one.effecterId, one.name, unitRange(one.scale.unit, one.minSettable, one.maxSettable)),
    ),
    ...here(view.stateEffecters).map((one) => leaf('effecter', one.effecterId, one.name, partsText(one.effecters))),
    ...here(view.fruRecordSets).map((one) => `FRU record set ${one.fruRecordSetIdentifier}`),
    ...view.files
      .filter((file) => sameEntity(file, entity))
      .map((file) => leaf('file', file.fileIdentifier, file.fileName ?? '', '')),
  ];
}

function unitRange(unit: string, min: number | undefined, max: number | undefined): string {
  if (min === undefined || max === undefined) return unit;
  return `${min} to ${max} ${unit}`.trimEnd();
}

function partsText(parts: readonly StatePart[]): string {
  return parts
    .map(({ stateSetName, possibleStates }) => `${stateSetName}: ${possibleStates.map(({ name }) => name).join(', ')}`)
    .join('; ');
}

/** "record 5  numeric sensor, 79 bytes" and its fields. */
export function recordLines({ recordHandle, bytes, remarks, error }: PdrRecord, colours: Colours): string[] {
  const title = `${colours.strong(`record ${recordHandle}`)}  ${recordTitle(bytes)}, ${bytes.length} bytes`;
  if (error !== undefined) return [title, `  ${colours.bad(printable(error.message))}`, `  ${shortHex(bytes)}`];
  const strange = remarks.map((remark) => `  ${colours.bad(printable(remark))}`);
  return [title, ...formText('pdr', ownBytes(bytes), '  ').split('\n').map(printable), ...strange];
}

function recordTitle(bytes: Uint8Array): string {
  return bytes.length > 5 ? pdrTypeName(bytes[5]!) : 'no record';
}

/** One line: handle, kind, what it is about. */
export function recordSummary(record: PdrRecord): string[] {
  const pdr = record.pdr === undefined ? undefined : decodePdr(ownBytes(record.bytes));
  const about: string[] = [];
  const ids = pdr as Readonly<Record<string, unknown>> | undefined;
  for (const [field, word] of ABOUT) if (typeof ids?.[field] === 'number') about.push(`${word} ${ids[field]}`);
  const wrong = printable(record.error?.message ?? record.remarks.join('; '));
  return [
    String(record.recordHandle),
    recordTitle(record.bytes),
    about.join(', '),
    `${record.bytes.length} bytes`,
    wrong,
  ];
}

const ABOUT = [
  ['sensorId', 'sensor'],
  ['effecterId', 'effecter'],
  ['fruRecordSetIdentifier', 'FRU set'],
  ['fileIdentifier', 'file'],
  ['oemUnitHandle', 'unit'],
] as const;
