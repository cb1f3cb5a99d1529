/** Bitfields as lists of numbers and versions as text: said beside the fields they follow from, and not needed to encode. */

import { bitfieldNumbers } from '../../pldm/base/shared-fields.js';
import { ver32Text } from '../../pldm/base/ver32.js';
import type { Json } from '../../stack/codec/codec.js';
import type { Fields } from './named-fields.js';

type Derive = (value: Json) => Json;

const numbers: Derive = (value) => (typeof value === 'string' ? bitfieldNumbers(value) : []);
const texts: Derive = (value) => (Array.isArray(value) ? value.map((version) => ver32Text(String(version))) : []);

/** The field, what is made of it, and how. */
const DERIVED: readonly (readonly [field: string, name: string, derive: Derive])[] = [
  ['pldmTypes', 'types', numbers],
  ['pldmCommands', 'commands', numbers],
  ['versions', 'versionText', texts],
];

export function withDerived(fields: Fields): { [name: string]: Json } {
  const all: { [name: string]: Json } = {};
  for (const [field, value] of Object.entries(fields)) {
    all[field] = value;
    for (const [from, name, derive] of DERIVED) if (from === field) all[name] = derive(value);
  }
  return all;
}

/** Only where the field it follows from is there. */
export function withoutDerived(fields: Fields): Fields {
  const extra = DERIVED.filter(([from]) => fields[from] !== undefined).map(([, name]) => name);
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !extra.includes(name)));
}
