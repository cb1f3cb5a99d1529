/** JSON of `fw` and `file`. */

import { document, either, flag, hex, list, number, object, oneOf, orNull, text, whole } from './build.js';
import { eid, fields } from './words.js';

const descriptors = list(object({ descriptorType: whole(0, 0xffff), descriptorData: hex, text }));
const status = object({
  currentState: whole(0, 255),
  previousState: whole(0, 255),
  auxState: whole(0, 255),
  auxStateStatus: whole(0, 255),
  progressPercent: whole(0, 255),
  reasonCode: whole(0, 255),
  state: text,
});

const component = {
  index: whole(),
  classification: whole(0, 0xffff),
  identifier: whole(0, 0xffff),
  version: text,
  'previousVersion?': orNull(text),
  reason: text,
};
const reported = {
  ...component,
  classificationIndex: whole(0, 255),
  result: oneOf('updated', 'skipped', 'refused', 'failed', 'untouched'),
  'state?': oneOf('active', 'pending'),
  activationMethods: whole(),
};
const device = { device: text, eid };
/** Bit n: component n does not work any more. */
const bitmap = { type: 'string', pattern: '^\\d+$' };

const record = object({
  recordDescriptors: list(object({ descriptorType: whole(0, 0xffff), descriptorLength: whole(), descriptorData: hex })),
  applicableComponents: list(whole()),
});

const transfer = {
  target: text,
  identifier: whole(0, 0xffff),
  path: text,
  local: text,
  bytes: whole(),
  crc32: whole(0, 0xffff_ffff),
  ms: number,
};

export const FIRMWARE_SCHEMAS = {
  fw: document(
    'fw',
    'One document of mctpkit fw --json; of update, cancel and activate one line',
    either(
      object({
        file: text,
        size: whole(),
        sha256: hex,
        packageHeaderIdentifier: text,
        packageHeaderFormatRevision: whole(1),
        packageHeaderSize: whole(),
        packageVersionString: text,
        packageHeaderChecksum: whole(0, 0xffff_ffff),
        firmwareDeviceIdRecords: list(record),
        'downstreamDeviceIdRecords?': list(record),
        components: list(
          object({
            componentClassification: whole(0, 0xffff),
            componentIdentifier: whole(0, 0xffff),
            componentSize: whole(),
            componentVersionString: text,
            'imageCrc32?': whole(0, 0xffff_ffff),
          }),
        ),
        findings: list(object({ severity: oneOf('error', 'warning'), where: text, what: text })),
      }),
      object({
        devices: list(
          object({
            name: text,
            eid,
            descriptors,
            firmwareParameters: fields,
            downstreamDevices: list(
              object({ downstreamDeviceIndex: whole(), descriptors, firmwareParameters: orNull(fields) }),
            ),
            status,
          }),
        ),
      }),
      object({ devices: list(object({ name: text, eid, status })) }),
      object({
        event: oneOf('plan'),
        ...device,
        target: orNull(whole()),
        record: whole(),
        components: list(object({ ...component, size: whole(), update: flag })),
      }),
      object({
        event: oneOf('progress'),
        ...device,
        phase: oneOf(
          'starting',
          'learning',
          'offering',
          'downloading',
          'verifying',
          'applying',
          'activating',
          'cancelling',
          'done',
        ),
        'component?': whole(),
        done: whole(),
        size: whole(),
        'percent?': number,
        served: whole(),
        total: whole(),
        rate: orNull(number),
        leftMs: orNull(number),
      }),
      object({ event: oneOf('component'), ...device, ...reported }),
      object({ event: oneOf('note'), ...device, text }),
      object({
        event: oneOf('done'),
        ...device,
        outcome: oneOf('updated', 'nothing-to-do', 'failed', 'cancelled'),
        reason: text,
        components: list(object(reported)),
        nonFunctioning: bitmap,
        leftInUpdateMode: flag,
        served: whole(),
        elapsedMs: number,
      }),
      object({ ...device, before: text, idle: flag, reason: text, nonFunctioning: bitmap }),
      object({ ...device, accepted: flag, code: text, version: text }),
    ),
  ),
  file: document(
    'file',
    'One document of mctpkit file --json',
    either(
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
            version: text,
          }),
        ),
      }),
      object({ ...transfer, resumedAt: whole() }),
      object({ ...transfer, 'offset?': whole(), verified: flag }),
    ),
  ),
};
