/** Documents of the verbs about what a watching server recorded. */

import { document, either, list, mapOf, number, type Of, object, oneOf, orNull, text, whole } from './document.js';

const device = { key: text, name: text, network: whole(1), eid: whole(0, 255), firstSeen: text, lastSeen: text };
const sensor = { key: text, name: text, kind: oneOf('numeric', 'state'), unit: text, states: mapOf(text) };
const point = object({ time: text, least: number, mean: number, most: number, last: number, readings: whole(1) });

export const historyDocument = document(
  'history',
  'What mctpkit history --json prints: the devices, or the readings of one',
  either(
    object({ devices: list(object({ ...device, sensors: list(object(sensor)) })) }),
    object({ ...device, sensors: list(object({ ...sensor, points: list(point) })) }),
  ),
);
export type HistoryDocument = Of<typeof historyDocument>;

export const eventsDocument = document(
  'events',
  'What mctpkit events --json prints',
  object({
    events: list(
      object({
        time: text,
        kind: text,
        device: orNull(text),
        deviceName: orNull(text),
        sensor: orNull(text),
        severity: oneOf('ok', 'warning', 'critical', 'unknown'),
        text,
      }),
    ),
  }),
);
export type EventsDocument = Of<typeof eventsDocument>;
