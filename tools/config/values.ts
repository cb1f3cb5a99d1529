/** Values that have a form of their own. */

import type { TomlTable } from '../../hw-fixtures/bench/description/toml-table.js';
import { EID_MAX, EID_MIN, isEid } from '../../stack/ids.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function eidValue(table: TomlTable, key: string): number | undefined {
  return table.whole(key, EID_MIN, EID_MAX);
}

/** `[first, last]` */
export function eidRange(table: TomlTable, key: string): [number, number] | undefined {
  const list = table.list(key);
  if (list === undefined) return undefined;
  const [first, last] = list;
  const good =
    list.length === 2 && typeof first === 'number' && typeof last === 'number' && isEid(first) && isEid(last);
  if (!good || first > last) {
    throw table.error(
      [key],
      `${key} is the first and the last EID, ${EID_MIN} to ${EID_MAX}, as in [${EID_MIN}, ${EID_MAX}]`,
    );
  }
  return [first, last];
}

export function uuidValue(table: TomlTable, key: string): string | undefined {
  const text = table.text(key);
  if (text === undefined || UUID.test(text)) return text?.toLowerCase();
  throw table.error([key], `${key} is a UUID, 8-4-4-4-12 hex digits, not "${text}"`);
}

/** A physical address: a number of one byte, or hex digits in a text for wider ones. */
export function addressValue(table: TomlTable, key: string): string | undefined {
  const value = table.any(key);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xff) {
    return value.toString(16).padStart(2, '0');
  }
  if (typeof value === 'string' && /^(0x)?([0-9a-f]{2})*$/i.test(value)) return value.toLowerCase().replace(/^0x/, '');
  throw table.error([key], `${key} is a number, as in 0x1d, or hex digits in quotes, not ${JSON.stringify(value)}`);
}

/** A list of texts, each one of `words`. */
export function wordList<const T extends string>(table: TomlTable, key: string, words: readonly T[]): T[] | undefined {
  return table.list(key)?.map((value, index) => {
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    throw table.error([key, index], `${key} knows ${words.join(', ')}, not ${JSON.stringify(value)}`);
  });
}
