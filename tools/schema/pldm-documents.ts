/** Documents of `pldm`, `sensors` and `pdr`. */

import {
  anything,
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
  open,
  orNull,
  record,
  text,
  whole,
} from './document.js';
import { byte, eid, error, fields, u16 } from './shared-shapes.js';

const notes = list(text);

const numericSensor = object({
  kind: oneOf('numeric'),
  id: u16,
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
});
export type NumericSensorDocument = Of<typeof numericSensor>;

const stateSensor = object({
  kind: oneOf('state'),
  id: u16,
  name: text,
  entity: text,
  states: list(
    object({
      name: text,
      stateSetId: u16,
      stateSet: text,
      state: byte,
      stateName: text,
      operationalState: text,
    }),
  ),
  error: orNull(text),
});
export type StateSensorDocument = Of<typeof stateSensor>;

const sensor = either(numericSensor, stateSensor);
const about = { target: text, eid };
const time = text;

export const sensorsDocument = document(
  'sensors',
  'One document of mctpkit sensors --json',
  object({
    termini: list(
      object({ ...about, network: whole(1), uuid: orNull(text), sensors: list(sensor), notes, error: orNull(error) }),
    ),
    /** NVMe drives, by NVMe-MI. */
    'drives?': list(object({ ...about, thing: text, sensors: list(sensor), error: orNull(error) })),
  }),
);
export type SensorsDocument = Of<typeof sensorsDocument>;

export const sensorsWatchDocument = document(
  'sensors-watch',
  'One line of mctpkit sensors --watch --json',
  either(
    object({ time, event: oneOf('readings'), ...about, sensors: list(sensor) }),
    object({ time, event: oneOf('event'), ...about, subject: text, what: text, fields }),
    object({ time, event: oneOf('trouble'), 'target?': text, 'eid?': eid, what: text }),
  ),
);
export type SensorsWatchDocument = Of<typeof sensorsWatchDocument>;

const pdr = object({
  recordHandle: whole(),
  /** Null when the record is too short to have one. */
  pdrType: orNull(byte),
  name: orNull(text),
  hex,
  fields: orNull(fields),
  error: orNull(either(text, object({ code: text, message: text }))),
});
const pdrInfo = object({ recordCount: whole(), repositorySize: whole(), signature: orNull(whole()) });

export const pdrDocument = document(
  'pdr',
  'One document of mctpkit pdr --json',
  object({
    termini: list(
      object({
        ...about,
        info: orNull(pdrInfo),
        records: list(pdr),
        entities: list(record),
        notes,
        error: orNull(error),
      }),
    ),
  }),
);
export type PdrDocument = Of<typeof pdrDocument>;

const fruRecord = object({
  recordSetIdentifier: u16,
  recordType: byte,
  encodingType: byte,
  fields: list(object({ name: text, type: byte, text, value: hex })),
});
const attribute = object({
  name: text,
  handle: u16,
  'kind?': text,
  'readOnly?': flag,
  'value?': anything,
  'pending?': anything,
  'defaultValue?': anything,
  'possibleValues?': list(text),
});
export type AttributeDocument = Of<typeof attribute>;
export type FruRecordDocument = Of<typeof fruRecord>;

const typeVersions = { name: text, versions: list(text) };

export const pldmDocument = document(
  'pldm',
  'One document of mctpkit pldm --json: one of these, by command',
  either(
    // A command that is one message.
    object({
      target: text,
      pldmType: whole(0, 63),
      command: text,
      code: byte,
      request: fields,
      response: open({ completionCode: byte }),
      timeMs: number,
      'meaning?': object({ name: text, values: mapOf(text) }),
    }),
    // At a glance.
    object({
      target: text,
      tid: orNull(byte),
      uuid: orNull(text),
      types: list(object({ type: whole(0, 63), ...typeVersions, commands: list(byte) })),
      counts: orNull(mapOf(whole())),
      fru: list(fruRecord),
      notes,
    }),
    object({ target: text, sensors: list(sensor), effecters: list(fields), notes }),
    object({ target: text, 'filter?': fields, records: list(fruRecord), 'notes?': notes }),
    object({ target: text, attributes: list(attribute), 'dateTime?': orNull(text), notes }),
    object({ target: text, versions: list(object({ pldmType: whole(0, 63), ...typeVersions })) }),
    object({ target: text, types: list(object({ pldmType: whole(0, 63), name: text, commands: list(anything) })) }),
    object({ target: text, info: pdrInfo, records: list(pdr) }),
    // FindPDR.
    object({ target: text, pdrType: byte, records: list(pdr) }),
    // Types without an overview of their own.
    object({ target: text, versions: list(text), commands: list(text) }),
    // Values of BIOS attributes, read and set.
    object({ target: text, attribute: text, attributeHandle: u16, value: anything }),
    object({ target: text, attribute }),
    object({ target: text, recordHandle: whole(), nextRecordHandle: whole(), hex, fields: orNull(fields) }),
    object({ target: text, tableType: anything, table: anything, hex }),
    object({
      target: text,
      effecterId: u16,
      name: text,
      'present?': anything,
      'pending?': anything,
      'unit?': text,
      'operationalState?': text,
      'states?': anything,
    }),
    object({ target: text, request: hex, response: orNull(hex), 'fields?': orNull(fields) }),
  ),
);
export type PldmDocument = Of<typeof pldmDocument>;
