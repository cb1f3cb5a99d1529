/** Reading a TOML table strictly: every key is known, every value is of its kind, and errors name their line. */

import { MctpError } from '../../../stack/errors.js';
import { nearest } from '../../../stack/util/text.js';
import { didYouMean } from './did-you-mean.js';
import type { TomlLines, TomlPath } from './toml-lines.js';

/** The file being read, for messages. */
export interface TomlFile {
  readonly name: string;
  readonly lines: TomlLines;
}

export class TomlTable {
  readonly path: TomlPath;
  readonly #file: TomlFile;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #known = new Set<string>();

  /** @throws MctpError EUSAGE when the value is not a table */
  constructor(file: TomlFile, path: TomlPath, value: unknown) {
    this.#file = file;
    this.path = path;
    if (!isTable(value)) throw this.error([], `${nameOf(path)} is a table, not ${show(value)}`);
    this.#values = value;
  }

  /** An error about a value of this table. */
  error(below: TomlPath, message: string): MctpError {
    const line = this.#file.lines.of([...this.path, ...below]);
    return new MctpError('EUSAGE', `${this.#file.name}:${line}: ${message}`);
  }

  has(key: string): boolean {
    return this.#value(key) !== undefined;
  }

  text(key: string): string | undefined {
    return this.#read(key, 'a text', (value) => (typeof value === 'string' ? value : undefined));
  }

  oneOf<const T extends string | number>(key: string, words: readonly T[]): T | undefined {
    const value = this.#value(key);
    if (value === undefined) return undefined;
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    const strings = words.filter((word) => typeof word === 'string');
    const hint =
      typeof value === 'string' && strings.length > 0 ? didYouMean(value, strings) : `use ${words.join(', ')}`;
    throw this.error([key], `unknown ${key} ${show(value)}: ${hint}`);
  }

  /** One of the keys of another table. */
  reference(key: string, what: string, names: readonly string[]): string | undefined {
    const value = this.text(key);
    if (value === undefined || names.includes(value)) return value;
    throw this.error([key], `there is no ${what} "${value}": ${didYouMean(value, names)}`);
  }

  whole(key: string, least: number, most: number): number | undefined {
    return this.#read(key, `a whole number from ${least} to ${most}`, (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? value : undefined,
    );
  }

  number(key: string, least: number, most: number): number | undefined {
    return this.#read(key, `a number from ${least} to ${most}`, (value) =>
      typeof value === 'number' && value >= least && value <= most ? value : undefined,
    );
  }

  flag(key: string): boolean | undefined {
    return this.#read(key, 'true or false', (value) => (typeof value === 'boolean' ? value : undefined));
  }

  list(key: string): readonly unknown[] | undefined {
    return this.#read(key, 'a list', (value) => (Array.isArray(value) ? (value as unknown[]) : undefined));
  }

  /** Anything: somebody else reads it. */
  any(key: string): unknown {
    return this.#value(key);
  }

  table(key: string): TomlTable | undefined {
    const value = this.#value(key);
    return value === undefined ? undefined : new TomlTable(this.#file, [...this.path, key], value);
  }

  /** The tables of a table or a list, by name or number. */
  tables(key: string): [string | number, TomlTable][] {
    const value = this.#value(key) ?? {};
    if (Array.isArray(value)) return value.map((item, index) => [index, this.item(key, index, item)]);
    if (!isTable(value)) throw this.error([key], `${key} is a table, not ${show(value)}`);
    return Object.entries(value).map(([name, item]) => [
      name,
      new TomlTable(this.#file, [...this.path, key, name], item),
    ]);
  }

  item(key: string, index: number, value: unknown): TomlTable {
    return new TomlTable(this.#file, [...this.path, key, index], value);
  }

  /** The value, which must be there. */
  required<T>(key: string, value: T | undefined): T {
    if (value === undefined) throw this.error([], `${nameOf(this.path)} needs ${key}`);
    return value;
  }

  /** Keys that nobody has read; they count as read from now on. */
  rest(): string[] {
    const keys = Object.keys(this.#values).filter((key) => !this.#known.has(key));
    for (const key of keys) this.#known.add(key);
    return keys;
  }

  /** A key is missing: is one which nobody read meant by it? @throws MctpError EUSAGE if so */
  misspelt(key: string): void {
    const unread = Object.keys(this.#values).filter((name) => !this.#known.has(name));
    const near = nearest(key, unread);
    if (near !== undefined) {
      throw this.error([near], `unknown key "${near}" in ${nameOf(this.path)}: did you mean "${key}"?`);
    }
  }

  /** All keys have been read: any other is a mistake. @throws MctpError EUSAGE */
  done(): void {
    const known = [...this.#known];
    for (const key of Object.keys(this.#values)) {
      if (this.#known.has(key)) continue;
      const hint = didYouMean(key, known);
      const all = hint.startsWith('use ') ? '' : ` (known: ${known.join(', ')})`;
      throw this.error([key], `unknown key "${key}" in ${nameOf(this.path)}: ${hint}${all}`);
    }
  }

  #value(key: string): unknown {
    this.#known.add(key);
    return Object.hasOwn(this.#values, key) ? this.#values[key] : undefined;
  }

  #read<T>(key: string, expects: string, parse: (value: unknown) => T | undefined): T | undefined {
    const value = this.#value(key);
    if (value === undefined) return undefined;
    const parsed = parse(value);
    if (parsed === undefined) throw this.error([key], `${key} is ${expects}, not ${show(value)}`);
    return parsed;
  }
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function nameOf(path: TomlPath): string {
  return path.length === 0 ? 'the file' : `[${path.join('.')}]`;
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
