/** Which configuration file holds: the one named, the environment's, or the one in the current folder. */

import { existsSync, readFileSync } from 'node:fs';
import { MctpError } from '../../stack/errors.js';
import { fileProblem } from '../command-error.js';
import { textOption } from '../verb.js';
import type { Config } from './config-model.js';

export const CONFIG_FILE = 'mctpkit.toml';
export type { Config } from './config-model.js';

export const CONFIG_OPTION = textOption('--config <file>', 'configuration (mctpkit.toml, if it is there)', undefined);
const CONFIG_VARIABLE = 'MCTPKIT_CONFIG';

/** Undefined when there is none, which is fine. @throws MctpError EUSAGE */
export async function findConfig(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Config | undefined> {
  const file = named ?? (env[CONFIG_VARIABLE] || undefined) ?? (existsSync(CONFIG_FILE) ? CONFIG_FILE : undefined);
  return file === undefined ? undefined : readConfigFile(file);
}

/** @throws MctpError EUSAGE */
export async function readConfigFile(file: string): Promise<Config> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MctpError('EUSAGE', `configuration ${file}: ${fileProblem(cause)}`, { cause });
  }
  // Reading TOML is loaded where there is some.
  const { parseConfig } = await import('./config-parse.js');
  return parseConfig(text, file);
}
