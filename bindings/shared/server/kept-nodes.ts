/** Persistent nodes in a file beside the sockets of their network, so that a server which starts again has them. */

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { MctpError } from '../../../stack/errors.js';
import { DESCRIPTION_LONGEST, RIGHTS, type Right, type SharedBinding } from '../shared-protocol.js';
import { type InterfaceWish, wishIn } from './interface-wish.js';

export interface KeptNode {
  readonly node: number;
  /** By which it is joined. */
  readonly name: string;
  readonly description: string;
  readonly right: Right;
  readonly lossless: boolean;
  readonly bindings: readonly Omit<SharedBinding, 'node'>[];
  /** It is an interface of the kernel, made or grabbed so. */
  readonly interface?: InterfaceWish;
}

/** Where they are kept. */
export interface KeptNodes {
  load(): readonly KeptNode[];
  /** @throws Error when it cannot be written */
  save(nodes: readonly KeptNode[]): void;
}

/** More than a network can have. */
const MOST_NODES = 1_024;
const MOST_BINDINGS = 1_024;
const U32 = 0xffffffff;

/**
 * In a file of this folder; without persistent nodes there is none. `problem` is told of a file which is not one of ours:
 * it counts as empty.
 */
export function keptInFile(folder: string, problem: (what: string) => void): KeptNodes {
  const path = `${folder}/nodes.json`;
  return {
    load: () => {
      try {
        return keptNodes(JSON.parse(readFileSync(path, 'utf8')));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'ENOENT' && code !== 'ENOTDIR') {
          problem(`${path} cannot be read, so that its persistent nodes are forgotten: ${(error as Error).message}`);
        }
        return [];
      }
    },
    save: (nodes) => {
      if (nodes.length === 0) {
        rmSync(path, { force: true });
        return;
      }
      // A server which is killed while it writes leaves the old file.
      const next = `${path}.new`;
      writeFileSync(next, `${JSON.stringify({ nodes }, null, 2)}\n`, { mode: 0o600 });
      renameSync(next, path);
    },
  };
}

/** @throws MctpError EINVAL */
function keptNodes(value: unknown): KeptNode[] {
  const { nodes } = (value ?? {}) as { readonly nodes?: unknown };
  if (!Array.isArray(nodes) || nodes.length > MOST_NODES) throw notOurs('it is not a list of nodes');
  return nodes.map((node: Partial<KeptNode> | null) => {
    const { node: number, name, description, right, lossless, bindings, interface: wish } = node ?? {};
    if (
      !isNumber(number, 1, 0xffff) ||
      !isText(name) ||
      !isText(description) ||
      right === undefined ||
      !RIGHTS.includes(right) ||
      typeof lossless !== 'boolean' ||
      !Array.isArray(bindings) ||
      bindings.length > MOST_BINDINGS ||
      !bindings.every(isBinding)
    ) {
      throw notOurs('one of its nodes is incomplete');
    }
    const kept = { node: number, name, description, right, lossless, bindings };
    return wish === undefined ? kept : { ...kept, interface: wishIn({ ...wish }) };
  });
}

function isBinding(value: unknown): value is Omit<SharedBinding, 'node'> {
  const { type, network, eid, peer } = (value ?? {}) as Partial<SharedBinding>;
  return (
    isNumber(type, 0, 127) &&
    isNumber(network, 0, U32) &&
    isNumber(eid, 0, 255) &&
    (peer === null || isNumber(peer, 8, 254))
  );
}

function isNumber(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= DESCRIPTION_LONGEST;
}

function notOurs(why: string): MctpError {
  return new MctpError('EINVAL', why);
}
