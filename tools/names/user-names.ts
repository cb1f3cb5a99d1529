/** Names that a user gave: a file in the user's folder of configurations, which holds where no configuration is given. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../bindings/make-folder.js';
import { MctpError } from '../../stack/errors.js';
import { type Naming, writeAddress } from '../../stack/names/index.js';
import { fileProblem } from '../command-error.js';
import { writeWholeFile } from '../read-file.js';
import type { World } from '../world.js';

/** `$XDG_CONFIG_HOME/mctpkit/names.toml`, else `~/.config/mctpkit/names.toml`; undefined without a home. */
function userNamesFile(env: World['env']): string | undefined {
  const root = env.XDG_CONFIG_HOME || (env.HOME ? join(env.HOME, '.config') : undefined);
  return root === undefined ? undefined : join(root, 'mctpkit', 'names.toml');
}

/** None where there is no file. @throws MctpError EUSAGE: it cannot be read, with the line of a mistake */
export async function readUserNames(env: World['env']): Promise<readonly Naming[]> {
  const file = userNamesFile(env);
  if (file === undefined || !existsSync(file)) return [];
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MctpError('EUSAGE', `names in ${file}: ${fileProblem(cause)}`, { cause });
  }
  const { parseNames } = await import('../config/config-parse.js');
  return parseNames(text, file);
}

/** The file. @throws MctpError EUSAGE when it cannot be written */
export function writeUserNames(env: World['env'], namings: readonly Naming[]): string {
  const file = userNamesFile(env);
  if (file === undefined) throw new MctpError('EUSAGE', 'there is no folder for names: set HOME or XDG_CONFIG_HOME');
  const lines = namings.map(({ name, address }) => `${tomlKey(name)} = ${JSON.stringify(writeAddress(address))}`);
  try {
    makeFolder(dirname(file));
    writeWholeFile(file, `${['# Written by mctpkit name', '[names]', ...lines.sort()].join('\n')}\n`);
  } catch (cause) {
    throw new MctpError('EUSAGE', `names in ${file}: ${fileProblem(cause)}`, { cause });
  }
  return file;
}

/** A dot would make a table of it. */
function tomlKey(name: string): string {
  return name.includes('.') ? JSON.stringify(name) : name;
}
