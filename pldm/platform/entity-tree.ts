/** The entities of a repository as a tree, from its Entity Association PDRs (DSP0248 §28.17). */

import { entityTypeName } from './entity-types.js';
import type { EntityAssociationPdr } from './pdr/pdr-codec.js';

/** Which thing: containerId 0 is the system. */
export interface Entity {
  readonly entityType: number;
  readonly entityInstanceNumber: number;
  readonly containerId: number;
}

export interface EntityNode {
  readonly entity: Entity;
  /** Its auxiliary name, or "fan 2". */
  readonly name: string;
  /** False for things that only logically contain what is below. */
  readonly physical: boolean;
  readonly children: readonly EntityNode[];
}

export function entityKey({ entityType, entityInstanceNumber, containerId }: Entity): string {
  return `${entityType}.${entityInstanceNumber}.${containerId}`;
}

export function sameEntity(a: Entity, b: Entity): boolean {
  return (
    a.entityType === b.entityType &&
    a.entityInstanceNumber === b.entityInstanceNumber &&
    a.containerId === b.containerId
  );
}

/** "solid state drive 1" */
export function entityText({ entityType, entityInstanceNumber }: Entity): string {
  return `${entityTypeName(entityType)} ${entityInstanceNumber}`;
}

/** Levels of a tree made of device data; what is nested deeper stands at the root. No real device has more than a dozen. */
export const MAX_TREE_DEPTH = 64;

export interface EntityTree {
  readonly roots: readonly EntityNode[];
  /** What does not fit into a tree, in words; empty for a sane device. */
  readonly notes: readonly string[];
}

interface OpenNode extends EntityNode {
  readonly children: OpenNode[];
}

/**
 * The roots: containers that nobody contains, and of `others` those that no association mentions. A cycle is cut where
 * it closes, so every entity appears once below any root. Below `MAX_TREE_DEPTH` levels, entities become roots.
 */
export function entityTree(
  associations: readonly EntityAssociationPdr[],
  others: readonly Entity[],
  nameOf: (entity: Entity) => string | undefined,
): EntityTree {
  const entities = new Map<string, Entity>();
  const children = new Map<string, { readonly keys: Set<string>; physical: boolean }>();
  const contained = new Set<string>();
  const know = (entity: Entity): string => {
    const { entityType, entityInstanceNumber, containerId } = entity;
    const key = entityKey(entity);
    if (!entities.has(key)) entities.set(key, { entityType, entityInstanceNumber, containerId });
    return key;
  };
  for (const { containerEntity, containedEntities, associationType } of associations) {
    const key = know(containerEntity);
    const below = children.get(key) ?? { keys: new Set<string>(), physical: associationType === 0 };
    children.set(key, below);
    for (const entity of containedEntities) {
      const child = know(entity);
      below.keys.add(child);
      if (child !== key) contained.add(child);
    }
  }
  for (const entity of others) know(entity);
  const placed = new Set<string>();
  const roots: OpenNode[] = [];
  let tooDeep = 0;
  const node = (key: string): OpenNode => {
    placed.add(key);
    const entity = entities.get(key)!;
    const physical = children.get(key)?.physical ?? true;
    return { entity, name: nameOf(entity) ?? entityText(entity), physical, children: [] };
  };
  /** A root with all below it: depth first, with a stack of our own, since the depth is the device's choice. */
  const grow = (rootKey: string): void => {
    const root = node(rootKey);
    roots.push(root);
    const path = [{ node: root, rest: childKeys(rootKey) }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { value: key, done } = top.rest.next();
      if (done === true) {
        path.pop();
      } else if (!placed.has(key)) {
        if (path.length >= MAX_TREE_DEPTH) {
          tooDeep++;
          continue;
        }
        const child = node(key);
        top.node.children.push(child);
        path.push({ node: child, rest: childKeys(key) });
      }
    }
  };
  const childKeys = (key: string): Iterator<string, undefined> => (children.get(key)?.keys ?? []).values();
  for (const key of entities.keys()) if (!contained.has(key)) grow(key);
  // What is only reachable through itself, or lies too deep.
  for (const key of entities.keys()) if (!placed.has(key)) grow(key);
  const notes =
    tooDeep === 0
      ? []
      : [`entities are nested more than ${MAX_TREE_DEPTH} levels deep: those that lie deeper are shown at the root`];
  return { roots, notes };
}

const PATHS = new WeakMap<readonly EntityNode[], ReadonlyMap<string, string>>();

/** "board 1 / fan 2", from the root down; undefined when the entity is not in the tree. */
export function entityPath(roots: readonly EntityNode[], entity: Entity): string | undefined {
  let paths = PATHS.get(roots);
  if (paths === undefined) {
    paths = pathsOf(roots);
    PATHS.set(roots, paths);
  }
  return paths.get(entityKey(entity));
}

function pathsOf(roots: readonly EntityNode[]): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  const add = (nodes: readonly EntityNode[], above: string): void => {
    for (const { entity, name, children } of nodes) {
      const path = above === '' ? name : `${above} / ${name}`;
      const key = entityKey(entity);
      if (!paths.has(key)) paths.set(key, path);
      add(children, path);
    }
  };
  add(roots, '');
  return paths;
}
