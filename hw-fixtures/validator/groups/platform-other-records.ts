/** Checks of PDRs of compact sensors, effecters and entities (DSP0248 §28). */

import { PDR_TYPE } from '../../../pldm/platform/pdr/pdr-common.js';
import type { CheckDeclaration } from '../declaration.js';
import { must } from '../finding.js';
import {
  COMPACT_LIMITS,
  COMPACT_NAME,
  COMPACT_NAME_LENGTH,
  COMPACT_SUPPORT,
  COMPACT_UNIT,
  compactNumericSensor,
  finiteField,
  isRising,
  isUnit,
  numericEffecter,
  stateEffecter,
} from './platform-description-steps.js';
import {
  NUMERIC_EFFECTER,
  numericEffecters,
  pdrMutant,
  pdrMutantOf,
  recordName,
  recordsOf,
  STATE_EFFECTER,
  stateEffecters,
  valueSize,
} from './platform-records.js';

export const PLATFORM_OTHER_RECORD_CHECKS: readonly CheckDeclaration[] = [
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
