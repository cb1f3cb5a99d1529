/** Documents of `fw` and `file`. */

import {
  anything,
  document,
  either,
  flag,
  hex,
  list,
  number,
  type Of,
  object,
  oneOf,
  orNull,
  text,
  whole,
} from './document.js';
import { byte, eid, fields, u16 } from './shared-shapes.js';

const status = object({
  currentState: byte,
  previousState: byte,
  auxState: byte,
  auxStateStatus: byte,
  progressPercent: byte,
  reasonCode: byte,
  updateOptionFlagsEnabled: whole(),
  state: text,
});

const component = object({
  index: whole(),
  classification: u16,
  identifier: u16,
  classificationIndex: byte,
  version: text,
  'previousVersion?': text,
  result: oneOf('updated', 'applied', 'skipped', 'refused', 'failed', 'untouched'),
  reason: text,
  'state?': oneOf('active', 'pending'),
  activationMethods: whole(),
});

const about = { device: text, eid };

/** Of `fw inventory`, `status`, `inspect`; of `cancel` and `activate` a line per device; of `update` a line per event. */
export const fwDocument = document(
  'fw',
  'One document, or line, of mctpkit fw --json: one of these, by what is done',
  either(
    object({
      devices: list(
        object({
          name: text,
          eid,
          descriptors: list(object({ descriptorType: u16, text })),
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
  ),
);
export type FwDocument = Of<typeof fwDocument>;

const transfer = {
  target: text,
  identifier: u16,
  path: text,
  local: text,
  bytes: whole(),
  crc32: whole(),
  ms: number,
};

export const fileDocument = document(
  'file',
  'One document of mctpkit file --json: of ls, get, put',
  either(
    object({
      target: text,
      files: list(
        object({
          identifier: u16,
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
  ),
);
export type FileDocument = Of<typeof fileDocument>;
