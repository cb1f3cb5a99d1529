/** Schemas of `fw` and `file`. */

import {
  anything,
  either,
  flag,
  hex,
  list,
  mapOf,
  number,
  object,
  oneOf,
  orNull,
  type Schema,
  text,
  whole,
} from './schema-parts.js';

const eid = whole(0, 255);
const fields = mapOf(anything);
const status = object({
  currentState: whole(0, 255),
  previousState: whole(0, 255),
  auxState: whole(0, 255),
  auxStateStatus: whole(0, 255),
  progressPercent: whole(0, 255),
  reasonCode: whole(0, 255),
  updateOptionFlagsEnabled: whole(),
  state: text,
});

const component = object({
  index: whole(),
  classification: whole(0, 0xffff),
  identifier: whole(0, 0xffff),
  classificationIndex: whole(0, 255),
  version: text,
  'previousVersion?': text,
  result: oneOf('updated', 'skipped', 'refused', 'failed', 'untouched'),
  reason: text,
  'state?': oneOf('active', 'pending'),
  activationMethods: whole(),
});

const about = { device: text, eid };

/** Of `fw inventory`, `status`, `inspect`; of `cancel` and `activate` a line per device; of `update` a line per event. */
export const fwDocument: Schema = either(
  object({
    devices: list(
      object({
        name: text,
        eid,
        descriptors: list(object({ descriptorType: whole(0, 0xffff), text })),
        firmwareParameters: fields,
        downstreamDevices: list(fields),
        status,
      }),
    ),
  }),
  object({ devices: list(object({ name: text, eid, status })) }),
  object({
    file: text,
    size: whole(),
    sha256: hex,
    findings: list(object({ severity: oneOf('error', 'warning', 'note'), where: text, what: text })),
  }),
  object({ ...about, before: text, idle: flag, reason: text, nonFunctioning: text }),
  object({ ...about, accepted: flag, code: text, version: text }),
  object({ event: oneOf('plan'), ...about, target: orNull(whole()), record: whole(), components: list(fields) }),
  object({
    event: oneOf('progress'),
    ...about,
    phase: text,
    'component?': anything,
    done: whole(),
    size: whole(),
    'percent?': number,
    served: whole(),
    total: whole(),
    rate: orNull(number),
    leftMs: orNull(number),
  }),
  object({ event: oneOf('component'), ...about }),
  object({ event: oneOf('note'), ...about, text }),
  object({
    event: oneOf('done'),
    ...about,
    outcome: oneOf('updated', 'nothing-to-do', 'failed', 'cancelled'),
    reason: text,
    components: list(component),
    nonFunctioning: text,
    leftInUpdateMode: flag,
    served: whole(),
    elapsedMs: number,
  }),
);

const transfer = {
  target: text,
  identifier: whole(0, 0xffff),
  path: text,
  local: text,
  bytes: whole(),
  crc32: whole(),
  ms: number,
};

export const fileDocument: Schema = either(
  object({
    target: text,
    files: list(
      object({
        identifier: whole(0, 0xffff),
        path: text,
        name: text,
        directory: flag,
        classification: text,
        maximumSize: whole(),
        maximumDescriptors: whole(),
        capabilities: whole(),
        'version?': text,
      }),
    ),
  }),
  object({ ...transfer, resumedAt: whole() }),
  object({ ...transfer, offset: whole(), verified: flag }),
);
