/** Numeric sensors: raw numbers to physical values and back (DSP0248 §27.7), thresholds, hysteresis; state sensors. */

import type { CallOptions } from '../../stack/protocol/index.js';
import type { Terminus } from '../terminus/terminus.js';
import type { OemNames } from './oem-names.js';
import type { CompactNumericSensorPdr, NumericEffecterPdr, NumericSensorPdr } from './pdr/pdr-codec.js';
import type { NumericSensorView, StateSensorView } from './pdr-view.js';
import {
  DATA_SIZE,
  EVENT_MESSAGE_ENABLE,
  NUMERIC_STATE,
  numericState,
  SENSOR_OPERATIONAL_STATE,
  type SUPPORTED_THRESHOLDS,
  sensorOperationalState,
} from './platform-enums.js';
import {
  GetSensorHysteresis,
  GetSensorReading,
  GetSensorThresholds,
  GetStateSensorReadings,
  SetNumericSensorEnable,
  SetSensorHysteresis,
  SetSensorThresholds,
  SetStateSensorEnables,
  THRESHOLD_FIELDS,
} from './sensor-commands.js';
import { stateText } from './state-part.js';
import { unitText } from './units.js';

/** Between raw numbers and the unit. */
export interface Scale {
  readonly resolution: number;
  readonly offset: number;
  /** Power of ten. */
  readonly unitModifier: number;
  /** False: the formula does not hold, raw numbers are all there is. */
  readonly linear: boolean;
  /** "°C", "V/h"; empty for plain numbers. */
  readonly unit: string;
}

/** The scale of a PDR. A resolution or offset that is not a number counts as 1 and 0. */
export function scaleOf(
  pdr: NumericSensorPdr | NumericEffecterPdr | CompactNumericSensorPdr,
  names: Pick<OemNames, 'unitText'> = { unitText },
): Scale {
  if (!('resolution' in pdr)) {
    const { baseUnit, occurrenceRate, unitModifier } = pdr;
    return {
      resolution: 1,
      offset: 0,
      unitModifier,
      linear: true,
      unit: names.unitText({ baseUnit, rateUnit: occurrenceRate }),
    };
  }
  return {
    resolution: Number.isFinite(pdr.resolution) ? decimalOf(pdr.resolution) : 1,
    offset: Number.isFinite(pdr.offset) ? decimalOf(pdr.offset) : 0,
    unitModifier: pdr.unitModifier,
    linear: pdr.isLinear,
    unit: names.unitText(pdr),
  };
}

/** `(raw * resolution + offset) * 10^unitModifier`, in decimal digits; raw where that does not hold. */
export function toUnits(scale: Scale, raw: number | bigint): number {
  if (!scale.linear) return Number(raw);
  return tidy((Number(raw) * scale.resolution + scale.offset) * 10 ** scale.unitModifier);
}

/** A difference (hysteresis): without the offset. */
export function differenceToUnits(scale: Scale, raw: number | bigint): number {
  return scale.linear ? tidy(Number(raw) * scale.resolution * 10 ** scale.unitModifier) : Number(raw);
}

/** The nearest raw number of the data size; out of its range is its nearest end. */
export function fromUnits(scale: Scale, value: number, dataSize: number): number | bigint {
  const raw = scale.linear ? (value / 10 ** scale.unitModifier - scale.offset) / scale.resolution : value;
  return clampRaw(raw, dataSize);
}

export function differenceFromUnits(scale: Scale, value: number, dataSize: number): number | bigint {
  const raw = scale.linear ? value / 10 ** scale.unitModifier / scale.resolution : value;
  return clampRaw(raw, dataSize);
}

/** What the device meant by a real32: 0.1 for 0.10000000149, the shortest number that is the same real32. */
export function decimalOf(real32: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(real32.toPrecision(digits));
    if (Math.fround(short) === Math.fround(real32)) return short;
  }
  return Number(real32.toPrecision(9));
}

/** Without the dust of binary arithmetic. */
function tidy(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(14)) : value;
}

