/** All cables which have a name here. */

import type { PassingTypes } from '../../bindings/cable/cable-settings.js';
import type { Environment } from '../../bindings/shared/shared-folder.js';
import type { CableConfig, Config } from '../config/config-model.js';
import { cablesFolder, descriptionOf, findCable, pairedNames } from './cable-files.js';

export interface KnownCable {
  readonly name: string;
  readonly connect: readonly string[];
  readonly backup: readonly string[];
  readonly listen: readonly string[];
  readonly receive: PassingTypes;
  readonly send: PassingTypes;
  /** The file which says so. */
  readonly from: string;
}

/** Those of the configuration, then those which were paired and have another name. @throws CommandError, MctpError EUSAGE */
export async function knownCables(config: Config | undefined, env: Environment): Promise<KnownCable[]> {
  const declared = (config?.cables ?? []).map((cable) => known(cable, config!.file));
  const folder = cablesFolder(env);
  const names = pairedNames(folder).filter((name) => !declared.some((cable) => cable.name === name));
  const paired = await Promise.all(
    names.map(async (name) => known(await findCable(name, undefined, env), descriptionOf(folder, name))),
  );
  return [...declared, ...paired];
}

function known(
  { name, connect = [], backup = [], listen = [], receive = [], send = [] }: CableConfig,
  from: string,
): KnownCable {
  return { name, connect, backup, listen, receive, send, from };
}
