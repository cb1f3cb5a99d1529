import { SENSOR_OPERATIONAL_STATE } from '../../../pldm/platform/platform-enums.js';
import {
  GetSensorHysteresis,
  GetSensorReading,
  GetSensorThresholds,
  RestoreSensorThresholds,
  SetSensorThresholds,
} from '../../../pldm/platform/sensor-commands.js';
import { isRequest } from '../../bench/device/rewrites.js';
import type { CheckDeclaration } from '../declaration.js';
import { must, notApplicable } from '../finding.js';
import { codeName } from './control-steps.js';
import {
  failed,
  numeric,
  ofOne,
  PLAIN_SENSOR,
  readings,
  thresholds,
  unknownId,
  VALUE_AT,
} from './platform-reading-steps.js';
import { numericSensors, valueAt, valueSize } from './platform-records.js';
import { announces, DATA_AT, le16, OK, pldm, pldmData, pldmMandatory, requestOf } from './pldm-steps.js';

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
        request: (message) => {
          if (isRequest(message, requestOf(SetSensorThresholds))) isSet = true;
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
];
