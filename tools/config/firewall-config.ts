/** `[firewall]` and `[[firewall.rules]]`: what a bridge passes on. */

import type { TomlTable } from '../../hw-fixtures/bench/description/toml-table.js';
import { EID_MAX, EID_MIN, isEid, MESSAGE_TYPE } from '../../stack/ids.js';
import type { EidSet, FirewallOptions, FirewallRule } from '../../stack/roles/index.js';
import type { LinkConfig } from './config-model.js';

const ACTIONS = ['allow', 'deny'] as const;

export function readFirewall(table: TomlTable, links: readonly LinkConfig[]): FirewallOptions {
  const otherwise = table.oneOf('otherwise', ACTIONS);
  const messages = table.whole('messages', 1, 1_000_000);
  const rules = table.tables('rules').map(([, rule]) => readRule(rule, links));
  return { rules, ...(otherwise !== undefined && { otherwise }), ...(messages !== undefined && { messages }) };
}

function readRule(table: TomlTable, links: readonly LinkConfig[]): FirewallRule {
  const from = linkList(table, 'from', links);
  const to = linkList(table, 'to', links);
  const source = eidSet(table, 'source');
  const destination = eidSet(table, 'destination');
  const types = typeList(table, 'types');
  const rule: FirewallRule = {
    action: table.required('action', table.oneOf('action', ACTIONS)),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(source !== undefined && { source }),
    ...(destination !== undefined && { destination }),
    ...(types !== undefined && { types }),
  };
  table.done();
  return rule;
}

/** Links by their names here, as what the stack calls them. */
export function linkList(table: TomlTable, key: string, links: readonly LinkConfig[]): string[] | undefined {
  return table.list(key)?.map((value, index) => {
    const link = links.find(({ name }) => name === value);
    if (link !== undefined) return link.link;
    const names = links.map(({ name }) => name).join(', ') || 'none';
    throw table.error([key, index], `there is no link ${JSON.stringify(value)} (links: ${names})`);
  });
}

function eidSet(table: TomlTable, key: string): EidSet | undefined {
  return table.list(key)?.map((value, index): number | [number, number] => {
    if (typeof value === 'number' && isEid(value)) return value;
    if (Array.isArray(value) && value.length === 2) {
      const [first, last] = value as unknown[];
      if (typeof first === 'number' && typeof last === 'number' && isEid(first) && isEid(last) && first <= last) {
        return [first, last];
      }
    }
    const what = `${JSON.stringify(value)} is neither an EID, ${EID_MIN} to ${EID_MAX}, nor a range such as [8, 20]`;
    throw table.error([key, index], what);
  });
}

/** By number, or by the name in the list of message types. */
function typeList(table: TomlTable, key: string): number[] | undefined {
  const names = MESSAGE_TYPE as Readonly<Record<string, number>>;
  return table.list(key)?.map((value, index) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0x7f) return value;
    if (typeof value === 'string' && Object.hasOwn(names, value)) return names[value]!;
    const known = Object.keys(names).join(', ');
    throw table.error([key, index], `${JSON.stringify(value)} is no message type: use 0 to 127, or ${known}`);
  });
}
