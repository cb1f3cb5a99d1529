/** The names that hold for a run of the command: those of the configuration, of its devices, and of the user. */

import { type Naming, Resolver } from '../../stack/names/index.js';
import { type Config, type DeviceConfig, linkName } from '../config/config-model.js';
import type { World } from '../world.js';
import { FAMILY_FORMS } from './family-forms.js';
import { readUserNames } from './user-names.js';

/**
 * `[names]` first, then the names of `mctpkit name`, then those of `[devices.NAME]`.
 * @throws MctpError EUSAGE: the user's file is wrong
 */
export async function findNames(config: Config | undefined, env: World['env']): Promise<Resolver> {
  const names = new Resolver();
  names.use(FAMILY_FORMS);
  const written = config?.names ?? [];
  for (const naming of written) names.add(naming);
  for (const naming of await readUserNames(env)) {
    if (!written.some(({ name }) => name === naming.name)) names.add(naming);
  }
  const devices = config === undefined ? [] : config.devices.flatMap((device) => deviceNamings(config, device));
  if (devices.length > 0) names.use({ name: 'devices', namings: () => devices });
  return names;
}

/** A UUID tells devices apart wherever they are; the place counts where there is none. */
function deviceNamings(config: Config, { name, uuid, link, physicalAddress = '' }: DeviceConfig): Naming[] {
  const from = `${config.file}, [devices.${name}]`;
  if (uuid !== undefined) return [{ name, address: { kind: 'uuid', uuid }, from }];
  if (link === undefined) return [];
  return [{ name, address: { kind: 'physical', link: linkName(config, link), physicalAddress }, from }];
}
