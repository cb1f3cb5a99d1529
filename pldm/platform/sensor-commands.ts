/** Commands of numeric and state sensors (DSP0248 §18, §20, §21). */

import { bool8, CodecError, decode, derived, le, list, reserved, rest, struct, u8 } from '../../stack/codec/index.js';
import { commandsOf } from '../base/pldm-command.js';
import { PLDM_TYPE } from '../base/pldm-types.js';
import {
  dataSize,
  eventMessageEnable,
  initEventEnable,
  numericState,
  sensorOperationalState,
  setEventMessageEnable,
  settableSensorState,
  sizedValue,
} from './platform-enums.js';

/** Of every command about a sensor. */
const OF_SENSORS = { INVALID_SENSOR_ID: 0x80 } as const;
export const SENSOR_ENABLE_CODES = {
  ...OF_SENSORS,
  INVALID_SENSOR_OPERATIONAL_STATE: 0x81,
  EVENT_GENERATION_NOT_SUPPORTED: 0x82,
} as const;
/** Of the commands which read sensors (DSP0248 §18.2, §21.2). */
export const SENSOR_CODES = { ...OF_SENSORS, REARM_UNAVAILABLE_IN_PRESENT_STATE: 0x81 } as const;
export const INIT_STATE_SENSOR_CODES = { ...OF_SENSORS, INVALID_STATE_VALUE: 0x81 } as const;
const declare = commandsOf(PLDM_TYPE.platform, 'DSP0248 §18', OF_SENSORS);

const sensorValue = sizedValue('sensorDataSize');
const thresholds = {
  sensorDataSize: dataSize,
  upperThresholdWarning: sensorValue,
  upperThresholdCritical: sensorValue,
  upperThresholdFatal: sensorValue,
  lowerThresholdWarning: sensorValue,
  lowerThresholdCritical: sensorValue,
  lowerThresholdFatal: sensorValue,
} as const;
/** The fields of Get and SetSensorThresholds by the names of the thresholds. */
export const THRESHOLD_FIELDS = {
  upperWarning: 'upperThresholdWarning',
  upperCritical: 'upperThresholdCritical',
  upperFatal: 'upperThresholdFatal',
  lowerWarning: 'lowerThresholdWarning',
  lowerCritical: 'lowerThresholdCritical',
  lowerFatal: 'lowerThresholdFatal',
} as const;
const hysteresis = { sensorDataSize: dataSize, hysteresisValue: sensorValue } as const;

export const SetNumericSensorEnable = declare({
  name: 'SetNumericSensorEnable',
  code: 0x10,
  request: {
    sensorId: le.u16,
    sensorOperationalState: settableSensorState,
    sensorEventMessageEnable: setEventMessageEnable,
  },
  response: {},
  completionCodes: SENSOR_ENABLE_CODES,
});

/** A reading means something only while the sensor is enabled. It is raw: see `NumericSensorScale`. */
export const GetSensorReading = declare({
  name: 'GetSensorReading',
  code: 0x11,
  request: { sensorId: le.u16, rearmEventState: bool8 },
  response: {
    sensorDataSize: dataSize,
    sensorOperationalState,
    sensorEventMessageEnable: eventMessageEnable,
    presentState: numericState,
    previousState: numericState,
    eventState: numericState,
    presentReading: sensorValue,
  },
  completionCodes: { ...OF_SENSORS, REARM_UNAVAILABLE_IN_PRESENT_STATE: 0x81 },
  // Re-arming twice changes nothing, and a reading must never be an old one.
  idempotent: true,
});

export const GetSensorThresholds = declare({
  name: 'GetSensorThresholds',
  code: 0x12,
  request: { sensorId: le.u16 },
  response: thresholds,
  idempotent: true,
});

export const SetSensorThresholds = declare({
  name: 'SetSensorThresholds',
  code: 0x13,
  request: { sensorId: le.u16, ...thresholds },
  response: {},
});

export const RestoreSensorThresholds = declare({
  name: 'RestoreSensorThresholds',
  code: 0x14,
  request: { sensorId: le.u16 },
  response: {},
});

export const GetSensorHysteresis = declare({
  name: 'GetSensorHysteresis',
  code: 0x15,
  request: { sensorId: le.u16 },
  response: hysteresis,
  idempotent: true,
});

export const SetSensorHysteresis = declare({
  name: 'SetSensorHysteresis',
  code: 0x16,
  request: { sensorId: le.u16, ...hysteresis },
  response: {},
});

/** The reading has the sensor's own data size, which the message does not tell (unverified): `decodeReading`. */
export const InitNumericSensor = declare({
  name: 'InitNumericSensor',
  code: 0x17,
  request: {
    sensorId: le.u16,
    sensorOperationalState,
    sensorPresentState: numericState,
    eventMsgEnable: initEventEnable,
    setNumericReading: bool8,
    reading: rest.note('of the data size of the sensor; empty: none'),
  },
  response: {},
});

const sizedReading = struct('reading', { sensorDataSize: dataSize, reading: sensorValue });

/** The reading of InitNumericSensor; undefined when it has not the length of the data size. */
export function decodeReading(sensorDataSize: number, reading: Uint8Array): number | bigint | undefined {
  try {
    return decode(sizedReading, Uint8Array.of(sensorDataSize, ...reading)).reading;
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

const compositeCount = derived(u8);

export const SetStateSensorEnables = declare({
  name: 'SetStateSensorEnables',
  code: 0x20,
  request: {
    sensorId: le.u16,
    compositeSensorCount: compositeCount,
    opFields: list(
      struct('opField', { sensorOperationalState: settableSensorState, eventMessageEnable: setEventMessageEnable }),
      { count: 'compositeSensorCount', min: 1, max: 8 },
    ),
  },
  response: {},
  completionCodes: { ...OF_SENSORS, EVENT_GENERATION_NOT_SUPPORTED: 0x82 },
});

/** States are numbers of the sensor's state sets: see state-sets.ts. */
export const GetStateSensorReadings = declare({
  name: 'GetStateSensorReadings',
  code: 0x21,
  request: { sensorId: le.u16, sensorRearm: u8.note('bit n re-arms sensor n'), reserved: reserved(u8) },
  response: {
    compositeSensorCount: compositeCount,
    stateField: list(
      struct('stateField', {
        sensorOpState: sensorOperationalState,
        presentState: u8,
        previousState: u8,
        eventState: u8,
      }),
      { count: 'compositeSensorCount', min: 1, max: 8 },
    ),
  },
  idempotent: true,
});

export const InitStateSensor = declare({
  name: 'InitStateSensor',
  code: 0x22,
  request: {
    sensorId: le.u16,
    compositeSensorCount: compositeCount,
    initFields: list(
      struct('initField', { opState: sensorOperationalState, presentState: u8, eventMsgEnable: initEventEnable }),
      { count: 'compositeSensorCount', min: 1, max: 8 },
    ),
  },
  response: {},
  completionCodes: INIT_STATE_SENSOR_CODES,
});
