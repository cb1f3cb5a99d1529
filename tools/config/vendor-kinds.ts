/** Kinds of values in declarations of vendors' messages. */

import type { TomlTable } from '../../hw-fixtures/bench/description/toml-table.js';
import type { Json } from '../../stack/codec/index.js';
import type { HeaderPart } from '../../stack/vendor/index.js';
import type { Kind } from './key-kinds.js';

const HEADER_WORDS = ['flags', 'kind', 'command'] as const;
const MOST_BITS = 32;

export const headerParts: Kind<readonly HeaderPart[]> = {
  form: 'list of `"flags"`, `"kind"`, `"command"` and bytes, 0 to 255',
  read: (table, key) =>
    table.list(key)?.map((value, index): HeaderPart => {
      if (isWhole(value, 0, 255)) return value;
      const word = HEADER_WORDS.find((one) => one === value);
      if (word !== undefined) return word;
      const what = `${JSON.stringify(value)} is not a part of a header: use ${HEADER_WORDS.join(', ')}, or a byte, 0 to 255`;
      throw table.error([key, index], what);
    }),
};

/** A table of numbers by name. */
export function namedNumbers(most: number): Kind<Readonly<Record<string, number>>> {
  return {
    form: `table of names and numbers, 0 to ${most}`,
    read(table, key) {
      const taken = new Map<number, string>();
      return entries(table, key, (name, value) => {
        if (!isWhole(value, 0, most)) {
          throw table.error([key, name], `${name} is a number from 0 to ${most}, not ${JSON.stringify(value)}`);
        }
        const other = taken.get(value);
        if (other !== undefined) throw table.error([key, name], `${value} is called ${other} already`);
        taken.set(value, name);
        return value;
      });
    },
  };
}

/** `{ mode = [2, 0], fault = 7 }` */
export const bitRanges: Kind<Readonly<Record<string, readonly [number, number]>>> = {
  form: 'table of names, and a bit or `[last, first]`',
  read: (table, key) =>
    entries(table, key, (name, value) => {
      const [high, low] = Array.isArray(value) && value.length === 2 ? (value as unknown[]) : [value, value];
      if (isWhole(high, 0, MOST_BITS - 1) && isWhole(low, 0, MOST_BITS - 1) && high >= low) return [high, low] as const;
      const what = `${name} is a bit such as 7, or bits such as [6, 4], not ${JSON.stringify(value)}`;
      throw table.error([key, name], what);
    }),
};

/** A number of bytes or items, or the name of the field that says it. */
export const size: Kind<number | string> = {
  form: '0 to 65535, or the name of a field before it',
  read(table, key) {
    const value = table.any(key);
    if (value === undefined || isWhole(value, 0, 0xffff) || (typeof value === 'string' && value !== '')) return value;
    throw table.error([key], `${key} is a number from 0 to 65535 or the name of a field, not ${JSON.stringify(value)}`);
  },
};

/** Anything that JSON can say. */
export const anyValue: Kind<Json> = { form: 'as in JSON', read: (table, key) => table.any(key) as Json | undefined };

/** A list of tables; somebody else reads them. */
export const tableList: Kind<readonly TomlTable[]> = {
  form: 'list of fields',
  read: (table, key) => table.list(key)?.map((value, index) => table.item(key, index, value)),
};

/** A name of something in a message, as commands and fields have them. */
export const wordName: Kind<string> = {
  form: 'a letter, then letters, digits and _',
  read(table, key) {
    const value = table.text(key);
    if (value === undefined || isWord(value)) return value;
    throw table.error([key], `${JSON.stringify(value)} is not a name: use a letter, then letters, digits and _`);
  },
};

export function isWord(text: string): boolean {
  return /^[A-Za-z]\w*$/.test(text);
}

function entries<T>(
  table: TomlTable,
  key: string,
  read: (name: string, value: unknown) => T,
): Readonly<Record<string, T>> | undefined {
  const value = table.any(key);
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0) {
    throw table.error(
      [key],
      `${key} is a table with something in it, as in { NAME = 1 }, not ${JSON.stringify(value)}`,
    );
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      if (!isWord(name))
        throw table.error(
          [key, name],
          `${JSON.stringify(name)} is not a name: use a letter, then letters, digits and _`,
        );
      return [name, read(name, item)];
    }),
  );
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}
