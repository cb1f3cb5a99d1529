/** Which configuration file holds: the one named, the environment's, or the one in the current folder. */

import { existsSync } from 'node:fs';
import { readOwnText } from '../../bindings/read-own-file.js';
import { MctpError } from '../../stack/errors.js';
import type { VendorDeclaration, VendorProtocol } from '../../stack/vendor/index.js';
import { repeatedOption, textOption } from '../verb.js';
import type { Config } from './config-model.js';
import { useVendors } from './vendor-registry.js';

export const CONFIG_FILE = 'mctpkit.toml';
export type { Config } from './config-model.js';

export const CONFIG_OPTION = textOption('--config <file>', 'configuration (mctpkit.toml, if it is there)', undefined);
/** Of verbs that take messages apart or put them together. */
export const VENDOR_OPTION = repeatedOption(
  '--vendor <file>',
  "declarations of vendors' messages, besides those of the configuration; repeatable",
);
const CONFIG_VARIABLE = 'MCTPKIT_CONFIG';

/**
 * Undefined when there is none, which is fine. What it declares of vendors' messages, and what the files `vendors` do, is
 * known from then on.
 * @throws MctpError EUSAGE
 */
export async function findConfig(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  vendors: readonly string[] = [],
): Promise<Config | undefined> {
  const file = named ?? (env[CONFIG_VARIABLE] || undefined) ?? (existsSync(CONFIG_FILE) ? CONFIG_FILE : undefined);
  const config = file === undefined ? undefined : await readConfigFile(file);
  const declared = (config?.vendors ?? []).map((vendor) => ({ vendor, from: config!.file }));
  for (const from of vendors) for (const vendor of await readVendorFile(from)) declared.push({ vendor, from });
  declared.forEach(({ vendor: { name }, from }, index) => {
    const first = declared.findIndex(({ vendor }) => vendor.name === name);
    if (first === index) return;
    throw new MctpError('EUSAGE', `${from}: ${name} is declared in ${declared[first]!.from} already`);
  });
  useVendors(declared.length === 0 ? [] : await protocolsOf(declared.map(({ vendor }) => vendor)));
  return config;
}

/** As if there were an empty file: for links that are named on the command line alone. */
export async function withoutConfig(): Promise<Config> {
  const { parseConfig } = await import('./config-parse.js');
  return parseConfig('', 'the command line');
}

/** @throws MctpError EUSAGE */
export async function readConfigFile(file: string): Promise<Config> {
  const text = readOwnText(file, `configuration ${file}`);
  // Reading TOML is loaded where there is some.
  const { parseConfig } = await import('./config-parse.js');
  return parseConfig(text, file);
}

async function protocolsOf(declarations: readonly VendorDeclaration[]): Promise<VendorProtocol[]> {
  const { declareVendor } = await import('../../stack/vendor/index.js');
  return declarations.map(declareVendor);
}

async function readVendorFile(file: string): Promise<VendorDeclaration[]> {
  const text = readOwnText(file, `vendors' messages in ${file}`);
  const { parseVendors } = await import('./config-parse.js');
  return parseVendors(text, file);
}