const BITS: readonly number[] = [8, 8, 16, 16, 32, 32, 64, 64];

function clampRaw(raw: number, dataSize: number): number | bigint {
  const bits = BITS[dataSize] ?? 32;
  const signed = dataSize % 2 === 1;
  const max = 2 ** (signed ? bits - 1 : bits);
  const min = signed ? -max : 0;
  const rounded = Math.min(Math.max(Math.round(Number.isNaN(raw) ? 0 : raw), min), max - 1);
  // A little below zero rounds to -0, which is not a raw number.
  if (dataSize < DATA_SIZE.u64) return rounded + 0;
  const limit = 1n << BigInt(signed ? 63 : 64);
  const wide = BigInt(rounded);
  return wide >= limit ? limit - 1n : wide;
}

export interface NumericReading {
  readonly sensorId: number;
  /** Undefined while the sensor is not enabled. In `unit`. */
  readonly value: number | undefined;
  readonly unit: string;
  readonly raw: number | bigint;
  /** "enabled", "failed" */
  readonly operationalState: string;
  /** "normal", "upperCritical" */
  readonly presentState: string;
  readonly previousState: string;
  readonly eventState: string;
  readonly eventsEnabled: boolean;
}

/** Read a numeric sensor. `rearm` lets a passed event state fire again. */
export async function readNumericSensor(
  terminus: Terminus,
  sensor: NumericSensorView,
  options: CallOptions & { readonly rearm?: boolean } = {},
): Promise<NumericReading> {
  const { rearm = false, ...call } = options;
  const reading = await terminus.call(GetSensorReading, { sensorId: sensor.sensorId, rearmEventState: rearm }, call);
  const enabled = reading.sensorOperationalState === SENSOR_OPERATIONAL_STATE.enabled;
  return {
    sensorId: sensor.sensorId,
    value: enabled ? toUnits(sensor.scale, reading.presentReading) : undefined,
    unit: sensor.scale.unit,
    raw: reading.presentReading,
    operationalState: nameOr(sensorOperationalState, reading.sensorOperationalState),
    presentState: nameOr(numericState, reading.presentState),
    previousState: nameOr(numericState, reading.previousState),
    eventState: nameOr(numericState, reading.eventState),
    eventsEnabled: reading.sensorEventMessageEnable >= EVENT_MESSAGE_ENABLE.eventsEnabled,
  };
}

function nameOr(names: { nameOf(value: number): string | undefined }, value: number): string {
  return names.nameOf(value) ?? String(value);
}

/** In the sensor's unit; undefined: not supported. */
export type Thresholds = { readonly [K in keyof typeof SUPPORTED_THRESHOLDS]?: number };
export type ThresholdName = keyof typeof SUPPORTED_THRESHOLDS;

export const THRESHOLD_NAMES = Object.keys(THRESHOLD_FIELDS) as readonly ThresholdName[];

/** The thresholds in force, of those that the PDR says are supported (all of them for compact PDRs). */
export async function readThresholds(
  terminus: Terminus,
  sensor: NumericSensorView,
  options?: CallOptions,
): Promise<Thresholds> {
  const response = await terminus.call(GetSensorThresholds, { sensorId: sensor.sensorId }, options);
  return Object.fromEntries(
    THRESHOLD_NAMES.filter((name) => sensor.supportedThresholds.has(name)).map((name) => [
      name,
      toUnits(sensor.scale, response[THRESHOLD_FIELDS[name]]),
    ]),
  );
}

/** Change some thresholds; the others keep their raw values. */
export async function writeThresholds(
  terminus: Terminus,
  sensor: NumericSensorView,
  changes: Thresholds,
  options?: CallOptions,
): Promise<void> {
  const { sensorId, scale } = sensor;
  const { completionCode: _, ...present } = await terminus.call(GetSensorThresholds, { sensorId }, options);
  const fields = { ...present };
  for (const name of THRESHOLD_NAMES) {
    const value = changes[name];
    if (value !== undefined) fields[THRESHOLD_FIELDS[name]] = fromUnits(scale, value, present.sensorDataSize);
  }
  await terminus.call(SetSensorThresholds, { sensorId, ...fields }, options);
}

