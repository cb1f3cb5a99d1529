/** What may follow an option of `validate`: groups, profiles, permissions and checks, from their declarations. */

import { PERMISSIONS } from '../../hw-fixtures/validator/declaration.js';
import { PROFILES } from '../../hw-fixtures/validator/profile.js';
import { allChecks, GROUPS } from '../../hw-fixtures/validator/registry.js';

interface Word {
  readonly word: string;
  readonly meaning: string;
}

/** `begun` may have permissions with commas. Undefined: the option is not one of these. */
export function validateWords(flags: string, begun: string): readonly Word[] | undefined {
  if (flags.includes('--profile')) return PROFILES.map(({ name, what }) => ({ word: name, meaning: what }));
  if (flags.includes('--group')) return GROUPS.map(({ name, title }) => ({ word: name, meaning: title }));
  if (flags.includes('--explain')) return allChecks().map(({ id, title }) => ({ word: id, meaning: title }));
  if (!flags.includes('--allow')) return undefined;
  const named = begun.slice(0, begun.lastIndexOf(',') + 1);
  return PERMISSIONS.filter((word) => !named.split(',').includes(word)).map((word) => ({
    word: `${named}${word}`,
    meaning: '',
  }));
}
