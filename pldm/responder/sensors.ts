/** Described sensors served: readings, states by thresholds with hysteresis, enables; changes of state become events. */

import { CodecError } from '../../stack/codec/index.js';
import {
  decodeSized,
  EVENT_MESSAGE_ENABLE,
  initEventEnable,
  NUMERIC_STATE,
  numericState,
  SENSOR_OPERATIONAL_STATE,
  setEventMessageEnable,
  settableSensorState,
} from '../platform/enums.js';
import { encodeEvent, SENSOR_EVENT_CLASS } from '../platform/event-data.js';
import { EVENT_CLASS } from '../platform/events.js';
import {
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
} from '../platform/sensors.js';
import {
  differenceFromUnits,
  differenceToUnits,
  fromUnits,
  type Scale,
  stateOf,
  THRESHOLD_NAMES,
  type Thresholds,
  toUnits,
} from '../requester/sensors.js';
import type { NumericSensorDescription, StateSensorDescription } from './description.js';
import { fail, type HandlerRegistry } from './handlers.js';
import { dataSizeOf, scaleOfDescription } from './pdr-builder.js';

/** Takes eventData of a class. */
export type EventSink = (eventClass: number, eventData: Uint8Array) => void;

const INVALID_SENSOR_ID = 0x80;
const INVALID_STATE = 0x81;
const INVALID_DATA = 0x02;
const INVALID_LENGTH = 0x03;

/** eventMessageEnable after a Set command with this value. */
const ENABLE_AFTER_SET: Readonly<Record<number, number>> = {
  [setEventMessageEnable.names.disableEvents]: EVENT_MESSAGE_ENABLE.eventsDisabled,
  [setEventMessageEnable.names.enableEvents]: EVENT_MESSAGE_ENABLE.eventsEnabled,
  [setEventMessageEnable.names.enableOpEventsOnly]: EVENT_MESSAGE_ENABLE.opEventsOnlyEnabled,
  [setEventMessageEnable.names.enableStateEventsOnly]: EVENT_MESSAGE_ENABLE.stateEventsOnlyEnabled,
};

/** The same after an Init command; "no change" is in neither. */
const ENABLE_AFTER_INIT: Readonly<Record<number, number>> = {
  [initEventEnable.names.enable]: EVENT_MESSAGE_ENABLE.eventsEnabled,
  [initEventEnable.names.disable]: EVENT_MESSAGE_ENABLE.eventsDisabled,
};

function stateEvents(enable: number): boolean {
  return enable === EVENT_MESSAGE_ENABLE.eventsEnabled || enable === EVENT_MESSAGE_ENABLE.stateEventsOnlyEnabled;
}

function opEvents(enable: number): boolean {
  return enable === EVENT_MESSAGE_ENABLE.eventsEnabled || enable === EVENT_MESSAGE_ENABLE.opEventsOnlyEnabled;
}

function legalEnables(state: number, events: number): boolean {
  return settableSensorState.nameOf(state) !== undefined && setEventMessageEnable.nameOf(events) !== undefined;
}

class NumericSensor {
  readonly scale: Scale;
  readonly dataSize: number;
  thresholds: Thresholds;
  hysteresis: number;
  operational: number = SENSOR_OPERATIONAL_STATE.enabled;
  events: number = EVENT_MESSAGE_ENABLE.eventsEnabled;
  present: number = NUMERIC_STATE.unknown;
  previous: number = NUMERIC_STATE.unknown;
  eventState: number = NUMERIC_STATE.unknown;
  value = 0;

  constructor(
    readonly description: NumericSensorDescription,
    readonly sink: EventSink,
  ) {
    this.scale = scaleOfDescription(description);
    this.dataSize = dataSizeOf(description);
    this.thresholds = description.thresholds ?? {};
    this.hysteresis = description.hysteresis ?? 0;
  }

  /** As it was described: limits, events, the state unknown until the next look. */
  initialize(): void {
    this.thresholds = this.description.thresholds ?? {};
    this.hysteresis = this.description.hysteresis ?? 0;
    this.events = EVENT_MESSAGE_ENABLE.eventsEnabled;
    this.operational = SENSOR_OPERATIONAL_STATE.enabled;
    this.present = this.previous = this.eventState = NUMERIC_STATE.unknown;
  }

  get raw(): number | bigint {
    return fromUnits(this.scale, this.value, this.dataSize);
  }

