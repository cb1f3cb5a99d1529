/** Which groups a kind of device is validated in, and how severe each check is for it. */

import type { Check, Level } from './declaration.js';

export interface Profile {
  readonly name: string;
  readonly what: string;
  /** Names of groups, or undefined for all. */
  readonly groups: readonly string[] | undefined;
  /** By check: another level, or `off`. */
  readonly checks: Readonly<Record<string, Level | 'off'>>;
}

export const PROFILES: readonly Profile[] = [
  { name: 'all', what: 'every group', groups: undefined, checks: {} },
  {
    name: 'ocp-nic',
    what: 'a network adapter: PLDM for monitoring, FRU and firmware update',
    groups: ['transport', 'control', 'smbus', 'pldm-base', 'platform', 'fru', 'firmware'],
    checks: {},
  },
  {
    name: 'nvme-ssd',
    what: 'a drive: NVMe-MI, and PLDM where it has it',
    groups: ['transport', 'control', 'smbus', 'nvme-mi', 'pldm-base', 'platform', 'fru'],
    checks: {},
  },
];

const LEVELS: readonly string[] = ['mandatory', 'conditional', 'recommended', 'off'];

/** A profile from a table of TOML: `groups`, and `[checks]` with a level or `off` each. @throws Error with a sentence */
export function readProfile(name: string, table: Readonly<Record<string, unknown>>, known: readonly Check[]): Profile {
  const { groups, checks = {}, ...others } = table;
  const [other] = Object.keys(others);
  if (other !== undefined) throw new Error(`a profile has no key "${other}": it has groups and [checks]`);
  const groupNames = new Set(known.map(({ group }) => group));
  if (groups !== undefined && !(Array.isArray(groups) && groups.every((one) => groupNames.has(String(one))))) {
    throw new Error(`groups is a list of ${[...groupNames].join(', ')}`);
  }
  for (const [id, level] of Object.entries(checks as object)) {
    if (!known.some((check) => check.id === id)) throw new Error(`there is no check ${id}`);
    if (!LEVELS.includes(String(level))) throw new Error(`${id} is ${LEVELS.join(', ')}, not ${String(level)}`);
  }
  return {
    name,
    what: '',
    groups: groups as readonly string[] | undefined,
    checks: checks as Readonly<Record<string, Level | 'off'>>,
  };
}

/** The checks of a profile, in their order. */
export function checksOf({ groups, checks }: Profile, all: readonly Check[]): Check[] {
  return all.filter(({ id, group }) => (groups === undefined || groups.includes(group)) && checks[id] !== 'off');
}

export function levelIn({ checks }: Profile): (check: Check) => Level {
  return ({ id, level }) => {
    const own = checks[id];
    return own === undefined || own === 'off' ? level : own;
  };
}
