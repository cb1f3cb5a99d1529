/** A described numeric sensor: its state by thresholds with hysteresis; changes of state become events. */

import type { NumericSensorDescription } from '../terminus/terminus-description.js';
import { EVENT_CLASS } from './event-commands.js';
import { encodeEvent, SENSOR_EVENT_CLASS } from './event-data.js';
import { dataSizeOf, scaleOfDescription } from './pdr-builder.js';
import { EVENT_MESSAGE_ENABLE, NUMERIC_STATE, SENSOR_OPERATIONAL_STATE } from './platform-enums.js';
import { fromUnits, type Scale } from './scale.js';
import { type EventSink, opEvents, stateEvents } from './sensor-events.js';
import { stateOf, type Thresholds } from './thresholds.js';

export class NumericSensor {
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

  get raw(): number | bigint {
    return fromUnits(this.scale, this.value, this.dataSize);
  }

  /** As the device comes up: what requesters changed is forgotten. */
  initialize(): void {
    this.thresholds = this.description.thresholds ?? {};
    this.hysteresis = this.description.hysteresis ?? 0;
    this.events = EVENT_MESSAGE_ENABLE.eventsEnabled;
    this.setOperational(SENSOR_OPERATIONAL_STATE.enabled);
    this.update();
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
    // The first state is where things stand, not a change; unless it is a bad one.
    if (this.previous === NUMERIC_STATE.unknown && state === NUMERIC_STATE.normal) return;
    if (!stateEvents(this.events)) return;
    this.sink(
      EVENT_CLASS.sensorEvent,
      encodeEvent(EVENT_CLASS.sensorEvent, {
        sensorId: this.description.id,
        sensorEventClass: SENSOR_EVENT_CLASS.numericSensorState,
        eventState: state,
        previousEventState: this.previous,
        sensorDataSize: this.dataSize as 0,
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
    if (severity(kept) >= severity(this.present)) return this.present;
    // On its other side it may have passed a threshold, too.
    return severity(kept) > severity(now) ? kept : now;
  }
}

/** 0 normal to 3 fatal. */
function severity(state: number): number {
  if (state >= NUMERIC_STATE.lowerWarning) return ((state - NUMERIC_STATE.lowerWarning) % 3) + 1;
  return state <= NUMERIC_STATE.normal ? 0 : state - NUMERIC_STATE.normal;
}
