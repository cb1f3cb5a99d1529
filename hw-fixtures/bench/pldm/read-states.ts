/** State sensors and effecters of a bench description: sets and states by name or number. */

import { stateNumber, stateSet, stateSetNumber } from '../../../pldm/platform/state-sets.js';
import type { EntityDescription } from '../../../pldm/terminus/terminus-description.js';
import type { TomlTable } from '../description/toml-table.js';
import type { BenchStatePart, BenchStates } from './pldm-description.js';

/** Names of the states, from 1 on, by the handle of the set. */
export type OemSets = ReadonlyMap<number, readonly string[]>;

/** `set`, `possible`, `state`, ... of the only part, or `parts = [{ set = ... }, ...]`. */
export function readStates(
  table: TomlTable,
  oem: OemSets,
  readEntity: (table: TomlTable) => EntityDescription | undefined,
): BenchStates {
  const id = table.required('id', table.whole('id', 0, 0xffff));
  const name = table.text('name');
  const entity = readEntity(table);
  const items = table.tables('parts').map(([, item]) => item);
  const parts = items.length === 0 ? [readPart(table, oem)] : items.map((item) => readNamedPart(item, oem));
  if (parts.length > 8) throw table.error(['parts'], `${parts.length} parts are too many: a composite has up to 8`);
  table.done();
  return { id, name, entity, parts };
}

function readNamedPart(table: TomlTable, oem: OemSets): BenchStatePart {
  const name = table.text('name');
  const part = { ...readPart(table, oem), name };
  table.done();
  return part;
}

function readPart(table: TomlTable, oem: OemSets): BenchStatePart {
  const stateSetId = readSet(table);
  const number = (value: unknown, path: readonly (string | number)[]): number => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255) return value;
    const text = String(value);
    const vendors = oem.get(stateSetId)?.findIndex((state) => state.toLowerCase() === text.toLowerCase()) ?? -1;
    const found = vendors >= 0 ? vendors + 1 : stateNumber(stateSetId, text);
    if (found !== undefined) return found;
    const names = oem.get(stateSetId) ?? Object.values(stateSet(stateSetId)?.states ?? {});
    throw table.error(path, `"${text}" is not a state of set ${stateSetId}: use a number, or ${names.join(', ')}`);
  };
  const all = oem.get(stateSetId)?.map((_, index) => index + 1) ?? Object.keys(stateSet(stateSetId)?.states ?? {});
  const possible = table.list('possible')?.map((value, index) => number(value, ['possible', index])) ?? all.map(Number);
  const state = table.any('state');
  const present = state === undefined ? (possible[0] ?? 0) : number(state, ['state']);
  if (!possible.includes(present)) throw table.error(['state'], `${String(state)} is none of the possible states`);
  const changes = table.number('changes', 0, 1e6) ?? 0;
  return { stateSetId, name: undefined, possible, state: present, changes, follows: table.whole('follows', 0, 0xffff) };
}

function readSet(table: TomlTable): number {
  const set = table.required('set', table.any('set'));
  if (typeof set === 'number' && Number.isInteger(set) && set >= 1 && set <= 0xffff) return set;
  const number = typeof set === 'string' ? stateSetNumber(set) : undefined;
  if (number !== undefined) return number;
  throw table.error(['set'], `"${String(set)}" is not a state set that DSP0249 knows`);
}
