/** Checks of what is set: enables, initialization, effecters; and FindPDR (DSP0248 §18, §22, §26). */

import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import {
  GetNumericEffecterValue,
  GetStateEffecterStates,
  SET_STATE_EFFECTER_CODES,
  SetNumericEffecterEnable,
  SetNumericEffecterValue,
  SetStateEffecterEnables,
  SetStateEffecterStates,
} from '../../../pldm/platform/effecter-commands.js';
import { FIND_OPERATION, FIND_PDR_CODES, FindPDR } from '../../../pldm/platform/pdr-commands.js';
import { SENSOR_OPERATIONAL_STATE } from '../../../pldm/platform/platform-enums.js';
import {
  GetSensorReading,
  GetStateSensorReadings,
  InitNumericSensor,
  InitStateSensor,
  SetNumericSensorEnable,
  SetStateSensorEnables,
} from '../../../pldm/platform/sensor-commands.js';
import type { CheckDeclaration } from '../declaration.js';
import { inconclusive, must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { codeName } from './control-steps.js';
import { failed, readings, states, unknownId } from './platform-reading-steps.js';
import { numericEffecters, repository, valueSize } from './platform-records.js';
import { announces, DATA_AT, le16, le32, OK, pldm, pldmCode, pldmData, pldmSuccess, refuses } from './pldm-steps.js';

const { enabled, disabled } = SENSOR_OPERATIONAL_STATE;
const NO_CHANGE = 0;
const REQUEST_SET = 1;
/** Of no state set. */
const NO_STATE = 0xfe;
const RECORD_TYPE_AT = 11 + 5;

const write = { level: 'conditional', needs: 'write' } as const;

/** What a numeric effecter is set to: its request to be set to that again. @throws Finding */
async function presentValue(probe: Probe) {
  await announces(probe, SetNumericEffecterValue);
  for (const effecter of await numericEffecters(probe)) {
    const { code, data } = await pldm(probe, GetNumericEffecterValue, le16(effecter.id));
    const size = valueSize(data[0]);
    if (code !== OK || size === undefined || data.length < 2 + 2 * size) continue;
    const value = data.subarray(2 + size, 2 + 2 * size);
    return { effecter, size, value, body: [...le16(effecter.id), data[0]!, ...value] };
  }
  return notApplicable('no numeric effecter says what it is set to');
}

/** The same of a state effecter. @throws Finding */
async function presentStates(probe: Probe) {
  await announces(probe, SetStateEffecterStates);
  const [effecter] = await states(probe, 'effecter');
  const { id, count, parts, data } = effecter!;
  const now = Array.from({ length: count }, (_, part) => data[3 + 3 * part] ?? 0);
  const body = (all: readonly number[]): number[] => [
    ...[...le16(id), count],
    ...all.flatMap((state) => [REQUEST_SET, state]),
  ];
  const isPossible = now.every((state, part) => parts[part]!.possible.includes(state));
  return { id, now, isPossible, body };
}

const findBody = (operation: number, type: number): number[] => [
  ...[...le32(0), operation, ...le16(0xff)],
  ...[...le16(type), 0, ...le16(0)],
];

export const PLATFORM_SETTING_CHECKS: readonly CheckDeclaration[] = [
  unknownId('PLDM-PLAT-101', 'DSP0248 §18, SetNumericSensorEnable', SetNumericSensorEnable, [enabled, 0], 'sensor'),
  unknownId('PLDM-PLAT-102', 'DSP0248 §18, SetStateSensorEnables', SetStateSensorEnables, [1, enabled, 0], 'sensor'),
  unknownId('PLDM-PLAT-103', 'DSP0248 §18, InitNumericSensor', InitNumericSensor, [enabled, 1, 0, 0], 'sensor'),
  unknownId('PLDM-PLAT-104', 'DSP0248 §18, InitStateSensor', InitStateSensor, [1, enabled, 0, 0], 'sensor'),
  unknownId('PLDM-PLAT-105', 'DSP0248 §22, SetNumericEffecterEnable', SetNumericEffecterEnable, [0], 'effecter'),
  unknownId('PLDM-PLAT-106', 'DSP0248 §22, SetNumericEffecterValue', SetNumericEffecterValue, [0, 0], 'effecter'),
  unknownId('PLDM-PLAT-107', 'DSP0248 §22, SetStateEffecterEnables', SetStateEffecterEnables, [1, 0, 0], 'effecter'),
  unknownId('PLDM-PLAT-108', 'DSP0248 §22, SetStateEffecterStates', SetStateEffecterStates, [1, 0, 0], 'effecter'),
  {
    id: 'PLDM-PLAT-109',
    clause: 'DSP0248 §18, SetNumericSensorEnable',
    ...write,
    condition: 'when it supports SetNumericSensorEnable',
    title: 'A numeric sensor which is disabled says so',
    why: 'its reading means nothing then',
    failure: 'SetNumericSensorEnable is refused, or GetSensorReading goes on with "enabled"',
    mend: 'answer sensorOperationalState 1 until the sensor is enabled again',
    mutant: () =>
      pldmSuccess(GetSensorReading, (payload) =>
        payload[DATA_AT + 1] === disabled ? payload.with(DATA_AT + 1, enabled) : payload,
      ),
    run: async (probe) => {
      await announces(probe, SetNumericSensorEnable);
      const found = (await readings(probe)).find(({ data }) => data[1] === enabled);
      if (found === undefined) return notApplicable('no numeric sensor is enabled');
      const id = le16(found.sensor.id);
      probe.restore(async () => {
        await pldm(probe, SetNumericSensorEnable, [...id, enabled, NO_CHANGE]);
      });
      const code = await pldmCode(probe, SetNumericSensorEnable, [...id, disabled, NO_CHANGE]);
      must(code === OK, `sensor ${found.sensor.id} cannot be disabled: ${codeName(code)}`);
      const state = (await pldmData(probe, GetSensorReading, [...id, 0]))[1];
      must(state === disabled, `sensor ${found.sensor.id} was disabled, and its operational state is ${state}`);
    },
  },
  {
    id: 'PLDM-PLAT-110',
    clause: 'DSP0248 §18, SetStateSensorEnables',
    ...write,
    condition: 'when it supports SetStateSensorEnables',
    title: 'A state sensor which is disabled says so',
    why: 'its state means nothing then',
    failure: 'SetStateSensorEnables is refused, or GetStateSensorReadings goes on with "enabled"',
    mend: 'answer sensorOpState 1 for each part until it is enabled again',
    mutant: () =>
      pldmSuccess(GetStateSensorReadings, (payload) =>
        payload[DATA_AT + 1] === disabled ? payload.with(DATA_AT + 1, enabled) : payload,
      ),
    run: async (probe) => {
      await announces(probe, SetStateSensorEnables);
      const found = (await states(probe, 'sensor')).find(({ data }) => data[1] === enabled);
      if (found === undefined) return notApplicable('no state sensor is enabled');
      const { id, count } = found;
      const body = (state: number): number[] => [
        ...[...le16(id), count],
        ...Array.from({ length: count }, () => [state, NO_CHANGE]).flat(),
      ];
      probe.restore(async () => {
        await pldm(probe, SetStateSensorEnables, body(enabled));
      });
      const code = await pldmCode(probe, SetStateSensorEnables, body(disabled));
      must(code === OK, `sensor ${id} cannot be disabled: ${codeName(code)}`);
      const state = (await pldmData(probe, GetStateSensorReadings, [...le16(id), 0, 0]))[1];
      must(state === disabled, `sensor ${id} was disabled, and the operational state of its first part is ${state}`);
    },
  },
  {
    id: 'PLDM-PLAT-111',
    clause: 'DSP0248 §22, SetNumericEffecterValue',
    ...write,
    condition: 'when it supports SetNumericEffecterValue',
    title: 'A numeric effecter takes the value that it has',
    why: 'what cannot be set to its own value cannot be put back',
    failure: 'SetNumericEffecterValue with the present value is refused, or changes it',
    mend: 'take every value from minSettable to maxSettable',
    mutant: () => pldmSuccess(SetNumericEffecterValue, failed),
    run: async (probe) => {
      const { effecter, size, value, body } = await presentValue(probe);
      const code = await pldmCode(probe, SetNumericEffecterValue, body);
      must(code === OK, `effecter ${effecter.id} is answered with completion code ${codeName(code)}`);
      const now = (await pldmData(probe, GetNumericEffecterValue, le16(effecter.id))).subarray(2, 2 + size);
      must(String(now) === String(value), `effecter ${effecter.id} has another pending value then`);
    },
  },
  refuses(
    {
      id: 'PLDM-PLAT-112',
      clause: 'DSP0248 §22, SetNumericEffecterValue',
      ...write,
      condition: 'when it supports SetNumericEffecterValue, and the limits are narrower than the data size',
      title: 'A numeric effecter refuses a value beyond its limits',
      why: 'a fan or a supply must not be driven beyond what it bears',
      failure: 'a value above maxSettable is taken, or answered with another error than ERROR_INVALID_DATA',
      mend: 'compare the value with the limits of the PDR before anything moves',
    },
    {
      command: SetNumericEffecterValue,
      codes: [COMPLETION.ERROR_INVALID_DATA],
      body: async (probe) => {
        const { effecter, size, body } = await presentValue(probe);
        // The largest value of the data size, signed or not.
        const largest = Array.from({ length: size }, (_, at) =>
          at === size - 1 && effecter.dataSize % 2 === 1 ? 0x7f : 0xff,
        );
        const bits = 8 * size - (effecter.dataSize % 2);
        if (effecter.max >= 2 ** bits - 1) return notApplicable('every value of the data size can be set');
        // Should the device take it.
        probe.restore(async () => {
          await pldm(probe, SetNumericEffecterValue, body);
        });
        return [...body.slice(0, 3), ...largest];
      },
    },
  ),
  {
    id: 'PLDM-PLAT-113',
    clause: 'DSP0248 §22, SetStateEffecterStates',
    ...write,
    condition: 'when it supports SetStateEffecterStates',
    title: 'A state effecter takes the states that it has',
    why: 'what cannot be set to its own state cannot be put back',
    failure: 'SetStateEffecterStates with the present states is refused, or changes them',
    mend: 'take every state of the PDR',
    mutant: () => pldmSuccess(SetStateEffecterStates, failed),
    run: async (probe) => {
      const { id, now, isPossible, body } = await presentStates(probe);
      if (!isPossible) return notApplicable('it is not in one of its possible states');
      const code = await pldmCode(probe, SetStateEffecterStates, body(now));
      must(code === OK, `effecter ${id} is answered with completion code ${codeName(code)}`);
      const data = await pldmData(probe, GetStateEffecterStates, le16(id));
      const isSame = now.every((state, part) => data[2 + 3 * part] === state);
      must(isSame, `effecter ${id} has other pending states then`);
    },
  },
  refuses(
    {
      id: 'PLDM-PLAT-114',
      clause: 'DSP0248 §22, SetStateEffecterStates',
      ...write,
      condition: 'when it supports SetStateEffecterStates',
      title: 'A state effecter refuses a state which it cannot have',
      why: 'the standard does not define what a device does for such a state',
      failure: 'a state that the PDR does not have is taken, or answered with another error than INVALID_STATE_VALUE',
      mend: 'compare the state with those of the PDR, and answer 0x81',
    },
    {
      command: SetStateEffecterStates,
      codes: [SET_STATE_EFFECTER_CODES.INVALID_STATE_VALUE],
      body: async (probe) => {
        const { now, body } = await presentStates(probe);
        // Should the device take it.
        probe.restore(async () => {
          await pldm(probe, SetStateEffecterStates, body(now));
        });
        return body(now.map(() => NO_STATE));
      },
    },
  ),
  refuses(
    {
      id: 'PLDM-PLAT-115',
      clause: 'DSP0248 §26, FindPDR',
      level: 'conditional',
      condition: 'when it supports FindPDR',
      title: 'FindPDR refuses an operation which is none',
      why: 'a record of another search is worse than an error',
      failure: 'findOperationFlag 9 is not answered with INVALID_FIND_OPERATION_FLAG',
      mend: 'take 0 and 1 only, and answer 0x81 to others',
    },
    { command: FindPDR, codes: [FIND_PDR_CODES.INVALID_FIND_OPERATION_FLAG], body: findBody(9, 0) },
  ),
  {
    id: 'PLDM-PLAT-116',
    clause: 'DSP0248 §26, FindPDR',
    level: 'conditional',
    condition: 'when it supports FindPDR by the type alone',
    title: 'FindPDR finds records of the type which is asked for',
    why: 'a requester takes what is found for what it asked for',
    failure: 'the record that is found has another type, though there is one of the wanted type',
    mend: 'compare the type in the header of the record with pdrType',
    mutant: () =>
      pldmSuccess(FindPDR, (payload) =>
        payload.length > DATA_AT + RECORD_TYPE_AT
          ? payload.with(DATA_AT + RECORD_TYPE_AT, payload[DATA_AT + RECORD_TYPE_AT]! ^ 0x40)
          : payload,
      ),
    run: async (probe) => {
      await announces(probe, FindPDR);
      const { records } = await repository(probe);
      const type = records.at(-1)?.bytes[5];
      if (type === undefined) return notApplicable('the repository has no record');
      const { code, data } = await pldm(probe, FindPDR, findBody(FIND_OPERATION.findFirst, type));
      if (code !== OK) return notApplicable(`it does not find by the type alone: ${codeName(code)}`);
      if (data.length <= RECORD_TYPE_AT) return inconclusive(`the answer to FindPDR has ${data.length} bytes`);
      must(data[RECORD_TYPE_AT] === type, `type ${type} was asked for, and type ${data[RECORD_TYPE_AT]} is found`);
    },
  },
];
