/** A described state sensor, of one or several parts; changes of state become events. */

import type { StateSensorDescription } from '../terminus/terminus-description.js';
import { EVENT_CLASS } from './event-commands.js';
import { encodeEvent, SENSOR_EVENT_CLASS } from './event-data.js';
import { EVENT_MESSAGE_ENABLE, SENSOR_OPERATIONAL_STATE } from './platform-enums.js';
import { type EventSink, stateEvents } from './sensor-events.js';

interface StatePart {
  operational: number;
  events: number;
  present: number;
  previous: number;
  eventState: number;
}

export class StateSensor {
  readonly parts: StatePart[];

  constructor(
    readonly description: StateSensorDescription,
    readonly sink: EventSink,
  ) {
    this.parts = description.sensors.map(() => ({
      operational: SENSOR_OPERATIONAL_STATE.enabled,
      events: EVENT_MESSAGE_ENABLE.eventsEnabled,
      present: 0,
      previous: 0,
      eventState: 0,
    }));
  }

  /** As the device comes up: what requesters changed is forgotten. */
  initialize(): void {
    for (const part of this.parts) {
      part.operational = SENSOR_OPERATIONAL_STATE.enabled;
      part.events = EVENT_MESSAGE_ENABLE.eventsEnabled;
    }
    this.update();
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
