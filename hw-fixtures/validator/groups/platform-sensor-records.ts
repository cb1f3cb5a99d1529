/** Checks of what PDRs say of sensors: identifiers, units, formulas, limits, states (DSP0248 §28). */

import { PDR_TYPE } from '../../../pldm/platform/pdr/pdr-common.js';
import { stateSet } from '../../../pldm/platform/state-sets.js';
import type { CheckDeclaration } from '../declaration.js';
import { must, notApplicable } from '../finding.js';
import { codeName } from './control-steps.js';
import {
  compactNumericSensor,
  FIRST_OEM_SET,
  finiteField,
  INFINITE,
  isUnit,
  MOST_RATE,
  NAMELESS_SENSOR,
  numericEffecter,
  numericSensor,
  PLAIN_SENSOR,
  sensorByte,
  sensorField,
  stateEffecter,
  stateSensor,
  unique,
} from './platform-description-steps.js';
import {
  NUMERIC_EFFECTER,
  NUMERIC_SENSOR,
  numericSensorLength,
  numericSensors,
  pdrMutantOf,
  realAt,
  recordName,
  recordsOf,
  repository,
  STATE_SENSOR,
  sound,
  stateSensors,
  valueSize,
} from './platform-records.js';
import { u16At } from './pldm-steps.js';

