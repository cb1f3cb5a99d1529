/** Which events a described sensor gives, and what Set and Init commands make of that. */

import { EVENT_MESSAGE_ENABLE, initEventEnable, setEventMessageEnable, settableSensorState } from './platform-enums.js';

/** Takes eventData of a class. */
export type EventSink = (eventClass: number, eventData: Uint8Array) => void;

/** eventMessageEnable after a Set command with this value. */
export const ENABLE_AFTER_SET: Readonly<Record<number, number>> = {
  [setEventMessageEnable.names.disableEvents]: EVENT_MESSAGE_ENABLE.eventsDisabled,
  [setEventMessageEnable.names.enableEvents]: EVENT_MESSAGE_ENABLE.eventsEnabled,
  [setEventMessageEnable.names.enableOpEventsOnly]: EVENT_MESSAGE_ENABLE.opEventsOnlyEnabled,
  [setEventMessageEnable.names.enableStateEventsOnly]: EVENT_MESSAGE_ENABLE.stateEventsOnlyEnabled,
};

/** The same after an Init command; "no change" is in neither. */
export const ENABLE_AFTER_INIT: Readonly<Record<number, number>> = {
  [initEventEnable.names.enable]: EVENT_MESSAGE_ENABLE.eventsEnabled,
  [initEventEnable.names.disable]: EVENT_MESSAGE_ENABLE.eventsDisabled,
};

export function stateEvents(enable: number): boolean {
  return enable === EVENT_MESSAGE_ENABLE.eventsEnabled || enable === EVENT_MESSAGE_ENABLE.stateEventsOnlyEnabled;
}

export function opEvents(enable: number): boolean {
  return enable === EVENT_MESSAGE_ENABLE.eventsEnabled || enable === EVENT_MESSAGE_ENABLE.opEventsOnlyEnabled;
}

export function legalEnables(state: number, events: number): boolean {
  return settableSensorState.nameOf(state) !== undefined && setEventMessageEnable.nameOf(events) !== undefined;
}
