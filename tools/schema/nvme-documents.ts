/** Documents of the verb nvme. */

import {
  document,
  either,
  flag,
  hex,
  list,
  mapOf,
  number,
  type Of,
  object,
  oneOf,
  orNull,
  text,
  whole,
  wide,
} from './document.js';
import { byte, eid, error, fields, u16 } from './shared-shapes.js';

const where = { target: text, eid };
const health = object({
  temperature: orNull(number),
  used: byte,
  functional: flag,
  resetRequired: flag,
  warnings: list(text),
  changed: list(text),
});
const identity = object({
  model: text,
  serial: text,
  firmware: text,
  capacity: orNull(wide),
  warningTemperature: orNull(number),
  criticalTemperature: orNull(number),
  controller: u16,
});
const smart = fields;

export const nvmeDocument = document(
  'nvme',
  'One document of mctpkit nvme with --json, by its action',
  either(
    object({
      action: oneOf('list'),
      drives: list(object({ ...where, identity: orNull(identity), health: orNull(health), error: orNull(error) })),
    }),
    object({
      action: oneOf('health'),
      drives: list(
        object({ ...where, well: flag, health: orNull(health), smart: orNull(smart), error: orNull(error) }),
      ),
    }),
    object({
      action: oneOf('controllers'),
      ...where,
      controllers: list(
        object({
          id: u16,
          status: fields,
          temperature: orNull(number),
          used: orNull(byte),
          spare: orNull(byte),
          warnings: list(text),
          information: orNull(fields),
        }),
      ),
    }),
    object({
      action: oneOf('identify'),
      ...where,
      controller: u16,
      fields,
      subsystem: fields,
      ports: list(fields),
      optionalCommands: list(text),
    }),
    object({ action: oneOf('log'), ...where, controller: u16, page: text, fields: orNull(fields), hex: orNull(hex) }),
    object({ action: oneOf('config'), ...where, port: byte, values: mapOf(either(number, text)) }),
    object({ action: oneOf('vpd'), ...where, size: whole(), hex, product: orNull(mapOf(text)) }),
    object({
      action: oneOf('fw'),
      ...where,
      controller: u16,
      activeSlot: whole(0, 7),
      nextSlot: whole(0, 7),
      revisions: list(text),
    }),
    object({
      action: oneOf('commit'),
      ...where,
      slot: whole(0, 7),
      stored: flag,
      resetDue: orNull(text),
      status: text,
    }),
    object({
      action: oneOf('done'),
      ...where,
      what: oneOf('download', 'format', 'sanitize', 'reset', 'shutdown', 'vpdWrite'),
      bytes: orNull(whole()),
      ms: number,
    }),
    object({
      action: oneOf('control'),
      ...where,
      primitive: text,
      state: orNull(fields),
      result: orNull(text),
    }),
    object({
      action: oneOf('raw'),
      ...where,
      request: hex,
      response: hex,
      command: text,
      fields,
      latencyMs: number,
    }),
  ),
);
export type NvmeDocument = Of<typeof nvmeDocument>;

export const nvmeEventDocument = document(
  'nvme-event',
  'One line of mctpkit nvme health --watch, and of downloads and sanitize operations, with --json',
  either(
    object({ event: oneOf('health'), time: text, ...where, well: flag, health }),
    object({ event: oneOf('failed'), time: text, ...where, error }),
    object({
      event: oneOf('told'),
      time: text,
      ...where,
      events: list(object({ id: byte, name: text, data: hex })),
      overflow: flag,
    }),
    object({ event: oneOf('progress'), ...where, what: text, done: whole(), all: whole() }),
  ),
);
export type NvmeEventDocument = Of<typeof nvmeEventDocument>;
