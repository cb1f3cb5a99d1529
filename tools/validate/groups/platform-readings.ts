/** Checks of sensors and effecters as they answer, against what their PDRs say (DSP0248 §18, §22). */

import { GetNumericEffecterValue, GetStateEffecterStates } from '../../../pldm/platform/effecter-commands.js';
import { EFFECTER_OPERATIONAL_STATE, SENSOR_OPERATIONAL_STATE } from '../../../pldm/platform/platform-enums.js';
import {
  GetSensorHysteresis,
  GetSensorReading,
  GetSensorThresholds,
  GetStateSensorReadings,
  RestoreSensorThresholds,
  SetSensorThresholds,
} from '../../../pldm/platform/sensor-commands.js';
import type { CheckDeclaration } from '../declaration.js';
import { must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { codeName } from './control-steps.js';
import {
  type NumericSensorRecord,
  numericEffecters,
  numericSensors,
  sound,
  stateEffecters,
  stateSensors,
  valueAt,
  valueSize,
} from './platform-records.js';
import {
  announces,
  CODE_AT,
  DATA_AT,
  le16,
  OK,
  type PldmCommandId,
  pldm,
  pldmData,
  pldmMandatory,
  pldmSuccess,
  refuses,
  u16At,
} from './pldm-steps.js';

const NOBODY = 0xfade;
const VALUE_AT = 6;
const INVALID_ID = 0x80;
/** Of the conforming device. */
const PLAIN_SENSOR = 2;

/** Answers for this sensor or effecter are others. */
const ofOne = (command: PldmCommandId, id: number, change: (payload: Uint8Array) => Uint8Array) =>
  pldmSuccess(command, (payload, request) => (u16At(request, 3) === id ? change(payload) : payload));

const failed = (payload: Uint8Array): Uint8Array => payload.slice(0, DATA_AT).with(CODE_AT, 0x01);

interface Reading {
  readonly sensor: NumericSensorRecord;
  readonly data: Uint8Array;
}

/** Of all numeric sensors that answer with something. @throws Finding */
async function readings(probe: Probe): Promise<readonly Reading[]> {
  const sensors = await numericSensors(probe);
  const found: Reading[] = [];
  for (const sensor of sensors) {
    const { code, data } = await pldm(probe, GetSensorReading, [...le16(sensor.id), 0]);
    if (code === OK && data.length > VALUE_AT) found.push({ sensor, data });
  }
  return found.length === 0 ? notApplicable('no numeric sensor gives a reading') : found;
}

/** Parts of 4 bytes of all state sensors, 3 of effecters, with what the PDR says of each. @throws Finding */
async function states(probe: Probe, kind: 'sensor' | 'effecter') {
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
const numeric = { clause: 'DSP0248 §18, GetSensorReading', ...conditional('numeric sensor') };
const ofStates = { clause: 'DSP0248 §18, GetStateSensorReadings', ...conditional('state sensor') };
const ofNumericEffecters = { clause: 'DSP0248 §22, GetNumericEffecterValue', ...conditional('numeric effecter') };
const ofStateEffecters = { clause: 'DSP0248 §22, GetStateEffecterStates', ...conditional('state effecter') };

const unknownId = (
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
    { command, body: [...le16(NOBODY), ...rest], codes: [INVALID_ID] },
  );

export const PLATFORM_READING_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'PLDM-PLAT-052',
    ...numeric,
    title: 'Every numeric sensor can be read',
    why: 'a sensor that is described and cannot be read is a gap in monitoring',
    failure: 'GetSensorReading of a described sensor is refused',
    mend: 'answer with success, and say by the operational state that there is no reading',
    mutant: () => ofOne(GetSensorReading, PLAIN_SENSOR, failed),
    run: async (probe) => {
      for (const { id } of await numericSensors(probe)) {
        const { code } = await pldmMandatory(probe, GetSensorReading, [...le16(id), 0]);
        must(code === OK, `sensor ${id} is answered with completion code ${codeName(code)}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-053',
    ...numeric,
    title: 'The data size of a reading is that of the PDR',
    why: 'the formula of the PDR holds for values of its size',
    failure: 'sensorDataSize of the answer differs from that of the record',
    mend: 'use one data size for a sensor',
    mutant: () => ofOne(GetSensorReading, PLAIN_SENSOR, (payload) => payload.with(DATA_AT, payload[DATA_AT]! ^ 1)),
    run: async (probe) => {
      for (const { sensor, data } of await readings(probe)) {
        const isRight = data[0] === sensor.dataSize;
        must(isRight, `sensor ${sensor.id}: the reading has data size ${data[0]}, the PDR ${sensor.dataSize}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-054',
    ...numeric,
    title: 'The length of a reading is that of its data size',
    why: 'requesters refuse an answer of another length',
    failure: 'bytes are missing or too many',
    mend: 'send six bytes, and the value in its size',
    mutant: () => ofOne(GetSensorReading, PLAIN_SENSOR, (payload) => Uint8Array.of(...payload, 0)),
    run: async (probe) => {
      for (const { sensor, data } of await readings(probe)) {
        const size = valueSize(data[0]);
        const isRight = size === undefined || data.length === VALUE_AT + size;
        must(isRight, `sensor ${sensor.id}: ${data.length} bytes come with data size ${data[0]}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-055',
    ...numeric,
    title: 'The operational state of a numeric sensor is one that the standard has',
    why: 'a reading means something while the sensor is enabled only',
    failure: 'sensorOperationalState is above 7',
    mend: 'use enabled to inTest',
    mutant: () => ofOne(GetSensorReading, PLAIN_SENSOR, (payload) => payload.with(DATA_AT + 1, 9)),
    run: async (probe) => {
      for (const { sensor, data } of await readings(probe)) {
        must(data[1]! <= SENSOR_OPERATIONAL_STATE.inTest, `sensor ${sensor.id}: operational state ${data[1]}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-056',
    ...numeric,
    title: 'The event enable of a numeric sensor is one that the standard has',
    why: 'a requester sees by it whether events come',
    failure: 'sensorEventMessageEnable is above 4',
    mend: 'use the numbers of answers, which are others than those of SetNumericSensorEnable',
    mutant: () => ofOne(GetSensorReading, PLAIN_SENSOR, (payload) => payload.with(DATA_AT + 2, 9)),
    run: async (probe) => {
      for (const { sensor, data } of await readings(probe)) {
        must(data[2]! <= 4, `sensor ${sensor.id}: event enable ${data[2]}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-057',
    ...numeric,
    title: 'The states of a numeric sensor are states that the standard has',
    why: 'requesters raise the alarm by them',
    failure: 'presentState, previousState or eventState is above 10',
    mend: 'use unknown to upperFatal',
    mutant: () => ofOne(GetSensorReading, PLAIN_SENSOR, (payload) => payload.with(DATA_AT + 4, 11)),
    run: async (probe) => {
      for (const { sensor, data } of await readings(probe)) {
        const isRight = data.subarray(3, 6).every((state) => state <= 10);
        must(isRight, `sensor ${sensor.id}: states ${[...data.subarray(3, 6)].join(', ')}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-058',
    ...numeric,
    title: 'Readings are within what the sensor can read',
    why: 'a reading out of its range is an error that looks like a value',
    failure: 'the reading of an enabled sensor is above maxReadable or below minReadable',
    mend: 'correct the limits of the PDR, or say that the sensor is unavailable',
    mutant: () => ofOne(GetSensorReading, PLAIN_SENSOR, (payload) => payload.with(-1 + payload.length, 0x7f)),
    run: async (probe) => {
      for (const { sensor, data } of await readings(probe)) {
        const { id, dataSize, min, max } = sensor;
        const isEnabled = data[1] === SENSOR_OPERATIONAL_STATE.enabled && data[0] === dataSize;
        if (!isEnabled || max < min || data.length !== VALUE_AT + valueSize(dataSize)!) continue;
        const value = valueAt(data, VALUE_AT, dataSize);
        must(value >= min && value <= max, `sensor ${id}: the reading ${value} is not ${min} to ${max}`);
      }
    },
  },
  unknownId('PLDM-PLAT-059', 'DSP0248 §18, GetSensorReading', GetSensorReading, [0], 'sensor'),
  {
    id: 'PLDM-PLAT-060',
    clause: 'DSP0248 §18, GetSensorThresholds',
    level: 'conditional',
    condition: 'when it supports GetSensorThresholds',
    title: 'The thresholds of a sensor are in order',
    why: 'a warning comes before the critical state, and that before the fatal one',
    failure: 'an upper threshold is below one that comes before it, or a lower one above',
    mend: 'put warning, critical and fatal in this order, away from the normal range',
    mutant: () => ofOne(GetSensorThresholds, 1, (payload) => payload.fill(0, DATA_AT + 3, DATA_AT + 5)),
    run: async (probe) => {
      for (const { sensor, data } of await thresholds(probe)) {
        const size = valueSize(sensor.dataSize)!;
        if (data[0] !== sensor.dataSize || data.length < 1 + 6 * size) continue;
        const all = Array.from({ length: 6 }, (_, index) => valueAt(data, 1 + index * size, sensor.dataSize));
        const supported = (index: number): boolean => ((sensor.supportedThresholds >> index) & 1) === 1;
        const upper = all.slice(0, 3).filter((_, index) => supported(index));
        const lower = all.slice(3).filter((_, index) => supported(3 + index));
        const isRight =
          upper.every((value, index) => index === 0 || value >= upper[index - 1]!) &&
          lower.every((value, index) => index === 0 || value <= lower[index - 1]!);
        must(isRight, `sensor ${sensor.id}: upper ${upper.join(', ')}, lower ${lower.join(', ')}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-061',
    clause: 'DSP0248 §18, GetSensorThresholds',
    level: 'conditional',
    condition: 'when it supports GetSensorThresholds',
    title: 'The data size of thresholds is that of the PDR',
    why: 'they are compared with readings',
    failure: 'sensorDataSize of the answer differs from that of the record',
    mend: 'use one data size for a sensor',
    mutant: () => ofOne(GetSensorThresholds, PLAIN_SENSOR, (payload) => payload.with(DATA_AT, payload[DATA_AT]! ^ 1)),
    run: async (probe) => {
      for (const { sensor, data } of await thresholds(probe)) {
        const isRight = data[0] === sensor.dataSize;
        must(isRight, `sensor ${sensor.id}: the thresholds have data size ${data[0]}, the PDR ${sensor.dataSize}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-062',
    clause: 'DSP0248 §18, GetSensorThresholds',
    level: 'conditional',
    condition: 'when it supports GetSensorThresholds',
    title: 'All six thresholds come',
    why: 'requesters refuse an answer of another length',
    failure: 'bytes are missing or too many',
    mend: 'send six values in their size, whether they are supported or not',
    mutant: () => ofOne(GetSensorThresholds, PLAIN_SENSOR, (payload) => Uint8Array.of(...payload, 0)),
    run: async (probe) => {
      for (const { sensor, data } of await thresholds(probe)) {
        const size = valueSize(data[0]);
        const isRight = size === undefined || data.length === 1 + 6 * size;
        must(isRight, `sensor ${sensor.id}: ${data.length} bytes come with data size ${data[0]}`);
      }
    },
  },
  unknownId('PLDM-PLAT-063', 'DSP0248 §18, GetSensorThresholds', GetSensorThresholds, [], 'sensor'),
  {
    id: 'PLDM-PLAT-064',
    clause: 'DSP0248 §18, SetSensorThresholds',
    level: 'conditional',
    condition: 'when it supports SetSensorThresholds, and a sensor has thresholds',
    title: 'It takes thresholds, and gives them back',
    why: 'a platform sets thresholds for the place where the device is',
    failure: 'SetSensorThresholds is accepted, and GetSensorThresholds gives other values',
    mend: 'keep what was set until RestoreSensorThresholds or an initialization',
    needs: 'write',
    mutant: () => {
      let isSet = false;
      return {
        ...ofOne(GetSensorThresholds, 1, (payload) => (isSet ? payload.with(5, payload[5]! ^ 0x10) : payload)),
        request: ({ payload }) => {
          if (payload[1] === SetSensorThresholds.pldmType && payload[2] === SetSensorThresholds.code) isSet = true;
          return true;
        },
      };
    },
    run: async (probe) => {
      await announces(probe, SetSensorThresholds);
      const found = (await thresholds(probe)).find(({ sensor }) => (sensor.supportedThresholds & 1) === 1);
      if (found === undefined) return notApplicable('no sensor has an upper warning threshold');
      const { sensor, data } = found;
      const body = [...le16(sensor.id), ...data];
      probe.restore(async () => {
        await pldm(probe, SetSensorThresholds, body);
      });
      const wanted = data.with(1, data[1]! ^ 0x01);
      const { code } = await pldm(probe, SetSensorThresholds, [...le16(sensor.id), ...wanted]);
      must(code === OK, `SetSensorThresholds is answered with completion code ${codeName(code)}`);
      const now = await pldmData(probe, GetSensorThresholds, le16(sensor.id));
      const size = valueSize(sensor.dataSize)!;
      must(String(now.subarray(1, 1 + size)) === String(wanted.subarray(1, 1 + size)), 'another threshold comes back');
    },
  },
  unknownId('PLDM-PLAT-065', 'DSP0248 §18, RestoreSensorThresholds', RestoreSensorThresholds, [], 'sensor'),
  {
    id: 'PLDM-PLAT-066',
    clause: 'DSP0248 §18, GetSensorHysteresis',
    level: 'conditional',
    condition: 'when it supports GetSensorHysteresis',
    title: 'The hysteresis has the data size of the PDR',
    why: 'it is added to readings and thresholds',
    failure: 'sensorDataSize of the answer differs from that of the record, or the length is another',
    mend: 'use one data size for a sensor',
    mutant: () => ofOne(GetSensorHysteresis, PLAIN_SENSOR, (payload) => payload.with(DATA_AT, payload[DATA_AT]! ^ 1)),
    run: async (probe) => {
      await announces(probe, GetSensorHysteresis);
      for (const { id, dataSize } of await numericSensors(probe)) {
        const { code, data } = await pldm(probe, GetSensorHysteresis, le16(id));
        if (code !== OK) continue;
        const isRight = data[0] === dataSize && data.length === 1 + valueSize(dataSize)!;
        must(isRight, `sensor ${id}: ${data.length} bytes with data size ${data[0]}, the PDR has ${dataSize}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-067',
    ...ofStates,
    title: 'Every state sensor can be read',
    why: 'a sensor that is described and cannot be read is a gap in monitoring',
    failure: 'GetStateSensorReadings of a described sensor is refused',
    mend: 'answer with success, and say by the operational state that there is no state',
    mutant: () => ofOne(GetStateSensorReadings, 10, failed),
    run: async (probe) => {
      for (const { id } of sound(await stateSensors(probe))) {
        const { code } = await pldmMandatory(probe, GetStateSensorReadings, [...le16(id), 0, 0]);
        must(code === OK, `sensor ${id} is answered with completion code ${codeName(code)}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-068',
    ...ofStates,
    title: 'A state sensor answers with as many parts as its PDR has',
    why: 'requesters take parts by their place',
    failure: 'compositeSensorCount of the answer differs from that of the record',
    mend: 'answer with all parts',
    mutant: () => ofOne(GetStateSensorReadings, 10, (payload) => payload.with(DATA_AT, payload[DATA_AT]! + 1)),
    run: async (probe) => {
      for (const { id, count, data } of await states(probe, 'sensor')) {
        must(data[0] === count, `sensor ${id}: ${data[0]} parts come, the PDR has ${count}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-069',
    ...ofStates,
    title: 'Every part of a state sensor comes with four bytes',
    why: 'requesters refuse an answer of another length',
    failure: 'bytes are missing or too many',
    mend: 'send operational, present, previous and event state of each part',
    mutant: () => ofOne(GetStateSensorReadings, 10, (payload) => Uint8Array.of(...payload, 0)),
    run: async (probe) => {
      for (const { id, count, data } of await states(probe, 'sensor')) {
        must(data.length === 1 + 4 * count, `sensor ${id}: ${data.length} bytes come for ${count} parts`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-070',
    ...ofStates,
    title: 'The states of a state sensor are among its possible states',
    why: 'a requester prepares for the possible states only',
    failure: 'an enabled part is in a state that its PDR does not have',
    mend: 'set the bits of all states which the part can have; 0 is unknown',
    mutant: () => ofOne(GetStateSensorReadings, 10, (payload) => payload.with(DATA_AT + 2, 0x66)),
    run: async (probe) => {
      for (const { id, count, parts, data } of await states(probe, 'sensor')) {
        for (let part = 0; part < count; part++) {
          const [operational, state] = [data[1 + 4 * part], data[2 + 4 * part] ?? 0];
          const { possible } = parts[part]!;
          if (operational !== SENSOR_OPERATIONAL_STATE.enabled || state === 0 || possible.length === 0) continue;
          must(
            possible.includes(state),
            `sensor ${id}, part ${part}: state ${state} is none of ${possible.join(', ')}`,
          );
        }
      }
    },
  },
  {
    id: 'PLDM-PLAT-071',
    ...ofStates,
    title: 'The operational state of a state sensor is one that the standard has',
    why: 'a state means something while the part is enabled only',
    failure: 'sensorOpState is above 7',
    mend: 'use enabled to inTest',
    mutant: () => ofOne(GetStateSensorReadings, 10, (payload) => payload.with(DATA_AT + 1, 9)),
    run: async (probe) => {
      for (const { id, count, data } of await states(probe, 'sensor')) {
        for (let part = 0; part < count; part++) {
          const state = data[1 + 4 * part] ?? 0;
          must(state <= SENSOR_OPERATIONAL_STATE.inTest, `sensor ${id}, part ${part}: operational state ${state}`);
        }
      }
    },
  },
  unknownId('PLDM-PLAT-072', 'DSP0248 §18, GetStateSensorReadings', GetStateSensorReadings, [0, 0], 'sensor'),
  {
    id: 'PLDM-PLAT-073',
    ...ofNumericEffecters,
    title: 'Every numeric effecter can be read',
    why: 'what something is set to must be known before it is set',
    failure: 'GetNumericEffecterValue of a described effecter is refused',
    mend: 'answer with success, and say by the operational state that there is no value',
    mutant: () => ofOne(GetNumericEffecterValue, 7, failed),
    run: async (probe) => {
      for (const { id } of await numericEffecters(probe)) {
        const { code } = await pldmMandatory(probe, GetNumericEffecterValue, le16(id));
        must(code === OK, `effecter ${id} is answered with completion code ${codeName(code)}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-074',
    ...ofNumericEffecters,
    title: 'The value of an effecter has the data size of the PDR, and its length',
    why: 'the formula of the PDR holds for values of its size',
    failure: 'effecterDataSize differs from that of the record, or pending and present value have another size',
    mend: 'use one data size for an effecter',
    mutant: () => ofOne(GetNumericEffecterValue, 7, (payload) => payload.with(DATA_AT, payload[DATA_AT]! ^ 1)),
    run: async (probe) => {
      for (const { id, dataSize } of await numericEffecters(probe)) {
        const { code, data } = await pldm(probe, GetNumericEffecterValue, le16(id));
        if (code !== OK) continue;
        const isRight = data[0] === dataSize && data.length === 2 + 2 * valueSize(dataSize)!;
        must(isRight, `effecter ${id}: ${data.length} bytes with data size ${data[0]}, the PDR has ${dataSize}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-075',
    ...ofNumericEffecters,
    title: 'The operational state of a numeric effecter is one that the standard has',
    why: 'a value means something while the effecter is enabled only',
    failure: 'effecterOperationalState is above 8',
    mend: 'use the states of effecters, which are others than those of sensors',
    mutant: () => ofOne(GetNumericEffecterValue, 7, (payload) => payload.with(DATA_AT + 1, 11)),
    run: async (probe) => {
      for (const { id } of await numericEffecters(probe)) {
        const { code, data } = await pldm(probe, GetNumericEffecterValue, le16(id));
        if (code !== OK) continue;
        must((data[1] ?? 0) <= EFFECTER_OPERATIONAL_STATE.inTest, `effecter ${id}: operational state ${data[1]}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-076',
    ...ofNumericEffecters,
    title: 'The value of an effecter is within what can be set',
    why: 'nobody could have set it, and nobody can put it back',
    failure: 'the present value of an enabled effecter is above maxSettable or below minSettable',
    mend: 'correct the limits of the PDR',
    mutant: () => ofOne(GetNumericEffecterValue, 7, (payload) => payload.with(payload.length - 1, 0x7f)),
    run: async (probe) => {
      for (const { id, dataSize, min, max } of await numericEffecters(probe)) {
        const { code, data } = await pldm(probe, GetNumericEffecterValue, le16(id));
        const size = valueSize(dataSize)!;
        const isEnabled = (data[1] ?? 9) <= EFFECTER_OPERATIONAL_STATE.enabledNoUpdatePending;
        if (code !== OK || data[0] !== dataSize || data.length < 2 + 2 * size || !isEnabled || max < min) continue;
        const value = valueAt(data, 2 + size, dataSize);
        must(value >= min && value <= max, `effecter ${id}: the value ${value} is not ${min} to ${max}`);
      }
    },
  },
  unknownId('PLDM-PLAT-077', 'DSP0248 §22, GetNumericEffecterValue', GetNumericEffecterValue, [], 'effecter'),
  {
    id: 'PLDM-PLAT-078',
    ...ofStateEffecters,
    title: 'Every state effecter can be read',
    why: 'what something is set to must be known before it is set',
    failure: 'GetStateEffecterStates of a described effecter is refused',
    mend: 'answer with success, and say by the operational state that there is no state',
    mutant: () => ofOne(GetStateEffecterStates, 6, failed),
    run: async (probe) => {
      for (const { id } of sound(await stateEffecters(probe))) {
        const { code } = await pldmMandatory(probe, GetStateEffecterStates, le16(id));
        must(code === OK, `effecter ${id} is answered with completion code ${codeName(code)}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-079',
    ...ofStateEffecters,
    title: 'A state effecter answers with as many parts as its PDR has',
    why: 'requesters take parts by their place',
    failure:
      'compositeEffecterCount differs from that of the record, or its parts have another length than three bytes',
    mend: 'answer with all parts',
    mutant: () => ofOne(GetStateEffecterStates, 6, (payload) => payload.with(DATA_AT, payload[DATA_AT]! + 1)),
    run: async (probe) => {
      for (const { id, count, data } of await states(probe, 'effecter')) {
        const isRight = data[0] === count && data.length === 1 + 3 * count;
        must(isRight, `effecter ${id}: ${data[0]} parts in ${data.length} bytes, the PDR has ${count}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-080',
    ...ofStateEffecters,
    title: 'The states of a state effecter are among its possible states',
    why: 'nobody could have set it, and nobody can put it back',
    failure: 'a part is in a state that its PDR does not have',
    mend: 'set the bits of all states which the part can be set to; 0 is unknown',
    mutant: () => ofOne(GetStateEffecterStates, 6, (payload) => payload.with(DATA_AT + 3, 0x66)),
    run: async (probe) => {
      for (const { id, count, parts, data } of await states(probe, 'effecter')) {
        for (let part = 0; part < count; part++) {
          const state = data[3 + 3 * part] ?? 0;
          const { possible } = parts[part]!;
          if (state === 0 || possible.length === 0) continue;
          must(
            possible.includes(state),
            `effecter ${id}, part ${part}: state ${state} is none of ${possible.join(', ')}`,
          );
        }
      }
    },
  },
  unknownId('PLDM-PLAT-081', 'DSP0248 §22, GetStateEffecterStates', GetStateEffecterStates, [], 'effecter'),
];

/** Of all numeric sensors that answer with something. @throws Finding */
async function thresholds(probe: Probe): Promise<readonly Reading[]> {
  await announces(probe, GetSensorThresholds);
  const found: Reading[] = [];
  for (const sensor of await numericSensors(probe)) {
    const { code, data } = await pldm(probe, GetSensorThresholds, le16(sensor.id));
    if (code === OK && data.length > 1) found.push({ sensor, data });
  }
  return found.length === 0 ? notApplicable('no sensor gives thresholds') : found;
}
