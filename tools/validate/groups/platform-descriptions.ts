/** Checks of what PDRs say of sensors and effecters: identifiers, units, formulas, limits, states (DSP0248 §28). */

import { PDR_TYPE } from '../../../pldm/platform/pdr/pdr-common.js';
import { stateSet } from '../../../pldm/platform/state-sets.js';
import { UNIT_OEM, unitName } from '../../../pldm/platform/units.js';
import type { CheckDeclaration } from '../declaration.js';
import { must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { codeName } from './control-steps.js';
import {
  NUMERIC_EFFECTER,
  NUMERIC_SENSOR,
  numericEffecters,
  numericSensorLength,
  numericSensors,
  pdrMutant,
  pdrMutantOf,
  realAt,
  recordName,
  recordsOf,
  repository,
  STATE_EFFECTER,
  STATE_SENSOR,
  sound,
  stateEffecters,
  stateSensors,
  valueSize,
} from './platform-records.js';
import { u16At } from './pldm-steps.js';

const { numericSensor, numericEffecter, stateSensor, stateEffecter, compactNumericSensor } = PDR_TYPE;
const FIRST_OEM_SET = 0x8000;
const MOST_RATE = 9;
/** Of the conforming device: a sensor without thresholds, and one without a name. */
const PLAIN_SENSOR = 2;
const NAMELESS_SENSOR = 4;
const COMPACT_NAME_LENGTH = 20;
const COMPACT_UNIT = 21;
const COMPACT_SUPPORT = 24;
const COMPACT_LIMITS = 25;
const COMPACT_NAME = 49;
const INFINITE = [0x00, 0x00, 0x80, 0x7f];

const sensorByte = (at: number, value: number) =>
  pdrMutantOf(numericSensor, PLAIN_SENSOR, (record) => {
    record[at] = value;
  });

/** A byte of every numeric sensor is one of those allowed. */
const sensorField = (
  about: Pick<CheckDeclaration, 'id' | 'title' | 'why' | 'failure' | 'mend'>,
  at: number,
  wrong: number,
  isRight: (value: number, record: Uint8Array) => boolean,
): CheckDeclaration => ({
  ...about,
  clause: 'DSP0248 §28, numeric sensor PDR',
  level: 'conditional',
  condition: 'when there are numeric sensors',
  mutant: () => sensorByte(at, wrong),
  run: async (probe) => {
    for (const record of await recordsOf(probe, numericSensor, 'numeric sensor')) {
      const value = record[at] ?? 0;
      must(isRight(value, record), `${recordName(record)}: the field at byte ${at} is ${codeName(value)}`);
    }
  },
});

/** A real number of every linear numeric sensor or effecter is finite. */
const finiteField = (
  about: Pick<CheckDeclaration, 'id' | 'title' | 'why' | 'failure' | 'mend'>,
  pdrType: number,
  what: string,
  at: { readonly isLinear: number; readonly value: number },
  isWrong: (value: number) => boolean = () => false,
): CheckDeclaration => ({
  ...about,
  clause: 'DSP0248 §28, reading to units',
  level: 'conditional',
  condition: `when there is a linear ${what}`,
  mutant: () =>
    pdrMutantOf(pdrType, pdrType === numericSensor ? PLAIN_SENSOR : 7, (record) => record.set(INFINITE, at.value)),
  run: async (probe) => {
    for (const record of await recordsOf(probe, pdrType, what)) {
      if (record.length < at.value + 4 || record[at.isLinear] !== 1) continue;
      const value = realAt(record, at.value);
      must(Number.isFinite(value) && !isWrong(value), `${recordName(record)}: the number is ${value}`);
    }
  },
});

const unique = async (probe: Probe, types: readonly number[], what: string): Promise<void> => {
  const { records } = await repository(probe);
  const seen = new Map<number, Uint8Array>();
  for (const { bytes } of records) {
    if (!types.includes(bytes[5]!)) continue;
    const id = u16At(bytes, NUMERIC_SENSOR.id);
    const other = seen.get(id);
    must(
      other === undefined,
      `${what} ${id} is described by ${recordName(other ?? bytes)} and by ${recordName(bytes)}`,
    );
    seen.set(id, bytes);
  }
  if (seen.size === 0) notApplicable(`the repository describes no ${what}`);
};

export const PLATFORM_DESCRIPTION_CHECKS: readonly CheckDeclaration[] = [
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
      why: 'nobody knows how many bytes its values have otherwise',
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
  {
    id: 'PLDM-PLAT-043',
    clause: 'DSP0248 §28, compact numeric sensor PDR',
    level: 'conditional',
    condition: 'when there are compact numeric sensors',
    title: 'The unit of a compact numeric sensor is one that the standard has',
    why: 'a reading without a unit is a number',
    failure: 'baseUnit is none of DSP0248 table 83, nor 255',
    mend: 'use a unit of the standard',
    mutant: () => pdrMutant(compactNumericSensor, (record) => record.fill(200, COMPACT_UNIT, COMPACT_UNIT + 1)),
    run: async (probe) => {
      for (const record of await recordsOf(probe, compactNumericSensor, 'compact numeric sensor')) {
        must(isUnit(record[COMPACT_UNIT] ?? 0), `${recordName(record)}: unit ${record[COMPACT_UNIT]}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-044',
    clause: 'DSP0248 §28, compact numeric sensor PDR',
    level: 'conditional',
    condition: 'when there are compact numeric sensors',
    title: 'The name of a compact numeric sensor fits its record',
    why: 'a requester which reads over the end reads something else',
    failure: 'sensorNameStringByteLength is more than the bytes behind the limits',
    mend: 'count the bytes of the name',
    mutant: () =>
      pdrMutant(compactNumericSensor, (record) => record.fill(250, COMPACT_NAME_LENGTH, COMPACT_NAME_LENGTH + 1)),
    run: async (probe) => {
      for (const record of await recordsOf(probe, compactNumericSensor, 'compact numeric sensor')) {
        const room = record.length - COMPACT_NAME;
        const length = record[COMPACT_NAME_LENGTH] ?? 0;
        must(length <= room, `${recordName(record)}: a name of ${length} bytes in ${room}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-045',
    clause: 'DSP0248 §28, compact numeric sensor PDR',
    level: 'conditional',
    condition: 'when there are compact numeric sensors',
    title: 'The limits of a compact numeric sensor are in order',
    why: 'requesters raise the alarm by them',
    failure:
      'a warning is above the critical limit, a critical limit above the fatal one, or the low ones the other way round',
    mend: 'write warningHigh below criticalHigh below fatalHigh, and the low ones in the other direction',
    mutant: () => pdrMutant(compactNumericSensor, (record) => record.set([0x7f, 0, 0, 0], COMPACT_LIMITS)),
    run: async (probe) => {
      for (const record of await recordsOf(probe, compactNumericSensor, 'compact numeric sensor')) {
        if (record.length < COMPACT_NAME) continue;
        const view = new DataView(record.buffer, record.byteOffset + COMPACT_LIMITS);
        const limits = Array.from({ length: 6 }, (_, index) => view.getInt32(4 * index, true));
        const has = (index: number): boolean => ((record[COMPACT_SUPPORT]! >> index) & 1) === 1;
        const high = [0, 2, 4].filter(has).map((index) => limits[index]!);
        const low = [1, 3, 5].filter(has).map((index) => -limits[index]!);
        const isRight = isRising(high) && isRising(low);
        must(isRight, `${recordName(record)}: high ${high.join(', ')}, low ${low.map((one) => -one).join(', ')}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-046',
    clause: 'DSP0248 §28, numeric effecter PDR',
    level: 'conditional',
    condition: 'when there are numeric effecters',
    title: 'The range of a numeric effecter is one',
    why: 'a requester sets what is between the two',
    failure: 'maxSettable is below minSettable',
    mend: 'write the raw values of both ends: maxSettable comes first',
    mutant: () =>
      pdrMutantOf(numericEffecter, 7, (record) => {
        const size = valueSize(record[NUMERIC_EFFECTER.dataSize])!;
        const at = NUMERIC_EFFECTER.maxSettable;
        const [max, min] = [record.slice(at, at + size), record.slice(at + size, at + 2 * size)];
        record.set(min, at);
        record.set(max, at + size);
      }),
    run: async (probe) => {
      for (const { max, min, record } of await numericEffecters(probe)) {
        must(max >= min, `${recordName(record)}: maxSettable ${max} is below minSettable ${min}`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-047',
    clause: 'DSP0248 §28, numeric effecter PDR',
    level: 'conditional',
    condition: 'when there are numeric effecters',
    title: 'The unit of a numeric effecter is one that the standard has',
    why: 'a setting without a unit is a number',
    failure: 'baseUnit is none of DSP0248 table 83, nor 255',
    mend: 'use a unit of the standard, or 255 with an OEM Unit PDR',
    mutant: () =>
      pdrMutantOf(numericEffecter, 7, (record) => record.fill(200, NUMERIC_EFFECTER.unit, NUMERIC_EFFECTER.unit + 1)),
    run: async (probe) => {
      for (const record of await recordsOf(probe, numericEffecter, 'numeric effecter')) {
        const unit = record[NUMERIC_EFFECTER.unit] ?? 0;
        must(isUnit(unit), `${recordName(record)}: unit ${unit}`);
      }
    },
  },
  finiteField(
    {
      id: 'PLDM-PLAT-048',
      title: 'The resolution of a numeric effecter is a number, and not 0',
      why: 'every setting is divided by it',
      failure: 'resolution is infinite, no number, or 0',
      mend: 'write 1.0 where a setting is in the unit itself',
    },
    numericEffecter,
    'numeric effecter',
    { isLinear: NUMERIC_EFFECTER.isLinear, value: NUMERIC_EFFECTER.resolution },
    (value) => value === 0,
  ),
  {
    id: 'PLDM-PLAT-049',
    clause: 'DSP0248 §28, state effecter PDR',
    level: 'conditional',
    condition: 'when there are state effecters',
    title: 'A state effecter has one to eight parts, with possible states',
    why: 'a part without states cannot be set to any',
    failure: 'compositeEffecterCount is 0 or above 8, or no bit of possibleStates is set',
    mend: 'describe one to eight parts, and set the bits of all states which each can be set to',
    mutant: () => pdrMutant(stateEffecter, (record) => record.fill(0, STATE_EFFECTER.parts + 3)),
    run: async (probe) => {
      for (const { count, parts = [], record } of await stateEffecters(probe)) {
        must(count >= 1 && count <= 8 && parts.length === count, `${recordName(record)} has ${count} parts`);
        const empty = parts.findIndex(({ possible }) => possible.length === 0);
        must(empty < 0, `${recordName(record)}: part ${empty} has no possible states`);
      }
    },
  },
  {
    id: 'PLDM-PLAT-050',
    clause: 'DSP0248 §28, entity association PDR',
    level: 'conditional',
    condition: 'when there are entity associations',
    title: 'Nothing contains itself',
    why: 'a requester which follows the associations never comes to an end',
    failure: 'the container is among the entities that an Entity Association PDR says it contains',
    mend: 'name what is inside of the container',
    mutant: () => pdrMutant(PDR_TYPE.entityAssociation, (record) => record.set(record.slice(13, 17), 20)),
    run: async (probe) => {
      for (const record of await recordsOf(probe, PDR_TYPE.entityAssociation, 'entity association')) {
        const isContainer = (at: number): boolean => [0, 1, 2, 3].every((one) => record[13 + one] === record[at + one]);
        for (let at = 20; at + 6 <= record.length; at += 6) {
          must(!isContainer(at), `${recordName(record)}: the container contains itself`);
        }
      }
    },
  },
  {
    id: 'PLDM-PLAT-051',
    clause: 'DSP0248 §28, entity association PDR',
    level: 'conditional',
    condition: 'when there are entity associations',
    title: 'The number of contained entities fits the record',
    why: 'a requester which reads over the end reads something else',
    failure: 'containedEntityCount and the bytes behind it do not belong together',
    mend: 'write six bytes for each contained entity, and their number before them',
    mutant: () => pdrMutant(PDR_TYPE.entityAssociation, (record) => record[19]!++),
    run: async (probe) => {
      for (const record of await recordsOf(probe, PDR_TYPE.entityAssociation, 'entity association')) {
        const [count, bytes] = [record[19] ?? 0, record.length - 20];
        must(6 * count === bytes, `${recordName(record)}: ${count} entities in ${bytes} bytes`);
      }
    },
  },
];

function isUnit(unit: number): boolean {
  return unit === UNIT_OEM || unitName(unit) !== `unit ${unit}`;
}

function isRising(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || value >= values[index - 1]!);
}