export const PLATFORM_SENSOR_RECORD_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'PLDM-PLAT-024',
    clause: 'DSP0248 §28, numeric sensor PDR',
    level: 'conditional',
    condition: 'when there are numeric sensors',
    title: 'The record of a numeric sensor has room for its fields',
    why: 'a requester which reads over the end reads something else',
    failure: 'the record ends before the last of the nine range fields',
    mend: 'write all nine range fields, whether they are supported or not',
    mutant: () =>
      pdrMutantOf(numericSensor, PLAIN_SENSOR, (record) => {
        record[55 + 3 * valueSize(record[NUMERIC_SENSOR.dataSize])!] = 6;
      }),
    run: async (probe) => {
      for (const record of await recordsOf(probe, numericSensor, 'numeric sensor')) {
        const length = numericSensorLength(record) ?? 0;
        must(length <= record.length, `${recordName(record)} needs ${length} bytes, and has ${record.length}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-025',
    clause: 'DSP0248 §28, state sensor PDR',
    level: 'conditional',
    condition: 'when there are state sensors',
    title: 'The record of a state sensor has room for its parts',
    why: 'a requester which reads over the end reads something else',
    failure: 'the record ends before the possible states of its last part',
    mend: 'write set, size and possible states of as many parts as the count says',
    mutant: () => pdrMutantOf(stateSensor, 10, (record) => record[STATE_SENSOR.count]!++),
    run: async (probe) => {
      for (const { parts, record } of await stateSensors(probe)) {
        must(parts !== undefined, `the possible states run over the end of ${recordName(record)}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-026',
    clause: 'DSP0248 §28, state sensor PDR',
    level: 'conditional',
    condition: 'when there are state sensors',
    title: 'A state sensor has one to eight parts',
    why: 'requests have a bit for each of eight parts',
    failure: 'compositeSensorCount is 0 or above 8',
    mend: 'describe more parts by more sensors',
    mutant: () => pdrMutantOf(stateSensor, 10, (record) => record.fill(0, STATE_SENSOR.count, STATE_SENSOR.count + 1)),
    run: async (probe) => {
      for (const { count, record } of await stateSensors(probe)) {
        must(count >= 1 && count <= 8, `${recordName(record)} has ${count} parts`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-027',
    clause: 'DSP0248 §28, state sensor PDR',
    level: 'conditional',
    condition: 'when there are state sensors',
    title: 'Every part of a state sensor has possible states',
    why: 'a part without states says nothing',
    failure: 'no bit of possibleStates is set',
    mend: 'set the bits of all states which the part can have',
    mutant: () =>
      pdrMutantOf(stateSensor, 10, (record) => record.fill(0, STATE_SENSOR.parts + 3, STATE_SENSOR.parts + 4)),
    run: async (probe) => {
      for (const { parts, record } of sound(await stateSensors(probe))) {
        const empty = parts.findIndex(({ possible }) => possible.length === 0);
        must(empty < 0, `${recordName(record)}: part ${empty} has no possible states`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-028',
    clause: 'DSP0249 state sets',
    level: 'recommended',
    title: 'The state sets of its sensors are known, or its own',
    why: 'a state of an unknown set is a number without a meaning',
    failure: 'stateSetId is neither in DSP0249 nor from 0x8000 on',
    mend: 'use a set of DSP0249, or describe one of your own by an OEM State Set PDR',
    mutant: () => pdrMutantOf(stateSensor, 10, (record) => record.set([0x58, 0x1b], STATE_SENSOR.parts)),
    run: async (probe) => {
      for (const { parts, record } of sound(await stateSensors(probe))) {
        for (const { stateSetId: set } of parts) {
          must(
            set >= FIRST_OEM_SET || stateSet(set) !== undefined,
            `${recordName(record)}: state set ${set} is unknown`,
          );
        }
      }
    },
  },
  {
    id: 'PLDM-PLAT-029',
    clause: 'DSP0248 §28',
    level: 'mandatory',
    title: 'Every sensor has an ID of its own',
    why: 'a reading belongs to one sensor',
    failure: 'two sensor PDRs have the same sensorId',
    mend: 'number numeric, compact and state sensors together',
    mutant: () => sensorByte(NUMERIC_SENSOR.id, 1),
    run: (probe) => unique(probe, [numericSensor, stateSensor, compactNumericSensor], 'sensor'),
  },
  {
    id: 'PLDM-PLAT-030',
    clause: 'DSP0248 §28',
    level: 'mandatory',
    title: 'Every effecter has an ID of its own',
    why: 'a setting goes to one effecter',
    failure: 'two effecter PDRs have the same effecterId',
    mend: 'number numeric and state effecters together',
    mutant: () =>
      pdrMutantOf(numericEffecter, 7, (record) => record.fill(5, NUMERIC_EFFECTER.id, NUMERIC_EFFECTER.id + 1)),
    run: (probe) => unique(probe, [numericEffecter, stateEffecter], 'effecter'),
  },
  sensorField(
    {
      id: 'PLDM-PLAT-031',
      title: 'The unit of a numeric sensor is one that the standard has',
      why: 'a reading without a unit is a number',
      failure: 'baseUnit is none of DSP0248 table 83, nor 255',
      mend: 'use a unit of the standard, or 255 with an OEM Unit PDR',
    },
    NUMERIC_SENSOR.unit,
    200,
    isUnit,
  ),
  sensorField(
    {
      id: 'PLDM-PLAT-032',
      title: 'The rate of a numeric sensor is one that the standard has',
      why: 'a reading per something unknown means nothing',
      failure: 'rateUnit is above 9',
      mend: 'use 0 for none, 1 to 9 for a time',
    },
    NUMERIC_SENSOR.rate,
    10,
    (value) => value <= MOST_RATE,
  ),
  sensorField(
    {
      id: 'PLDM-PLAT-033',
      title: 'The second unit of a numeric sensor is one that the standard has',
      why: 'a reading in an unknown unit means nothing',
      failure: 'auxUnit is none of DSP0248 table 83, nor 255',
      mend: 'use 0 for none',
    },
    NUMERIC_SENSOR.auxUnit,
    201,
    isUnit,
  ),
  sensorField(
    {
      id: 'PLDM-PLAT-034',
      title: 'The data size of a numeric sensor is one that the standard has',
      why: 'otherwise the number of bytes of its values is not known',
      failure: 'sensorDataSize is above 7',
      mend: 'use 0 to 5, or 6 and 7 for 64 bits',
    },
    NUMERIC_SENSOR.dataSize,
    9,
    (value) => valueSize(value) !== undefined,
  ),
  sensorField(
    {
      id: 'PLDM-PLAT-035',
      title: 'Initialization of a numeric sensor is one of the four kinds',
      why: 'the initialization agent does what it says',
      failure: 'sensorInit is above 3',
      mend: 'use noInit, useInitPDR, enableSensor or disableSensor',
    },
    NUMERIC_SENSOR.init,
    7,
    (value) => value <= 3,
  ),
  sensorField(
    {
      id: 'PLDM-PLAT-036',
      title: 'isLinear of a numeric sensor is true or false',
      why: 'requesters read 0 and 1 only',
      failure: 'the byte is neither 0 nor 1',
      mend: 'write 1 where the formula holds, 0 where it does not',
    },
    NUMERIC_SENSOR.isLinear,
    3,
    (value) => value <= 1,
  ),
  finiteField(
    {
      id: 'PLDM-PLAT-037',
      title: 'The resolution of a numeric sensor is a number, and not 0',
      why: 'every reading is multiplied by it',
      failure: 'resolution is infinite, no number, or 0',
      mend: 'write 1.0 where a reading is in the unit itself',
    },
    numericSensor,
    'numeric sensor',
    { isLinear: NUMERIC_SENSOR.isLinear, value: NUMERIC_SENSOR.resolution },
    (value) => value === 0,
  ),
  finiteField(
    {
      id: 'PLDM-PLAT-038',
      title: 'The offset of a numeric sensor is a number',
      why: 'it is added to every reading',
      failure: 'offset is infinite, or no number',
      mend: 'write 0.0 where there is none',
    },
    numericSensor,
    'numeric sensor',
    { isLinear: NUMERIC_SENSOR.isLinear, value: NUMERIC_SENSOR.offset },
  ),
  {
    id: 'PLDM-PLAT-039',
    clause: 'DSP0248 §28, numeric sensor PDR',
    level: 'conditional',
    condition: 'when there are numeric sensors',
    title: 'The range of a numeric sensor is one',
    why: 'a requester shows readings between the two',
    failure: 'maxReadable is below minReadable',
    mend: 'write the raw values of both ends: maxReadable comes first',
    mutant: () =>
      pdrMutantOf(numericSensor, PLAIN_SENSOR, (record) => {
        const size = valueSize(record[NUMERIC_SENSOR.dataSize])!;
        const [max, min] = [record.slice(55 + size, 55 + 2 * size), record.slice(55 + 2 * size, 55 + 3 * size)];
        record.set(min, 55 + size);
        record.set(max, 55 + 2 * size);
      }),
    run: async (probe) => {
      for (const { max, min, record } of await numericSensors(probe)) {
        must(max >= min, `${recordName(record)}: maxReadable ${max} is below minReadable ${min}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-040',
    clause: 'DSP0248 §28, numeric sensor PDR',
    level: 'conditional',
    condition: 'when there are numeric sensors',
    title: 'Reserved bits of the thresholds of a numeric sensor are 0',
    why: 'a later version of the standard gives them a meaning',
    failure: 'bits 7:6 of supportedThresholds, or bits 7:5 of the volatility, are set',
    mend: 'set the bits of what is supported only',
    mutant: () =>
      pdrMutantOf(numericSensor, PLAIN_SENSOR, (record) => {
        record[NUMERIC_SENSOR.hysteresis + valueSize(record[NUMERIC_SENSOR.dataSize])!]! |= 0x80;
      }),
    run: async (probe) => {
      for (const { supportedThresholds, dataSize, record } of await numericSensors(probe)) {
        const volatility = record[NUMERIC_SENSOR.hysteresis + valueSize(dataSize)! + 1]!;
        const isRight = (supportedThresholds & 0xc0) === 0 && (volatility & 0xe0) === 0;
        must(isRight, `${recordName(record)}: ${codeName(supportedThresholds)} and ${codeName(volatility)}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-041',
    clause: 'DSP0248 §28, numeric sensor PDR',
    level: 'conditional',
    condition: 'when there are numeric sensors',
    title: 'The update interval of a numeric sensor is a time',
    why: 'requesters read the sensor as often as it has something new',
    failure: 'updateInterval is negative, infinite, or no number',
    mend: 'write seconds',
    mutant: () =>
      pdrMutantOf(numericSensor, PLAIN_SENSOR, (record) => {
        record.set(INFINITE, 51 + valueSize(record[NUMERIC_SENSOR.dataSize])!);
      }),
    run: async (probe) => {
      for (const { dataSize, record } of await numericSensors(probe)) {
        const interval = realAt(record, 51 + valueSize(dataSize)!);
        must(Number.isFinite(interval) && interval >= 0, `${recordName(record)}: updateInterval is ${interval}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-042',
    clause: 'DSP0248 §28, sensor auxiliary names PDR',
    level: 'recommended',
    title: 'A sensor which says that it has names has them',
    why: 'requesters look for the names, and show none',
    failure: 'sensorAuxiliaryNamesPdr is set, and no Sensor Auxiliary Names PDR has the ID of the sensor',
    mend: 'add the record with the names, or clear the flag',
    mutant: () =>
      pdrMutantOf(numericSensor, NAMELESS_SENSOR, (record) =>
        record.fill(1, NUMERIC_SENSOR.namesFlag, NUMERIC_SENSOR.namesFlag + 1),
      ),
    run: async (probe) => {
      const { records } = await repository(probe);
      const all = records.map(({ bytes }) => bytes);
      const named = all
        .filter((bytes) => bytes[5] === PDR_TYPE.sensorAuxiliaryNames)
        .map((bytes) => u16At(bytes, NUMERIC_SENSOR.id));
      const sensors = all.filter((bytes) => bytes[5] === numericSensor || bytes[5] === stateSensor);
      if (sensors.length === 0) notApplicable('the repository describes no sensor');
      for (const record of sensors) {
        const id = u16At(record, NUMERIC_SENSOR.id);
        const isRight = record[NUMERIC_SENSOR.namesFlag] !== 1 || named.includes(id);
        must(isRight, `sensor ${id} says that it has names, and no record has them`);
      }
    },
  },
];
