/** What one asks of sensors: readings, thresholds and hysteresis in their units; states by name. */

import type { CallOptions } from '../../stack/protocol/index.js';
import type { Terminus } from '../terminus/terminus.js';
import type { NumericSensorView, StateSensorView } from './pdr-view.js';
import {
  EVENT_MESSAGE_ENABLE,
  numericState,
  SENSOR_OPERATIONAL_STATE,
  sensorOperationalState,
} from './platform-enums.js';
import { differenceFromUnits, differenceToUnits, fromUnits, toUnits } from './scale.js';
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
import { THRESHOLD_NAMES, type Thresholds } from './thresholds.js';

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
  const fields = { sensorId: sensor.sensorId, rearmEventState: options.rearm ?? false };
  const reading = await terminus.call(GetSensorReading, fields, options);
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
  const fields = { sensorId: sensor.sensorId, sensorRearm: options.rearm ?? 0 };
  const { stateField } = await terminus.call(GetStateSensorReadings, fields, options);
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