  /** Look at the reading; a change of state is an event. */
  update(): void {
    const value = this.description.read();
    if (
      this.operational !== SENSOR_OPERATIONAL_STATE.enabled &&
      this.operational !== SENSOR_OPERATIONAL_STATE.unavailable
    )
      return;
    this.setOperational(Number.isNaN(value) ? SENSOR_OPERATIONAL_STATE.unavailable : SENSOR_OPERATIONAL_STATE.enabled);
    if (Number.isNaN(value)) return;
    this.value = value;
    const state = this.#settled(value);
    if (state === this.present) return;
    this.previous = this.present;
    this.present = state;
    this.eventState = state;
    // The first state is where things stand, not a change; unless it is no good one.
    if (this.previous === NUMERIC_STATE.unknown && state === NUMERIC_STATE.normal) return;
    if (!stateEvents(this.events)) return;
    this.sink(
      EVENT_CLASS.sensorEvent,
      encodeEvent(EVENT_CLASS.sensorEvent, {
        sensorId: this.description.id,
        sensorEventClass: SENSOR_EVENT_CLASS.numericSensorState,
        eventState: state,
        previousEventState: this.previous,
        sensorDataSize: this.dataSize,
        presentReading: this.raw,
      }),
    );
  }

  setOperational(state: number): void {
    if (state === this.operational) return;
    const previousOpState = this.operational;
    this.operational = state;
    if (!opEvents(this.events)) return;
    const fields = { sensorId: this.description.id, sensorEventClass: SENSOR_EVENT_CLASS.sensorOpState };
    const eventData = { ...fields, presentOpState: state, previousOpState };
    this.sink(EVENT_CLASS.sensorEvent, encodeEvent(EVENT_CLASS.sensorEvent, eventData));
  }

  /** The state, which falls back to a better one only when the value is clear of the threshold by the hysteresis. */
  #settled(value: number): number {
    const now = stateOf(value, this.thresholds);
    if (this.hysteresis === 0 || severity(now) >= severity(this.present)) return now;
    const upper = this.present >= NUMERIC_STATE.upperWarning;
    const kept = stateOf(upper ? value + this.hysteresis : value - this.hysteresis, this.thresholds);
    return severity(kept) >= severity(this.present) ? this.present : kept;
  }
}

/** 0 normal to 3 fatal. */
function severity(state: number): number {
  if (state >= NUMERIC_STATE.lowerWarning) return ((state - NUMERIC_STATE.lowerWarning) % 3) + 1;
  return state <= NUMERIC_STATE.normal ? 0 : state - NUMERIC_STATE.normal;
}

interface StatePart {
  operational: number;
  events: number;
  present: number;
  previous: number;
  eventState: number;
}

function freshPart(): StatePart {
  const { enabled } = SENSOR_OPERATIONAL_STATE;
  return { operational: enabled, events: EVENT_MESSAGE_ENABLE.eventsEnabled, present: 0, previous: 0, eventState: 0 };
}

class StateSensor {
  readonly parts: StatePart[];

  constructor(
    readonly description: StateSensorDescription,
    readonly sink: EventSink,
  ) {
    this.parts = description.sensors.map(() => freshPart());
  }

  initialize(): void {
    for (const part of this.parts) Object.assign(part, freshPart());
  }

  update(): void {
    this.parts.forEach((part, sensorOffset) => {
      if (part.operational !== SENSOR_OPERATIONAL_STATE.enabled) return;
      const state = this.description.sensors[sensorOffset]!.read();
      if (state === part.present) return;
      const first = part.present === 0;
      part.previous = part.present;
      part.present = state;
      part.eventState = state;
      if (first || !stateEvents(part.events)) return;
      this.sink(
        EVENT_CLASS.sensorEvent,
        encodeEvent(EVENT_CLASS.sensorEvent, {
          sensorId: this.description.id,
          sensorEventClass: SENSOR_EVENT_CLASS.stateSensorState,
          sensorOffset,
          eventState: state,
          previousEventState: part.previous,
        }),
      );
    });
  }
}

export class SensorResponder {
  readonly #numeric: ReadonlyMap<number, NumericSensor>;
  readonly #state: ReadonlyMap<number, StateSensor>;
  /** Seconds: the shortest update interval; undefined without sensors. */
  readonly updateInterval: number | undefined;

  constructor(
    handlers: HandlerRegistry,
    numeric: readonly NumericSensorDescription[],
    state: readonly StateSensorDescription[],
    sink: EventSink,
  ) {
    this.#numeric = new Map(numeric.map((description) => [description.id, new NumericSensor(description, sink)]));
    this.#state = new Map(state.map((description) => [description.id, new StateSensor(description, sink)]));
    const intervals = [...numeric, ...state].map(({ updateInterval = 1 }) => updateInterval);
    this.updateInterval = intervals.length === 0 ? undefined : Math.max(0.01, Math.min(...intervals));
    if (numeric.length > 0) this.#serveNumeric(handlers);
    if (state.length > 0) this.#serveState(handlers);
  }

