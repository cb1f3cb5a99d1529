/** Checks of state sensors and of effecters as they answer, against what their PDRs say (DSP0248 §18, §22). */

import { GetNumericEffecterValue, GetStateEffecterStates } from '../../../pldm/platform/effecter-commands.js';
import { EFFECTER_OPERATIONAL_STATE, SENSOR_OPERATIONAL_STATE } from '../../../pldm/platform/platform-enums.js';
import { GetStateSensorReadings } from '../../../pldm/platform/sensor-commands.js';
import type { CheckDeclaration } from '../declaration.js';
import { must } from '../finding.js';
import { codeName } from './control-steps.js';
import {
  failed,
  ofNumericEffecters,
  ofOne,
  ofStateEffecters,
  ofStates,
  states,
  unknownId,
} from './platform-reading-steps.js';
import { numericEffecters, sound, stateEffecters, stateSensors, valueAt, valueSize } from './platform-records.js';
import { DATA_AT, le16, OK, pldm, pldmMandatory } from './pldm-steps.js';

export const PLATFORM_STATE_CHECKS: readonly CheckDeclaration[] = [
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
    why: 'it could not have been set, and cannot be put back',
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
    why: 'it could not have been set, and cannot be put back',
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
