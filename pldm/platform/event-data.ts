/** What the eventData of each event class holds (DSP0248 §17). */

import {
  type AnyCodec,
  bytes,
  constant,
  decode,
  derived,
  encode,
  enumOf,
  type Fields,
  type Input,
  le,
  list,
  range,
  rest,
  struct,
  u8,
  when,
  whenAll,
} from '../../stack/codec/index.js';
import { hexNumber } from '../../stack/util/text.js';
import { selector } from '../base/shared-fields.js';
import { EVENT_CLASS, eventClass } from './event-commands.js';
import { dataSize, effecterOperationalState, sensorOperationalState, sizedValue } from './platform-enums.js';

export const SENSOR_EVENT_CLASS = { sensorOpState: 0, stateSensorState: 1, numericSensorState: 2 } as const;

/** sensorEventClass tells which of the optional fields are there. */
export const sensorEvent = struct('sensorEvent', {
  sensorId: le.u16,
  sensorEventClass: selector(enumOf(u8, SENSOR_EVENT_CLASS)),
  ...whenAll('sensorEventClass', SENSOR_EVENT_CLASS.sensorOpState, {
    presentOpState: sensorOperationalState,
    previousOpState: sensorOperationalState,
  }),
  sensorOffset: when('sensorEventClass', SENSOR_EVENT_CLASS.stateSensorState, u8),
  eventState: when('sensorEventClass', [1, 2], u8),
  previousEventState: when('sensorEventClass', [1, 2], u8),
  sensorDataSize: when('sensorEventClass', SENSOR_EVENT_CLASS.numericSensorState, dataSize),
  presentReading: when('sensorEventClass', SENSOR_EVENT_CLASS.numericSensorState, sizedValue('sensorDataSize')),
});

export const effecterEvent = struct('effecterEvent', {
  effecterId: le.u16,
  effecterEventClass: range(u8, 0, 0),
  presentOpState: effecterOperationalState,
  previousOpState: effecterOperationalState,
});

export const redfishTaskExecutedEvent = struct('redfishTaskExecutedEvent', {
  resourceId: le.u32,
  operationId: le.u16,
});

/** The BEJ data behind the list is kept as bytes. */
export const redfishMessageEvent = struct('redfishMessageEvent', {
  eventCount: derived(u8),
  eventDataLength: derived(le.u16),
  events: list(struct('redfishMessage', { resourceId: le.u32, eventSeverity: u8 }), { count: 'eventCount' }),
  eventData: bytes('eventDataLength'),
});

export const PDR_CHANGE_FORMAT = { refreshEntireRepository: 0, formatIsPDRTypes: 1, formatIsPDRHandles: 2 } as const;
export const PDR_CHANGE_OPERATION = {
  refreshAllRecords: 0,
  recordsDeleted: 1,
  recordsAdded: 2,
  recordsModified: 3,
} as const;

/** changeEntry: PDR types or record handles, as eventDataFormat says. */
export const pdrRepositoryChangeEvent = struct('pldmPDRRepositoryChgEvent', {
  eventDataFormat: enumOf(u8, PDR_CHANGE_FORMAT),
  numberOfChangeRecords: derived(u8),
  changeRecords: list(
    struct('changeRecord', {
      eventDataOperation: enumOf(u8, PDR_CHANGE_OPERATION),
      numberOfChangeEntries: derived(u8),
      changeEntry: list(le.u32, { count: 'numberOfChangeEntries' }),
    }),
    { count: 'numberOfChangeRecords' },
  ),
});

/** There is an event too large to be pushed: poll for it with this handle. */
export const messagePollEvent = struct(
  'pldmMessagePollEvent',
  { formatVersion: constant(u8, 1), eventId: le.u16.asHex(), dataTransferHandle: le.u32 },
  {
    rules: [({ eventId }) => (eventId === 0 || eventId === 0xffff ? `event id ${eventId} names no event` : undefined)],
  },
);

export const heartbeatEvent = struct('heartbeatTimerElapsedEvent', {
  formatVersion: constant(u8, 1),
  sequenceNumber: u8,
});

export const cperEvent = struct('cperEvent', {
  formatVersion: constant(u8, 1),
  formatType: enumOf(u8, { fullRecord: 0, singleSection: 1 }),
  eventDataLength: derived(le.u16),
  eventData: bytes('eventDataLength'),
});

/** OEM classes and those of later versions. */
export const opaqueEvent = struct('event', { eventData: rest });

/** By event class. */
export const EVENT_CODECS = {
  [EVENT_CLASS.sensorEvent]: sensorEvent,
  [EVENT_CLASS.effecterEvent]: effecterEvent,
  [EVENT_CLASS.redfishTaskExecutedEvent]: redfishTaskExecutedEvent,
  [EVENT_CLASS.redfishMessageEvent]: redfishMessageEvent,
  [EVENT_CLASS.pldmPDRRepositoryChgEvent]: pdrRepositoryChangeEvent,
  [EVENT_CLASS.pldmMessagePollEvent]: messagePollEvent,
  [EVENT_CLASS.heartbeatTimerElapsedEvent]: heartbeatEvent,
  [EVENT_CLASS.cperEvent]: cperEvent,
} as const;
type Classes = typeof EVENT_CODECS;

/** An event with its class: `event.eventClass === EVENT_CLASS.sensorEvent` narrows to its fields. */
export type KnownEvent = {
  [K in keyof Classes]: { readonly eventClass: K } & Readonly<Fields<Classes[K]>>;
}[keyof Classes];
export type PlatformEvent = KnownEvent | ({ readonly eventClass: number } & Readonly<Fields<typeof opaqueEvent>>);

/** The codec of an event class; that of opaque bytes for those unknown. */
export function eventCodec(eventClassNumber: number): AnyCodec {
  return (EVENT_CODECS as Readonly<Record<number, AnyCodec>>)[eventClassNumber] ?? opaqueEvent;
}

/** "sensorEvent", "event class 0xf0". */
export function eventClassName(number: number): string {
  return eventClass.nameOf(number) ?? `event class ${hexNumber(number)}`;
}

/** @throws CodecError */
export function decodeEvent(eventClassNumber: number, eventData: Uint8Array): PlatformEvent {
  const fields = decode(eventCodec(eventClassNumber), eventData, { what: eventClassName(eventClassNumber) });
  return { eventClass: eventClassNumber, ...(fields as object) } as PlatformEvent;
}

/** `encodeEvent(EVENT_CLASS.heartbeatTimerElapsedEvent, { sequenceNumber: 3 })` @throws MctpError EINVAL */
export function encodeEvent<K extends keyof Classes>(eventClassNumber: K, fields: Input<Classes[K]>): Uint8Array {
  return encode(eventCodec(eventClassNumber), fields as never, eventClassName(eventClassNumber));
}

/** Narrow an event to one class. */
export function isEventOf<K extends keyof Classes>(
  event: PlatformEvent,
  eventClassNumber: K,
): event is PlatformEvent & { readonly eventClass: K } & Readonly<Fields<Classes[K]>> {
  return event.eventClass === eventClassNumber;
}
