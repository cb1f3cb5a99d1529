/** What the checks of sensors and effecters have in common (DSP0248 §18, §22). */

import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import { GetStateEffecterStates, SET_STATE_EFFECTER_CODES } from '../../../pldm/platform/effecter-commands.js';
import {
  GetSensorReading,
  GetSensorThresholds,
  GetStateSensorReadings,
  SENSOR_CODES,
} from '../../../pldm/platform/sensor-commands.js';
import type { CheckDeclaration } from '../declaration.js';
import { notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { type NumericSensorRecord, numericSensors, sound, stateEffecters, stateSensors } from './platform-records.js';
import {
  announces,
  CODE_AT,
  DATA_AT,
  le16,
  OK,
  type PldmCommandId,
  pldm,
  pldmSuccess,
  refuses,
  u16At,
} from './pldm-steps.js';

const NOBODY = 0xfade;
export const VALUE_AT = 6;
/** Of the conforming device. */
export const PLAIN_SENSOR = 2;

/** Answers for this sensor or effecter are others. */
export const ofOne = (command: PldmCommandId, id: number, change: (payload: Uint8Array) => Uint8Array) =>
  pldmSuccess(command, (payload, request) => (u16At(request, 3) === id ? change(payload) : payload));

export const failed = (payload: Uint8Array): Uint8Array => payload.slice(0, DATA_AT).with(CODE_AT, COMPLETION.ERROR);

interface Reading {
  readonly sensor: NumericSensorRecord;
  readonly data: Uint8Array;
}

/** Of all numeric sensors that answer with something. @throws Finding */
export async function readings(probe: Probe): Promise<readonly Reading[]> {
  const sensors = await numericSensors(probe);
  const found: Reading[] = [];
  for (const sensor of sensors) {
    const { code, data } = await pldm(probe, GetSensorReading, [...le16(sensor.id), 0]);
    if (code === OK && data.length > VALUE_AT) found.push({ sensor, data });
  }
  return found.length === 0 ? notApplicable('no numeric sensor gives a reading') : found;
}

/** Parts of 4 bytes of all state sensors, 3 of effecters, with what the PDR says of each. @throws Finding */
export async function states(probe: Probe, kind: 'sensor' | 'effecter') {
  const records = kind === 'sensor' ? await stateSensors(probe) : await stateEffecters(probe);
  const found = [];
  for (const { id, count, parts } of sound(records)) {
    const body = kind === 'sensor' ? [...le16(id), 0, 0] : le16(id);
    const { code, data } = await pldm(probe, kind === 'sensor' ? GetStateSensorReadings : GetStateEffecterStates, body);
    if (code === OK && data.length > 0) found.push({ id, count, parts, data });
  }
  return found.length === 0 ? notApplicable(`no state ${kind} answers`) : found;
}

const conditional = (what: string) => ({ level: 'conditional', condition: `when there are ${what}s` }) as const;
export const numeric = { clause: 'DSP0248 §18, GetSensorReading', ...conditional('numeric sensor') };
export const ofStates = { clause: 'DSP0248 §18, GetStateSensorReadings', ...conditional('state sensor') };
export const ofNumericEffecters = {
  clause: 'DSP0248 §22, GetNumericEffecterValue',
  ...conditional('numeric effecter'),
};
export const ofStateEffecters = { clause: 'DSP0248 §22, GetStateEffecterStates', ...conditional('state effecter') };

export const unknownId = (
  id: string,
  clause: string,
  command: PldmCommandId,
  rest: readonly number[],
  what: 'sensor' | 'effecter',
): CheckDeclaration =>
  refuses(
    {
      id,
      clause,
      level: 'conditional',
      condition: `when it supports ${command.name}`,
      title: `${command.name} refuses the ID of ${what === 'sensor' ? 'a sensor' : 'an effecter'} which it does not have`,
      why: 'a value of something else is worse than an error',
      failure: `the answer for ID ${NOBODY} is not INVALID_${what.toUpperCase()}_ID`,
      mend: 'answer 0x80 to IDs that are not there',
    },
    {
      command,
      body: [...le16(NOBODY), ...rest],
      codes: [what === 'sensor' ? SENSOR_CODES.INVALID_SENSOR_ID : SET_STATE_EFFECTER_CODES.INVALID_EFFECTER_ID],
    },
  );

/** Of all numeric sensors that answer with something. @throws Finding */
export async function thresholds(probe: Probe): Promise<readonly Reading[]> {
  await announces(probe, GetSensorThresholds);
  const found: Reading[] = [];
  for (const sensor of await numericSensors(probe)) {
    const { code, data } = await pldm(probe, GetSensorThresholds, le16(sensor.id));
    if (code === OK && data.length > 1) found.push({ sensor, data });
  }
  return found.length === 0 ? notApplicable('no sensor gives thresholds') : found;
}
