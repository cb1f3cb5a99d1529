/** The keys that descriptions of packages have: a mistyped one would make another package without a word. */

import { usageError } from '../command-error.js';
import { didYouMean } from '../suggest.js';

/** Keys of an object, and what lies below each: `[]` is a list of such objects. */
export interface KnownKeys {
  readonly [key: string]: KnownKeys | null;
}

const record = {
  descriptors: { type: null, data: null },
  components: null,
  packageData: null,
  referenceManifest: null,
};

/** Our own form. */
export const DESCRIPTION_KEYS: KnownKeys = {
  version: null,
  revision: null,
  date: null,
  devices: { ...record, version: null, continueAfterFailure: null },
  downstream: { ...record, minVersion: null, minVersionStamp: null },
  components: {
    file: null,
    identifier: null,
    version: null,
    classification: null,
    comparisonStamp: null,
    forceUpdate: null,
    activationMethod: null,
    opaqueData: null,
  },
};

/** Objects and lists of objects; `name` is the file. @throws CommandError (usage) for the first key that is unknown */
export function refuseUnknownKeys(name: string, value: unknown, known: KnownKeys, place = ''): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) refuseUnknownKeys(name, item, known, `${place}[${index}]`);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const names = Object.keys(known);
  for (const [key, below] of Object.entries(value)) {
    const path = place === '' ? key : `${place}.${key}`;
    // A key of one's own by which notes are kept.
    if (key.startsWith('_') || key === '$schema') continue;
    if (!Object.hasOwn(known, key)) {
      throw usageError(`${name}: ${path} is not known${didYouMean(key, names)}: known are ${names.join(', ')}`);
    }
    const inner = known[key];
    if (inner != null) refuseUnknownKeys(name, below, inner, path);
  }
}
