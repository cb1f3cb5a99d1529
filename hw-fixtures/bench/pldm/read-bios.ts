/** `[[devices.NAME.pldm.bios]]`: one attribute with its value. */

import { didYouMean } from '../description/did-you-mean.js';
import type { TomlTable } from '../description/toml-table.js';
import type { BenchAttribute } from './pldm-description.js';

const MOST = Number.MAX_SAFE_INTEGER;

/** An enumeration has `possible`, a string text for a value, an integer a number. */
export function readAttribute(table: TomlTable): BenchAttribute {
  const name = table.required('name', table.text('name'));
  const possible = (table.list('possible') ?? []).map(String);
  const value = table.required('value', table.any('value'));
  const kind = possible.length > 0 ? 'enumeration' : typeof value === 'number' ? 'integer' : 'string';
  if (kind !== 'integer' && typeof value !== 'string')
    throw table.error(['value'], 'value is a text or a whole number');
  const read = (key: string): string | number | undefined => {
    if (kind === 'integer') return table.whole(key, 0, MOST);
    const text = table.text(key);
    if (text === undefined || kind === 'string' || possible.includes(text)) return text;
    throw table.error([key], `unknown ${key} "${text}": ${didYouMean(text, possible)}`);
  };
  const present = table.required('value', read('value'));
  const attribute: BenchAttribute = {
    name,
    kind,
    readOnly: table.flag('readOnly') ?? false,
    staged: table.flag('staged') ?? false,
    possible,
    value: present,
    default: read('default') ?? present,
    min: table.whole('min', 0, MOST) ?? 0,
    max: table.whole('max', 0, MOST) ?? (kind === 'integer' ? 0xffffffff : 64),
    step: table.whole('step', 1, 0xffffffff) ?? 1,
  };
  table.done();
  return attribute;
}
