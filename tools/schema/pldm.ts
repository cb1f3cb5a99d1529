/** JSON of `pldm`, `sensors` and `pdr`. */

import { document, either, flag, hex, list, mapOf, number, object, oneOf, orNull, text, whole } from './build.js';
import { command, eid, error, fields } from './words.js';

const id = whole(0, 0xffff);
const pldmType = whole(0, 63);

const sensor = either(
  object({
    kind: oneOf('numeric'),
    id,
    name: text,
    entity: text,
    value: orNull(number),
    unit: text,
    raw: orNull(either(number, text)),
    operationalState: text,
    presentState: text,
    limits: mapOf(number),
    min: orNull(number),
    max: orNull(number),
    error: orNull(text),
  }),
  object({
    kind: oneOf('state'),
    id,
    name: text,
    entity: text,
    states: list(
      object({
        name: text,
        stateSetId: id,
        stateSet: text,
        state: whole(0, 255),
        stateName: text,
        operationalState: text,
      }),
    ),
    error: orNull(text),
  }),
);

const effecterState = {
  stateSetId: id,
  present: whole(0, 255),
  presentName: text,
  pending: whole(0, 255),
  operationalState: text,
};
const numericState = { present: number, pending: number, unit: text, operationalState: text };

const effecter = either(
  object({
    kind: oneOf('numeric'),
    id,
    name: text,
    min: orNull(number),
    max: orNull(number),
    'present?': number,
    'pending?': number,
    'unit?': text,
    'operationalState?': text,
  }),
  object({ kind: oneOf('state'), id, name: text, states: orNull(list(object(effecterState))) }),
);

const record = object({
  recordHandle: whole(),
  pdrType: orNull(whole(0, 255)),
  name: orNull(text),
  hex,
  fields: orNull(fields),
  error: orNull(text),
});

const fruRecord = object({
  recordSetIdentifier: id,
  recordType: whole(0, 255),
  encodingType: whole(0, 255),
  fields: list(object({ name: text, type: whole(0, 255), text, value: hex })),
});

const attribute = object({
  name: text,
  handle: id,
  kind: text,
  readOnly: flag,
  value: {},
  pending: {},
  'defaultValue?': {},
  'possibleValues?': list(text),
});

/** A command that is several messages, or that is told in words of its own. */
const told = { target: text, pldmType, type: text, command: text };

export const PLDM_SCHEMAS = {
  pldm: document(
    'pldm',
    'One document of mctpkit pldm --json',
    either(
      object({
        target: text,
        pldmType,
        command: text,
        code: whole(0, 255),
        request: fields,
        response: fields,
        timeMs: number,
        'meaning?': object({ name: text, values: mapOf(text) }),
      }),
      object({
        target: text,
        tid: whole(0, 255),
        uuid: orNull(text),
        types: list(object({ type: pldmType, name: text, versions: list(text), commands: list(whole(0, 255)) })),
        'counts?': mapOf(whole()),
        'fru?': list(fruRecord),
        notes: list(text),
      }),
      object({ target: text, sensors: list(sensor), effecters: list(effecter), notes: list(text) }),
      object({ target: text, records: list(fruRecord), notes: list(text) }),
      object({ target: text, attributes: list(attribute), dateTime: orNull(text), notes: list(text) }),
      object({ target: text, versions: list(text), commands: list(text) }),
      object({ target: text, effecterId: id, name: text, ...numericState }),
      object({ target: text, effecterId: id, name: text, states: list(object(effecterState)) }),
      object({ target: text, request: hex, response: orNull(hex), 'fields?': orNull(fields) }),
      object({ ...told, versions: list(object({ pldmType, name: text, versions: list(text) })) }),
      object({ ...told, types: list(object({ pldmType, name: text, commands: list(text) })) }),
      object({ ...told, 'info?': fields, records: list(record) }),
      object({ ...told, recordHandle: whole(), nextRecordHandle: whole(), hex, fields }),
      object({ ...told, records: list(fruRecord), 'filter?': mapOf(whole()), 'notes?': list(text) }),
      object({ ...told, tableType: whole(0, 3), table: {}, hex }),
      object({ ...told, attribute: text, attributeHandle: id, value: {} }),
      object({ ...told, attribute }),
    ),
  ),
  sensors: document(
    'sensors',
    'One document of mctpkit sensors --json; with --watch one line of it',
    either(
      object({
        termini: list(
          object({
            target: text,
            eid,
            network: orNull(whole(1)),
            uuid: orNull(text),
            sensors: list(sensor),
            notes: list(text),
            error: orNull(error),
          }),
        ),
      }),
      object({ time: text, event: oneOf('readings'), target: text, eid, sensors: list(sensor) }),
      object({ time: text, event: oneOf('event'), target: text, eid, subject: text, what: text, fields }),
      object({ time: text, event: oneOf('trouble'), 'target?': text, 'eid?': eid, what: text }),
    ),
  ),
  pdr: document(
    'pdr',
    'One document of mctpkit pdr --json',
    object({
      termini: list(
        object({
          target: text,
          eid,
          info: orNull(fields),
          records: list(record),
          entities: list(object({ entity: fields, name: text, physical: flag, children: list(fields) })),
          notes: list(text),
          error: orNull(error),
        }),
      ),
    }),
  ),
  control: document(
    'control',
    'One document of mctpkit control --json',
    object({ target: text, command, code: whole(0, 255), request: fields, response: fields, timeMs: number }),
  ),
};
