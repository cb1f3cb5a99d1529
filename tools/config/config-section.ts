/** A section of a configuration file as a table of keys; the type of what is read follows from it. */

import type { TomlTable } from '../../hw-fixtures/bench/description/toml-table.js';
import type { Kind, NamedLink } from './key-kinds.js';

export interface Key<T> {
  readonly kind: Kind<T>;
  /** What it means: a sentence or a part of one. */
  readonly what: string;
  /** The file must have it. */
  readonly required?: true;
  /** Read when the file does not have it. */
  readonly default?: T;
  /** What holds when the file does not have it and somebody else decides; for the documentation. */
  readonly otherwise?: string;
}

export type Section = Readonly<Record<string, Key<unknown>>>;

/** `keep-foreign-eids`, `max_pool_size` -> `keepForeignEids`, `maxPoolSize` */
type PropertyName<K extends string> = K extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<PropertyName<Tail>>}`
  : K;

type ValueOf<K> = K extends { readonly kind: Kind<infer T> } ? T : never;

/** What a section gives: every key, undefined when the file does not have it and the table has no default. */
export type Values<S extends Section> = {
  readonly [K in keyof S & string as PropertyName<K>]: S[K] extends
    | { readonly required: true }
    | { readonly default: unknown }
    ? ValueOf<S[K]>
    : ValueOf<S[K]> | undefined;
};

/** A section; `T` of each key follows from its kind. */
export function section<const S extends Section>(keys: S): S {
  return keys;
}

/** All values of a section. Without the table: those of an empty one. @throws MctpError EUSAGE with the line */
export function readSection<S extends Section>(
  keys: S,
  table: TomlTable | undefined,
  links: readonly NamedLink[] = [],
): Values<S> {
  const values = Object.entries(keys).map(
    ([name, key]) => [name, key, (table && key.kind.read(table, name, links)) ?? key.default] as const,
  );
  for (const [name, key, value] of values) {
    if (key.required !== true || value !== undefined) continue;
    table?.misspelt(name);
    table?.required(name, value);
  }
  return Object.fromEntries(values.map(([name, , value]) => [propertyName(name), value])) as Values<S>;
}

/** Only the keys that have a value. */
export function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

function propertyName(key: string): string {
  return key.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
