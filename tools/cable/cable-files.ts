/** Cables which were paired: a folder of the user's with a description and a key for each. */

import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { PassingTypes } from '../../bindings/cable/cable-settings.js';
import { makeFolder } from '../../bindings/make-folder.js';
import { fileProblem } from '../../bindings/read-own-file.js';
import type { Environment } from '../../bindings/shared/shared-folder.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import { usageError } from '../command-error.js';
import type { CableConfig, Config } from '../config/config-model.js';
import { writeWholeFile } from '../read-file.js';

export function cablesFolder(env: Environment): string {
  const home = env.XDG_CONFIG_HOME || (env.HOME === undefined ? undefined : `${env.HOME}/.config`);
  return home === undefined ? '/etc/mctpkit/cables' : `${home}/mctpkit/cables`;
}

/** Where its description is. */
export function descriptionOf(folder: string, name: string): string {
  return `${folder}/${name}.toml`;
}
const keyOf = (folder: string, name: string): string => `${folder}/${name}.key`;

/** The cable of a name: the configuration's, or one which was paired. @throws CommandError, MctpError EUSAGE */
export async function findCable(name: string, config: Config | undefined, env: Environment): Promise<CableConfig> {
  const declared = config?.cables.find((cable) => cable.name === name);
  if (declared !== undefined) return declared;
  const folder = cablesFolder(env);
  const file = descriptionOf(folder, name);
  if (!existsSync(file)) {
    const known = [...(config?.cables ?? []).map((cable) => cable.name), ...pairedNames(folder)];
    const others = known.length === 0 ? 'none is known' : `known are ${known.join(', ')}`;
    throw usageError(
      `there is no cable ${name} (${others}): make it with mctpkit cable pair ${name}, or write cable:HOST:PORT`,
    );
  }
  const { readConfigFile } = await import('../config/find.js');
  const found = (await readConfigFile(file)).cables.find((cable) => cable.name === name);
  if (found === undefined) throw usageError(`${file} has no section [cables.${name}]`);
  return found;
}

/** Names of the cables which were paired, in order. */
export function pairedNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.toml'))
    .map((file) => file.slice(0, -'.toml'.length))
    .sort();
}

export interface PairedCable {
  readonly name: string;
  readonly key: Uint8Array;
  /** One of these: the other end, or where it connects. */
  readonly connect?: readonly string[];
  readonly listen?: readonly string[];
  /** Both ways. */
  readonly allow: PassingTypes;
}

/** Is there one of this name? */
export function isPaired(folder: string, name: string): boolean {
  return existsSync(descriptionOf(folder, name)) || existsSync(keyOf(folder, name));
}

/** Keep it; what has its name is replaced. Returns the file of its description. @throws CommandError */
export function writePaired(folder: string, { name, key, connect, listen, allow }: PairedCable): string {
  const file = descriptionOf(folder, name);
  const types = allow === 'any' ? '"any"' : `[${allow.map(typeText).join(', ')}]`;
  const list = (places: readonly string[]): string => `[${places.map((place) => JSON.stringify(place)).join(', ')}]`;
  const lines = [
    '# Made by mctpkit cable pair. docs/config.md describes the keys; this section may move into mctpkit.toml.',
    `[cables.${name}]`,
    ...(connect === undefined ? [] : [`connect = ${list(connect)}`]),
    ...(listen === undefined ? [] : [`listen = ${list(listen)}`]),
    `key-file = ${JSON.stringify(keyOf(folder, name))}`,
    '# The message types which may come in, and which may go out; nothing else passes.',
    `receive = ${types}`,
    `send = ${types}`,
  ];
  try {
    makeFolder(folder, 0o700);
    writeSecret(keyOf(folder, name), `${Buffer.from(key).toString('hex')}\n`);
    writeWholeFile(file, `${lines.join('\n')}\n`);
  } catch (cause) {
    // A key alone would be a cable which is there already.
    if (!existsSync(file)) rmSync(keyOf(folder, name), { force: true });
    throw usageError(`${folder} cannot keep the cable: ${fileProblem(cause)}`, cause);
  }
  return file;
}

/** Nobody else may read it at any moment. */
function writeSecret(file: string, text: string): void {
  writeFileSync(file, '', { mode: 0o600 });
  chmodSync(file, 0o600);
  writeFileSync(file, text);
}

function typeText(type: number): string {
  const name = Object.entries(MESSAGE_TYPE).find(([, number]) => number === type)?.[0];
  return name === undefined ? String(type) : JSON.stringify(name);
}
