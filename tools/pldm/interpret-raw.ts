/** What the raw numbers of sensor and effecter commands mean, by the PDRs of the terminus. */

import type { AnyPldmCommand } from '../../pldm/base/pldm-command.js';
import { PdrRepository } from '../../pldm/platform/pdr-repository.js';
import type { PdrView, StatePart } from '../../pldm/platform/pdr-view.js';
import { type Scale, toUnits } from '../../pldm/platform/scale.js';
import { stateText } from '../../pldm/platform/state-part.js';
import type { Terminus } from '../../pldm/terminus/terminus.js';
import type { Fields } from '../decode/named-fields.js';
import { tolerating } from './open-termini.js';

export interface Meaning {
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
}

/** Fields of raw values in the unit of their sensor or effecter. */
const RAW = /^(presentReading|presentValue|pendingValue|(upper|lower)Threshold\w+)$/;

/** Undefined for other commands, and when the PDRs do not know the id. Reads the PDRs. */
export async function meaningOf(
  command: AnyPldmCommand,
  request: Fields,
  response: Fields,
  terminus: Terminus,
): Promise<Meaning | undefined> {
  const id = request.sensorId ?? request.effecterId;
  const speaks = Object.keys(response).some((name) => RAW.test(name)) || Array.isArray(response.stateField);
  if (typeof id !== 'number' || !speaks) return undefined;
  const repository = new PdrRepository(terminus);
  const read = await tolerating(
    async () => {
      await repository.download();
      return repository.ownView;
    },
    () => {},
  );
  return read === undefined ? undefined : meaning(command, id, response, read);
}

function meaning({ name }: AnyPldmCommand, id: number, response: Fields, view: PdrView): Meaning | undefined {
  const isSensor = /Sensor/.test(name);
  if (Array.isArray(response.stateField)) {
    const found = isSensor
      ? view.stateSensors.find(({ sensorId }) => sensorId === id)
      : view.stateEffecters.find(({ effecterId }) => effecterId === id);
    if (found === undefined) return undefined;
    const parts: readonly StatePart[] = 'sensors' in found ? found.sensors : found.effecters;
    const values = (response.stateField as readonly Fields[]).map((field, index) => {
      const part = parts[index];
      return [part?.name ?? `part ${index}`, stateText(part, Number(field.presentState))] as const;
    });
    return { name: found.name, values: Object.fromEntries(values) };
  }
  const found = isSensor
    ? view.numericSensors.find(({ sensorId }) => sensorId === id)
    : view.numericEffecters.find(({ effecterId }) => effecterId === id);
  if (found === undefined) return undefined;
  const values = Object.entries(response)
    .filter(([field]) => RAW.test(field))
    .map(([field, raw]) => [field, inUnit(found.scale, raw)] as const);
  return { name: found.name, values: Object.fromEntries(values) };
}

function inUnit(scale: Scale, raw: unknown): string {
  const value = toUnits(scale, typeof raw === 'string' ? BigInt(raw) : Number(raw));
  return `${value} ${scale.unit}`.trimEnd();
}
