/** Which checks a user wants, from names: every mistake is one sentence. */

import { nearest } from '../../stack/util/text.js';
import { parseToml } from '../bench/description/toml-text.js';
import { type Check, PERMISSIONS, type Permission } from './declaration.js';
import { PROFILES, type Profile, readProfile } from './profile.js';

/**
 * The profile with this name, or in the file with this path (it has a dot or a slash).
 * @throws Error with a sentence; what `readText` throws
 */
export function profileNamed(name: string, known: readonly Check[], readText: (path: string) => string): Profile {
  const found = PROFILES.find((profile) => profile.name === name);
  if (found !== undefined) return found;
  const names = PROFILES.map((profile) => profile.name);
  if (!/[./]/.test(name)) {
    throw new Error(`there is no profile "${name}"${meant(name, names)}: use ${names.join(', ')}, or a TOML file`);
  }
  const table = parseToml(readText(name), name);
  try {
    return readProfile(name, table, known);
  } catch (cause) {
    throw new Error(`profile ${name}: ${(cause as Error).message}`, { cause });
  }
}

/** Those of these groups; of all groups, when none is named. @throws Error with a sentence, for a group which is not there */
export function checksInGroups(
  checks: readonly Check[],
  known: readonly Check[],
  groups: readonly string[],
): readonly Check[] {
  const names = [...new Set(known.map(({ group }) => group))];
  for (const group of groups) {
    if (names.includes(group)) continue;
    throw new Error(`there is no group "${group}"${meant(group, names)}: known are ${names.join(', ')}`);
  }
  return groups.length === 0 ? checks : checks.filter(({ group }) => groups.includes(group));
}

/** `option` is where the name was given. @throws Error with a sentence */
export function permissionNamed(name: string, option = 'allow'): Permission {
  const found = PERMISSIONS.find((permission) => permission === name);
  if (found === undefined) throw new Error(`${option} ${name} is wrong: use ${PERMISSIONS.join(', ')}`);
  return found;
}

function meant(word: string, known: readonly string[]): string {
  const found = nearest(word, known);
  return found === undefined ? '' : ` (did you mean ${found}?)`;
}