/** In the sensor's unit. */
export async function readHysteresis(terminus: Terminus, sensor: NumericSensorView, options?: CallOptions) {
  const response = await terminus.call(GetSensorHysteresis, { sensorId: sensor.sensorId }, options);
  return differenceToUnits(sensor.scale, response.hysteresisValue);
}

export async function writeHysteresis(
  terminus: Terminus,
  sensor: NumericSensorView,
  value: number,
  options?: CallOptions,
): Promise<void> {
  const { sensorId, scale } = sensor;
  const { sensorDataSize } = await terminus.call(GetSensorHysteresis, { sensorId }, options);
  const hysteresisValue = differenceFromUnits(scale, value, sensorDataSize);
  await terminus.call(SetSensorHysteresis, { sensorId, sensorDataSize, hysteresisValue }, options);
}

export interface SensorEnable {
  readonly state?: 'enabled' | 'disabled' | 'unavailable';
  readonly events?: 'noChange' | 'disableEvents' | 'enableEvents' | 'enableOpEventsOnly' | 'enableStateEventsOnly';
}

/** Switch a sensor, and its events, on or off; a state sensor with all its parts. */
export async function enableSensor(
  terminus: Terminus,
  sensor: NumericSensorView | StateSensorView,
  { state = 'enabled', events = 'enableEvents' }: SensorEnable = {},
  options?: CallOptions,
): Promise<void> {
  const { sensorId } = sensor;
  if (sensor.kind === 'numeric') {
    const fields = { sensorId, sensorOperationalState: state, sensorEventMessageEnable: events };
    await terminus.call(SetNumericSensorEnable, fields, options);
    return;
  }
  const opFields = sensor.sensors.map(() => ({ sensorOperationalState: state, eventMessageEnable: events }));
  await terminus.call(SetStateSensorEnables, { sensorId, opFields }, options);
}

export interface StateReading {
  readonly stateSetId: number;
  readonly operationalState: string;
  readonly presentState: number;
  /** "Not present" */
  readonly presentStateName: string;
  readonly previousState: number;
  readonly eventState: number;
}

/** One reading per sensor of the composite. `rearm`: bit n re-arms sensor n. */
export async function readStateSensor(
  terminus: Terminus,
  sensor: StateSensorView,
  options: CallOptions & { readonly rearm?: number } = {},
): Promise<StateReading[]> {
  const { rearm = 0, ...call } = options;
  const fields = { sensorId: sensor.sensorId, sensorRearm: rearm };
  const { stateField } = await terminus.call(GetStateSensorReadings, fields, call);
  return stateField.map((field, index) => {
    const stateSetId = sensor.sensors[index]?.stateSetId ?? 0;
    return {
      stateSetId,
      operationalState: nameOr(sensorOperationalState, field.sensorOpState),
      presentState: field.presentState,
      presentStateName: stateText(sensor.sensors[index], field.presentState),
      previousState: field.previousState,
      eventState: field.eventState,
    };
  });
}

/** The numeric state that a value is in, by thresholds: the worst one passed. */
export function stateOf(value: number, thresholds: Thresholds): number {
  const above = (name: ThresholdName) => thresholds[name] !== undefined && value >= thresholds[name];
  const below = (name: ThresholdName) => thresholds[name] !== undefined && value <= thresholds[name];
  if (above('upperFatal')) return NUMERIC_STATE.upperFatal;
  if (below('lowerFatal')) return NUMERIC_STATE.lowerFatal;
  if (above('upperCritical')) return NUMERIC_STATE.upperCritical;
  if (below('lowerCritical')) return NUMERIC_STATE.lowerCritical;
  if (above('upperWarning')) return NUMERIC_STATE.upperWarning;
  if (below('lowerWarning')) return NUMERIC_STATE.lowerWarning;
  return NUMERIC_STATE.normal;
}
