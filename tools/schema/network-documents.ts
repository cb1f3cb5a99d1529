/** Documents of the verbs that find endpoints and play roles. */

import { document, either, flag, hex, list, number, type Of, object, oneOf, orNull, text, whole } from './document.js';
import { endpoint, endpointEvent, runEvent } from './run-shapes.js';
import { byte, eid } from './shared-shapes.js';

const link = object({
  name: text,
  url: text,
  network: whole(1),
  binding: byte,
  medium: byte,
  up: flag,
  transmissionUnit: whole(64),
  eid: orNull(eid),
  physicalAddress: orNull(hex),
});

/** Events of `emulate`, `echo` and `bench --serve`: a line each. */
const deviceEvent = either(
  object({ event: oneOf('started'), device: text, links: list(text) }),
  object({ event: oneOf('address'), link: text, eid, 'device?': text }),
  object({ event: oneOf('reset', 'linkUp'), link: text }),
  object({ event: oneOf('linkDown'), link: text, reason: text }),
  object({ event: oneOf('problem'), link: text, what: text }),
  object({ event: oneOf('controlTaken') }),
  object({ event: oneOf('echo'), source: eid, bytes: whole() }),
  object({ event: oneOf('requested'), source: eid, size: whole(), count: whole() }),
  object({
    event: oneOf('data'),
    source: eid,
    received: whole(),
    lost: whole(),
    invalid: whole(),
    bytesPerSecond: number,
  }),
  object({
    event: oneOf('ended'),
    'source?': eid,
    'messages?': whole(),
    'received?': whole(),
    'bytes?': whole(),
    'lost?': whole(),
    'invalid?': whole(),
  }),
);

export const discoverDocument = document(
  'discover',
  'One document of mctpkit discover --json',
  object({
    links: list(link),
    endpoints: list(endpoint),
    /** Those which have several ways. */
    devices: list(
      object({
        uuid: text,
        name: orNull(text),
        ways: list(object({ network: whole(1), eid, link: text, physicalAddress: orNull(hex), backup: flag })),
      }),
    ),
    conflicts: list(object({ place: text, what: text })),
  }),
);
export type DiscoverDocument = Of<typeof discoverDocument>;

export const watchDocument = document(
  'watch',
  'One line of mctpkit discover --watch --json, after the first',
  endpointEvent,
);
export type WatchDocument = Of<typeof watchDocument>;

export const runDocument = document('run', 'One line of mctpkit run --json', runEvent);
export type RunDocument = Of<typeof runDocument>;

export const deviceDocument = document(
  'device',
  'One line of mctpkit emulate, echo and bench --serve with --json',
  deviceEvent,
);
export type DeviceDocument = Of<typeof deviceDocument>;

export const behavioursDocument = document(
  'behaviours',
  'One document of mctpkit emulate --behaviour list --json',
  object({
    behaviours: list(
      object({ name: text, what: text, parameters: list(object({ name: text, default: either(number, text, flag) })) }),
    ),
  }),
);
export type BehavioursDocument = Of<typeof behavioursDocument>;

export const doctorDocument = document(
  'doctor',
  'One document of mctpkit doctor --json',
  object({
    healthy: flag,
    checks: list(object({ id: text, status: oneOf('ok', 'missing', 'warning', 'broken'), what: text, 'fix?': text })),
  }),
);
export type DoctorDocument = Of<typeof doctorDocument>;

const naming = object({ name: text, address: text, from: text });

export const nameDocument = document(
  'name',
  'One document of mctpkit name --json',
  either(
    object({ names: list(naming) }),
    object({ action: oneOf('added', 'removed'), name: text, 'address?': text, file: text }),
    object({
      name: text,
      address: text,
      target: text,
      network: orNull(whole(1)),
      eid: orNull(eid),
      uuid: orNull(text),
    }),
  ),
);
export type NameDocument = Of<typeof nameDocument>;

export const versionDocument = document('version', 'mctpkit version --json', object({ mctpkit: text, node: text }));
export type VersionDocument = Of<typeof versionDocument>;