  /** Look at all readings now. */
  update(): void {
    for (const sensor of this.#numeric.values()) sensor.update();
    for (const sensor of this.#state.values()) sensor.update();
  }

  /** What an initialization agent does: everything as described, and looked at anew. */
  initialize(): void {
    for (const sensor of [...this.#numeric.values(), ...this.#state.values()]) sensor.initialize();
  }

  #serveNumeric(handlers: HandlerRegistry): void {
    const sensors = this.#numeric;
    handlers.on(GetSensorReading, ({ sensorId, rearmEventState }) => {
      const sensor = sensors.get(sensorId);
      if (sensor === undefined) return fail(INVALID_SENSOR_ID);
      sensor.update();
      const eventState = sensor.eventState;
      if (rearmEventState) sensor.eventState = sensor.present;
      return {
        sensorDataSize: sensor.dataSize,
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
    handlers.on(InitNumericSensor, ({ sensorId, reading, ...init }) => {
      const sensor = sensors.get(sensorId);
      if (sensor === undefined) return fail(INVALID_SENSOR_ID);
      if (settableSensorState.nameOf(init.sensorOperationalState) === undefined) return fail(INVALID_DATA);
      if (numericState.nameOf(init.sensorPresentState) === undefined) return fail(INVALID_DATA);
      // The message does not tell the reading's size: it is the sensor's, or nothing when there is none to set.
      if (init.setNumericReading || reading.length > 0) {
        const raw = sized(sensor.dataSize, reading);
        if (raw === undefined) return fail(INVALID_LENGTH);
        if (init.setNumericReading) sensor.value = toUnits(sensor.scale, raw);
      }
      sensor.operational = init.sensorOperationalState;
      sensor.present = init.sensorPresentState;
      sensor.events = ENABLE_AFTER_INIT[init.eventMsgEnable] ?? sensor.events;
      return {};
    });
    handlers.on(GetSensorThresholds, ({ sensorId }) => {
      const sensor = sensors.get(sensorId);
      if (sensor === undefined) return fail(INVALID_SENSOR_ID);
      const raw = THRESHOLD_NAMES.map((name) => [name, this.#rawThreshold(sensor, name)]);
      return { sensorDataSize: sensor.dataSize, ...thresholdFields(Object.fromEntries(raw)) };
    });
    handlers.on(SetSensorThresholds, ({ sensorId, sensorDataSize, ...fields }) => {
      const sensor = sensors.get(sensorId);
      if (sensor === undefined) return fail(INVALID_SENSOR_ID);
      if (sensorDataSize !== sensor.dataSize) return fail(INVALID_DATA);
      const values = fields as Readonly<Record<string, number | bigint>>;
      sensor.thresholds = Object.fromEntries(
        Object.keys(sensor.description.thresholds ?? {}).map((name) => [
          name,
          toUnits(sensor.scale, values[FIELD_OF[name]!]!),
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
      return { sensorDataSize: dataSize, hysteresisValue: differenceFromUnits(scale, hysteresis, dataSize) };
    });
    handlers.on(SetSensorHysteresis, ({ sensorId, sensorDataSize, hysteresisValue }) => {
      const sensor = sensors.get(sensorId);
      if (sensor === undefined) return fail(INVALID_SENSOR_ID);
      if (sensorDataSize !== sensor.dataSize) return fail(INVALID_DATA);
      sensor.hysteresis = differenceToUnits(sensor.scale, hysteresisValue);
      return {};
    });
  }

  #rawThreshold(sensor: NumericSensor, name: (typeof THRESHOLD_NAMES)[number]): number | bigint {
    const value = sensor.thresholds[name];
    return fromUnits(sensor.scale, value ?? Number.NaN, sensor.dataSize);
  }

  #serveState(handlers: HandlerRegistry): void {
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

function sized(dataSize: number, bytes: Uint8Array): number | bigint | undefined {
  try {
    return decodeSized(dataSize, bytes);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

const FIELD_OF: Readonly<Record<string, string>> = {
  upperWarning: 'upperThresholdWarning',
  upperCritical: 'upperThresholdCritical',
  upperFatal: 'upperThresholdFatal',
  lowerWarning: 'lowerThresholdWarning',
  lowerCritical: 'lowerThresholdCritical',
  lowerFatal: 'lowerThresholdFatal',
};

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
