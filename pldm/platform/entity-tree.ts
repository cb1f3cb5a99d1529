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

/**
 * The roots: containers that nobody contains, and of `others` those that no association mentions. A cycle is cut where
 * it closes, so every entity appears once below any root.
 */
export function entityTree(
  associations: readonly EntityAssociationPdr[],
  others: readonly Entity[],
  nameOf: (entity: Entity) => string | undefined,
): EntityNode[] {
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
  const node = (key: string): EntityNode => {
    placed.add(key);
    const entity = entities.get(key)!;
    const below = children.get(key);
    const nodes: EntityNode[] = [];
    for (const child of below?.keys ?? []) if (!placed.has(child)) nodes.push(node(child));
    return { entity, name: nameOf(entity) ?? entityText(entity), physical: below?.physical ?? true, children: nodes };
  };
  const roots = [...entities.keys()].filter((key) => !contained.has(key)).map(node);
  // What is only reachable through itself.
  for (const key of entities.keys()) if (!placed.has(key)) roots.push(node(key));
  return roots;
}

/** "board 1 / fan 2", from the root down; undefined when the entity is not in the tree. */
export function entityPath(roots: readonly EntityNode[], entity: Entity): string | undefined {
  for (const root of roots) {
    if (sameEntity(root.entity, entity)) return root.name;
    const below = entityPath(root.children, entity);
    if (below !== undefined) return `${root.name} / ${below}`;
  }
  return undefined;
}
