/** TOML texts: the one place where they are parsed. */

import { parse, TomlError } from 'smol-toml';
import { MctpError } from '../../../stack/errors.js';
import { TomlLines } from './toml-lines.js';
import { TomlTable } from './toml-table.js';

/** `name` is what errors call the text. @throws MctpError EUSAGE: one line with the place and what is wrong */
export function parseToml(text: string, name: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const what = cause.message.split('\n')[0]!.replace('Invalid TOML document: ', '');
    throw new MctpError('EUSAGE', `${name}:${cause.line}: not TOML: ${what}`, { cause });
  }
}

/** For reading it strictly. @throws MctpError EUSAGE, as `parseToml` */
export function readToml(text: string, name: string): TomlTable {
  const values = parseToml(text, name);
  return new TomlTable({ name, lines: new TomlLines(text) }, [], values);
}
