/** Sensors and effecters by name where a command wants their number: `GetSensorReading "Inlet temperature"`. */

import type { AnyPldmCommand } from '../../pldm/base/pldm-command.js';
import { PdrRepository } from '../../pldm/platform/pdr-repository.js';
import type { PdrView } from '../../pldm/platform/pdr-view.js';
import type { Terminus } from '../../pldm/terminus/terminus.js';
import { printable, usageError } from '../command-error.js';
import { didYouMean } from '../suggest.js';
import { plain } from './find-command.js';

const NUMBER = /^(0x[0-9a-f]+|\d+)$/i;

/**
 * The words with a number in the place of the name, `sensorId=NAME` or the first bare one. Reads the PDRs when there is one.
 * @throws CommandError (usage) for a name that nothing has
 */
export async function withIds(
  command: AnyPldmCommand,
  words: readonly string[],
  terminus: Terminus,
): Promise<readonly string[]> {
  const field = command.request.docs().find(({ name }) => name === 'sensorId' || name === 'effecterId')?.name;
  if (field === undefined) return words;
  const prefix = `${field.toLowerCase()}=`;
  const given = words.findIndex((word) => word.toLowerCase().startsWith(prefix));
  const at = given >= 0 ? given : words.findIndex((word) => !/^[a-z]\w*=/i.test(word));
  const name = words[at]?.slice(given >= 0 ? prefix.length : 0);
  if (name === undefined || NUMBER.test(name)) return words;
  const repository = new PdrRepository(terminus);
  await repository.download();
  const known = namesOf(repository.ownView, field);
  const found = known.find((one) => plain(one.name) === plain(name));
  if (found !== undefined) return words.with(at, `${field}=${found.id}`);
  const names = known.map((one) => one.name);
  const what = field === 'sensorId' ? 'sensor' : 'effecter';
  const has = names.length === 0 ? 'it has none' : `it has ${names.map(printable).join(', ')}`;
  throw usageError(`no ${what} "${name}"${didYouMean(name, names)}: ${has}`);
}

function namesOf(view: PdrView, field: string): readonly { readonly id: number; readonly name: string }[] {
  return field === 'sensorId'
    ? [...view.numericSensors, ...view.stateSensors].map(({ sensorId: id, name }) => ({ id, name }))
    : [...view.numericEffecters, ...view.stateEffecters].map(({ effecterId: id, name }) => ({ id, name }));
}
