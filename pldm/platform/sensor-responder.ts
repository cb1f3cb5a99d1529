/** Described sensors served: readings, thresholds, enables, initialization. */

import { fail } from '../../stack/protocol/index.js';
import type { PldmHandlers } from '../base/pldm-handlers.js';
import type { NumericSensorDescription, StateSensorDescription } from '../terminus/terminus-description.js';
import { NumericSensor } from './numeric-sensor.js';
import { initEventEnable, numericState, settableSensorState } from './platform-enums.js';
import { differenceFromUnits, differenceToUnits, fromUnits, toUnits } from './scale.js';
import {
  decodeReading,
  GetSensorHysteresis,
  GetSensorReading,
  GetSensorThresholds,
  GetStateSensorReadings,
  InitNumericSensor,
  InitStateSensor,
  RestoreSensorThresholds,
  SetNumericSensorEnable,
  SetSensorHysteresis,
  SetSensorThresholds,
  SetStateSensorEnables,
  THRESHOLD_FIELDS,
} from './sensor-commands.js';
import { ENABLE_AFTER_INIT, ENABLE_AFTER_SET, type EventSink, legalEnables } from './sensor-events.js';
import { StateSensor } from './state-sensor.js';
import { THRESHOLD_NAMES } from './thresholds.js';

const INVALID_SENSOR_ID = 0x80;
const INVALID_STATE = 0x81;
const INVALID_DATA = 0x02;
const INVALID_LENGTH = 0x03;

export class SensorResponder {
  readonly #numeric: ReadonlyMap<number, NumericSensor>;
  readonly #state: ReadonlyMap<number, StateSensor>;
  /** Seconds: the shortest update interval; undefined without sensors. */
  readonly updateInterval: number | undefined;

  constructor(
    handlers: PldmHandlers,
    numeric: readonly NumericSensorDescription[],
    state: readonly StateSensorDescription[],
    sink: EventSink,
  ) {
    this.#numeric = new Map(numeric.map((description) => [description.id, new NumericSensor(description, sink)]));
    this.#state = new Map(state.map((description) => [description.id, new StateSensor(description, sink)]));
    let shortest = Number.POSITIVE_INFINITY;
    for (const { updateInterval = 1 } of numeric) shortest = Math.min(shortest, updateInterval);
    for (const { updateInterval = 1 } of state) shortest = Math.min(shortest, updateInterval);
    this.updateInterval = numeric.length + state.length === 0 ? undefined : Math.max(0.01, shortest);
    if (numeric.length > 0) this.#serveNumeric(handlers);
    if (state.length > 0) this.#serveState(handlers);
  }

  /** Look at all readings now. */
  update(): void {
    for (const sensor of this.#numeric.values()) sensor.update();
    for (const sensor of this.#state.values()) sensor.update();
  }

  /** What the initialization agent does: thresholds, hysteresis and enables as the device comes up with them. */
  initialize(): void {
    for (const sensor of this.#numeric.values()) sensor.initialize();
    for (const sensor of this.#state.values()) sensor.initialize();
  }

  #serveNumeric(handlers: PldmHandlers): void {
    const sensors = this.#numeric;
    handlers.on(GetSensorReading, ({ sensorId, rearmEventState }) => {
      const sensor = sensors.get(sensorId);
      if (sensor === undefined) return fail(INVALID_SENSOR_ID);
      sensor.update();
      const eventState = sensor.eventState;
      if (rearmEventState) sensor.eventState = sensor.present;
      return {
        sensorDataSize: sensor.dataSize as 0,
        sensorOperationalState: sensor.operational,
        sensorEventMessageEnable: sensor.events,
        presentState: sensor.present,
        previousState: sensor.previous,
        eventState,
        presentReading: sensor.raw,
      };
    });
    handlers.on(SetNumericSensorEnable, (request) => {
      const sensor = sensors.get(request.sensorId);
      if (sensor === undefined) return fail(INVALID_SENSOR_ID);
      const { sensorOperationalState: state, sensorEventMessageEnable: events } = request;
      if (settableSensorState.nameOf(state) === undefined) return fail(INVALID_STATE);
      if (!legalEnables(state, events)) return fail(INVALID_DATA);
      sensor.events = ENABLE_AFTER_SET[events] ?? sensor.events;
      sensor.setOperational(state);
      return {};
    });
    handlers.on(GetSensorThresholds, ({ sensorId }) => {
      const sensor = sensors.get(sensorId);
      if (sensor === undefined) return fail(INVALID_SENSOR_ID);
      const raw = THRESHOLD_NAMES.map((name) => [name, this.#rawThreshold(sensor, name)]);
      return { sensorDataSize: sensor.dataSize as 0, ...thresholdFields(Object.fromEntries(raw)) };
    });
    handlers.on(SetSensorThresholds, ({ sensorId, sensorDataSize, ...fields }) => {
      const sensor = sensors.get(sensorId);
      if (sensor === undefined) return fail(INVALID_SENSOR_ID);
      if (sensorDataSize !== sensor.dataSize) return fail(INVALID_DATA);
      sensor.thresholds = Object.fromEntries(
        THRESHOLD_NAMES.filter((name) => sensor.description.thresholds?.[name] !== undefined).map((name) => [
          name,
          toUnits(sensor.scale, fields[THRESHOLD_FIELDS[name]]),
        ]),
      );
      sensor.update();
      return {};
    });
    handlers.on(RestoreSensorThresholds, ({ sensorId }) => {
      const sensor = sensors.get(sensorId);
      if (sensor === undefined) return fail(INVALID_SENSOR_ID);
      sensor.thresholds = sensor.description.thresholds ?? {};
      return {};
    });
    handlers.on(GetSensorHysteresis, ({ sensorId }) => {
      const sensor = sensors.get(sensorId);
      if (sensor === undefined) return fail(INVALID_SENSOR_ID);
      const { scale, dataSize, hysteresis } = sensor;
      return { sensorDataSize: dataSize as 0, hysteresisValue: differenceFromUnits(scale, hysteresis, dataSize) };
    });
    handlers.on(SetSensorHysteresis, ({ sensorId, sensorDataSize, hysteresisValue }) => {
      const sensor = sensors.get(sensorId);
      if (sensor === undefined) return fail(INVALID_SENSOR_ID);
      if (sensorDataSize !== sensor.dataSize) return fail(INVALID_DATA);
      sensor.hysteresis = differenceToUnits(sensor.scale, hysteresisValue);
      return {};
    });
    handlers.on(InitNumericSensor, (request) => {
      const sensor = sensors.get(request.sensorId);
      if (sensor === undefined) return fail(INVALID_SENSOR_ID);
      const { sensorOperationalState: state, sensorPresentState: present, eventMsgEnable, setNumericReading } = request;
      const known = settableSensorState.nameOf(state) !== undefined && numericState.nameOf(present) !== undefined;
      if (!known || initEventEnable.nameOf(eventMsgEnable) === undefined) return fail(INVALID_DATA);
      if (setNumericReading || request.reading.length > 0) {
        const reading = decodeReading(sensor.dataSize, request.reading);
        if (reading === undefined) return fail(INVALID_LENGTH);
        if (setNumericReading) sensor.value = toUnits(sensor.scale, reading);
      }
      sensor.events = ENABLE_AFTER_INIT[eventMsgEnable] ?? sensor.events;
      sensor.present = present;
      sensor.setOperational(state);
      return {};
    });
  }

  #rawThreshold(sensor: NumericSensor, name: (typeof THRESHOLD_NAMES)[number]): number | bigint {
    const value = sensor.thresholds[name];
    return fromUnits(sensor.scale, value ?? Number.NaN, sensor.dataSize);
  }

  #serveState(handlers: PldmHandlers): void {
    const sensors = this.#state;
    handlers.on(GetStateSensorReadings, ({ sensorId, sensorRearm }) => {
      const sensor = sensors.get(sensorId);
      if (sensor === undefined) return fail(INVALID_SENSOR_ID);
      sensor.update();
      const stateField = sensor.parts.map((part, index) => {
        const { eventState } = part;
        if ((sensorRearm >> index) & 1) part.eventState = part.present;
        return {
          sensorOpState: part.operational,
          presentState: part.present,
          previousState: part.previous,
          eventState,
        };
      });
      return { stateField };
    });
    handlers.on(InitStateSensor, ({ sensorId, initFields }) => {
      const sensor = sensors.get(sensorId);
      if (sensor === undefined) return fail(INVALID_SENSOR_ID);
      if (initFields.length > sensor.parts.length) return fail(INVALID_DATA);
      if (initFields.some(({ opState }) => settableSensorState.nameOf(opState) === undefined))
        return fail(INVALID_DATA);
      const known = initFields.every(({ presentState }, index) => {
        return presentState === 0 || sensor.description.sensors[index]!.possibleStates.includes(presentState);
      });
      // All or nothing.
      if (!known) return fail(INVALID_STATE);
      initFields.forEach(({ opState, presentState, eventMsgEnable }, index) => {
        const part = sensor.parts[index]!;
        part.operational = opState;
        part.present = presentState;
        part.events = ENABLE_AFTER_INIT[eventMsgEnable] ?? part.events;
      });
      return {};
    });
    handlers.on(SetStateSensorEnables, ({ sensorId, opFields }) => {
      const sensor = sensors.get(sensorId);
      if (sensor === undefined) return fail(INVALID_SENSOR_ID);
      const legal = opFields.every((field) => legalEnables(field.sensorOperationalState, field.eventMessageEnable));
      if (!legal || opFields.length > sensor.parts.length) return fail(INVALID_DATA);
      opFields.forEach((field, index) => {
        const part = sensor.parts[index]!;
        part.operational = field.sensorOperationalState;
        part.events = ENABLE_AFTER_SET[field.eventMessageEnable] ?? part.events;
      });
      return {};
    });
  }
}

function thresholdFields<T>(values: Readonly<Record<(typeof THRESHOLD_NAMES)[number], T>>) {
  return {
    upperThresholdWarning: values.upperWarning,
    upperThresholdCritical: values.upperCritical,
    upperThresholdFatal: values.upperFatal,
    lowerThresholdWarning: values.lowerWarning,
    lowerThresholdCritical: values.lowerCritical,
    lowerThresholdFatal: values.lowerFatal,
  };
}
